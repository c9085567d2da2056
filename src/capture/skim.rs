//! What is noted of each frame while its bytes are at hand.

use super::frame::{Frame, LinkType};

/// Looks at each frame once, when it is found in the bytes that were just read, on whichever thread that happens.
///
/// A note is all that most frames need further on, so their bytes are not fetched a second time.
pub trait Skim: Send + Sized + 'static {
    /// What is noted of a frame. Small: there is one for each.
    type Note: Copy + Default + Send + Sync + 'static;

    /// Another one that notes the same, for the frames of another capture or thread.
    #[must_use]
    fn another(&self) -> Self;

    /// Begins with frames that are read together. What the notes of these refer to is known by the number given here,
    /// which no other one gives, be it of another thread.
    fn begin(&mut self) -> u32;

    /// How many there are by now that notes refer to: all have numbers below that.
    fn terms(&self) -> u32 {
        0
    }

    /// What is noted of a frame with these bytes, where that is soon told and [settles](Self::settles) all. It is what
    /// [`Self::skim`] notes.
    #[inline]
    fn glance(&self, _bytes: &[u8], _link_type: LinkType, _interface: u32) -> Option<Self::Note> {
        None
    }

    /// What is noted of a frame with these bytes, of which a glance told nothing.
    fn look(&mut self, bytes: &[u8], link_type: LinkType, interface: u32) -> Self::Note;

    /// Whether this note settles all of its frame, as what a glance tells does: [`Run::unsettled`] passes over it.
    ///
    /// [`Run::unsettled`]: super::Run::unsettled
    #[inline]
    fn settles(_note: Self::Note) -> bool {
        false
    }

    /// What is noted of a frame: the same for the same frame.
    fn skim(&mut self, frame: &Frame<'_>) -> Self::Note {
        let &Frame { bytes, link_type, interface, .. } = frame;
        let glanced = self.glance(bytes, link_type, interface);
        glanced.unwrap_or_else(|| self.look(bytes, link_type, interface))
    }
}

/// Notes nothing.
impl Skim for () {
    type Note = ();

    fn another(&self) -> Self {}

    fn begin(&mut self) -> u32 {
        0
    }

    fn look(&mut self, _: &[u8], _: LinkType, _: u32) {}
}
