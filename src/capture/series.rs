//! Which files are pieces of one capture, as a ring buffer leaves them.

use super::facts::{Facts, SeriesId};
use super::frame::LinkType;
use crate::time::Timestamp;

/// The series of a run so far.
#[derive(Debug, Default)]
pub(super) struct SeriesList(Vec<Series>);

#[derive(Debug)]
struct Series {
    link_types: Vec<LinkType>,
    /// The name of its last piece.
    name: String,
    /// The latest time of its last piece; `None` while that is being read.
    ended: Option<Timestamp>,
}

impl SeriesList {
    /// The series that a capture belongs to which is about to be read: one whose last piece has been read to its
    /// end and has the same link types, else a new one. Of several the one whose last piece has the name most
    /// like it, and of these the one that ended last.
    pub(super) fn begin(&mut self, facts: &Facts) -> SeriesId {
        let link_types = facts.link_types();
        let continued = (0_u32..)
            .zip(&mut self.0)
            .filter(|(_, series)| series.ended.is_some() && series.link_types == link_types)
            .max_by_key(|(_, series)| (common_prefix(&series.name, &facts.name), series.ended));
        if let Some((id, series)) = continued {
            series.name.clone_from(&facts.name);
            series.ended = None;
            return SeriesId(id);
        }
        self.0.push(Series { link_types, name: facts.name.clone(), ended: None });
        SeriesId(u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX))
    }

    /// The last piece of `series` has been read to its end.
    pub(super) fn end(&mut self, series: SeriesId, facts: &Facts) {
        if let Some(series) = self.0.get_mut(series.0 as usize) {
            series.ended = facts.last_time.or(Some(Timestamp::MIN));
        }
    }
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::facts::Interface;

    fn facts(name: &str, link_type: LinkType) -> Facts {
        let mut facts = Facts::named(name);
        facts.interfaces.push(Interface::new(link_type, 0));
        facts
    }

    #[test]
    fn a_piece_continues_the_ended_series_with_the_name_most_like_it() {
        let mut list = SeriesList::default();
        let (left, right) = (facts("r1_001", LinkType::ETHERNET), facts("r2_001", LinkType::ETHERNET));
        let (one, two) = (list.begin(&left), list.begin(&right));
        assert_ne!(one, two);
        list.end(one, &left);
        list.end(two, &right);
        assert_eq!(list.begin(&facts("r1_002", LinkType::RAW)), SeriesId(2));
        assert_eq!(list.begin(&facts("r1_002", LinkType::ETHERNET)), one);
        assert_eq!(list.begin(&facts("r1_003", LinkType::ETHERNET)), two);
        assert_eq!(list.begin(&facts("r1_004", LinkType::ETHERNET)), SeriesId(3));
    }
}
