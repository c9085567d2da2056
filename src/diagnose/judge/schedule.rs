//! How long implementations repeat an IKE request before they give it up.
//!
//! Most gaps are those by which ike-scan tells implementations apart; strongSwan's and libreswan's are their documented
//! defaults. Nobody who is not named here gives up later than [`SLOWEST`], as far as is known. Two rows are unverified and
//! say so: that of IOS for version 2, and that of `IOS` where only a vendor ID of Cisco's tells it from the ASA, which
//! gives up sooner. An operator may have set another schedule anywhere; gaps that were measured count more than a name.

use std::collections::BTreeSet;
use std::time::Duration;

/// The schedule of one implementation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// Whose it is, for print.
    pub(super) name: &'static str,
    /// Names of vendor IDs that it sends.
    vendor_ids: &'static [&'static str],
    /// The IKE version, where it has another schedule for the other one.
    version: Option<u8>,
    /// Gaps between the sendings, in milliseconds.
    gaps_ms: &'static [u64],
    /// From the first sending until it gives up, in seconds.
    gives_up_s: u64,
}

impl Schedule {
    /// The time from the first sending until it gives up.
    pub(super) const fn gives_up(&self) -> Duration {
        Duration::from_secs(self.gives_up_s)
    }

    /// The schedule that measured gaps follow from the first one on; two gaps at least tell one. Of several that begin in
    /// the same way the one that gives up last.
    pub(super) fn measured(gaps: &[Duration]) -> Option<&'static Self> {
        let fits = |schedule: &&Self| {
            let known = schedule.gaps_ms;
            gaps.len() >= GAPS
                && gaps.len() <= known.len()
                && gaps.iter().zip(known).all(|(gap, &known)| is_near(*gap, Duration::from_millis(known)))
        };
        SCHEDULES.iter().filter(fits).max_by_key(|schedule| schedule.gives_up_s)
    }

    /// The schedule of whoever sends these vendor IDs; of several the one that gives up last.
    pub(super) fn of_vendor(vendors: &BTreeSet<&'static str>, version: Option<u8>) -> Option<&'static Self> {
        let is_of_version =
            |schedule: &&Self| schedule.version.is_none() || version.is_none() || schedule.version == version;
        let is_named = |schedule: &&Self| schedule.vendor_ids.iter().any(|name| vendors.contains(name));
        SCHEDULES
            .iter()
            .filter(|schedule| is_of_version(schedule) && is_named(schedule))
            .max_by_key(|schedule| schedule.gives_up_s)
    }
}

/// When whoever waits longer each time by one factor, as these gaps do, gives up, where it repeats a request
/// [`REPETITIONS`] times in all, as most do, or as often as it was seen to. None where the gaps follow no factor, or are
/// too few: one of them may have been drawn out by a message that was not captured.
pub(super) fn at_this_pace(gaps: &[Duration]) -> Option<Duration> {
    let (first, last) = (gaps.first()?.as_secs_f64(), gaps.last()?.as_secs_f64());
    if gaps.len() < GAPS + 1 || first <= 0.0 {
        return None;
    }
    let steps = i32::try_from(gaps.len()).ok()? - 1;
    let factor = (last / first).powf(1.0 / f64::from(steps));
    let gap = |number: i32| Duration::try_from_secs_f64(first * factor.powi(number)).ok();
    let fits = (0..).zip(gaps).all(|(number, seen)| gap(number).is_some_and(|gap| is_near(*seen, gap)));
    if !fits || !FACTORS.contains(&factor) {
        return None;
    }
    // After the last repetition it waits once more.
    (0..=REPETITIONS.max(steps + 1)).map(gap).sum()
}

/// Timers are late by a little, and vary on purpose by as much as a tenth.
fn is_near(gap: Duration, known: Duration) -> bool {
    gap.abs_diff(known) <= (known / 10).max(LATE)
}

/// The slowest common schedule: that of strongSwan.
pub(super) const SLOWEST: Duration = Duration::from_secs(165);
/// Fewer gaps fit too many schedules.
const GAPS: usize = 2;
/// How often most implementations repeat a request: strongSwan, IOS and Windows among them.
pub(super) const REPETITIONS: i32 = 5;
/// By what factor anybody waits longer each time.
const FACTORS: std::ops::RangeInclusive<f64> = 0.95..=2.5;
/// How late a timer may be.
const LATE: Duration = Duration::from_millis(250);

const fn schedule(
    name: &'static str,
    vendor_ids: &'static [&'static str],
    gaps_ms: &'static [u64],
    gives_up_s: u64,
) -> Schedule {
    Schedule { name, vendor_ids, version: None, gaps_ms, gives_up_s }
}

const SCHEDULES: &[Schedule] = &[
    Schedule {
        version: Some(1),
        // Unverified where a vendor ID tells it: the ASA sends the same ones and gives up after 32 s.
        ..schedule("Cisco IOS", CISCO, &[10_000, 10_000, 10_000, 10_000, 10_000], 60)
    },
    // Unverified: exponential, with about five tries.
    Schedule { version: Some(2), ..schedule("Cisco IOS", CISCO, &[], 60) },
    schedule("an old Cisco IOS or PIX", &[], &[15_000, 15_000], 45),
    schedule("Cisco PIX 6.3", &[], &[5_000, 5_000, 5_000, 5_000, 5_000], 30),
    schedule("Cisco ASA", &["Cisco VPN concentrator"], &[8_000, 8_000, 8_000], 32),
    schedule("Cisco StarOS", &[], &[500, 500, 500, 500, 500], 3),
    schedule(
        "Windows",
        &["Microsoft", "Microsoft negotiation discovery", "Microsoft initial contact"],
        &[1_000, 2_000, 4_000, 8_000, 16_000, 32_000],
        63,
    ),
    schedule("strongSwan", &["strongSwan"], &[4_000, 7_200, 12_960, 23_328, 41_990], 165),
    schedule("libreswan", &[], &[500, 1_000, 2_000, 4_000, 8_000], 30),
    schedule("FortiGate", &["FortiGate"], &[6_000, 12_000], 30),
    schedule(
        "Juniper",
        &["Juniper NetScreen", "Juniper SRX"],
        &[4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000],
        48,
    ),
    schedule(
        "Check Point",
        &["Check Point"],
        &[2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000],
        32,
    ),
    schedule("racoon", &["KAME/racoon"], &[20_000, 20_000, 20_000, 20_000, 20_000], 120),
    schedule("isakmpd", &[], &[7_000, 9_000, 11_000, 13_000, 15_000], 60),
    schedule("SonicWall", &["SonicWall"], &[5_000, 8_000, 18_000], 35),
    schedule("SonicWall", &[], &[5_000, 10_000, 20_000], 35),
];

/// Vendor IDs of Cisco's own; others send `Cisco Unity` too.
const CISCO: &[&str] = &["Cisco", "Cisco delete reason", "Cisco FlexVPN", "Cisco dynamic route"];

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(gaps_ms: &[u64]) -> Option<&'static str> {
        let gaps: Vec<_> = gaps_ms.iter().map(|&gap| Duration::from_millis(gap)).collect();
        Schedule::measured(&gaps).map(|schedule| schedule.name)
    }

    #[test]
    fn gaps_tell_who_repeats() {
        assert_eq!(measured(&[4_003, 7_205]), Some("strongSwan"));
        assert_eq!(measured(&[10_010, 10_000, 9_990]), Some("Cisco IOS"));
        assert_eq!(measured(&[1_000, 2_001, 4_002]), Some("Windows"));
        assert_eq!(measured(&[500, 1_000, 2_000]), Some("libreswan"));
        assert_eq!(measured(&[4_000, 4_000, 4_000]), Some("Juniper"));
        assert_eq!(measured(&[5_000, 10_010]), Some("SonicWall"));
    }

    #[test]
    fn gaps_that_are_too_few_or_nobodys_tell_nothing() {
        assert_eq!(measured(&[]), None);
        assert_eq!(measured(&[4_000]), None);
        // One sending was not captured.
        assert_eq!(measured(&[11_200, 12_960]), None);
        assert_eq!(measured(&[15_000, 15_000, 15_000]), None);
    }

    #[test]
    fn a_pace_goes_on_until_the_usual_number_of_repetitions() {
        let paced = |gaps_ms: &[u64]| {
            let gaps: Vec<_> = gaps_ms.iter().map(|&gap| Duration::from_millis(gap)).collect();
            at_this_pace(&gaps).map(|span| span.as_secs_f64().round())
        };
        assert_eq!(paced(&[2_000, 3_000, 4_500]), Some(42.0));
        assert_eq!(paced(&[7_000, 7_000, 7_000, 7_000, 7_000, 7_000, 7_000]), Some(56.0));
        assert_eq!(paced(&[2_000, 3_000]), None);
        assert_eq!(paced(&[2_000, 7_500, 6_750]), None);
        assert_eq!(paced(&[100, 1_000, 10_000]), None);
        assert_eq!(paced(&[0, 0, 0]), None);
    }

    #[test]
    fn the_pace_of_a_known_schedule_leads_to_its_end() {
        for name in ["strongSwan", "Windows"] {
            let schedule = SCHEDULES.iter().find(|schedule| schedule.name == name).expect("it is there");
            let gaps: Vec<_> =
                schedule.gaps_ms.iter().take(3).map(|&gap| Duration::from_millis(gap)).collect();
            assert_eq!(at_this_pace(&gaps).map(|span| span.as_secs()), Some(schedule.gives_up_s), "{name}");
        }
    }

    #[test]
    fn vendor_ids_tell_who_it_is() {
        let of = |vendors: &[&'static str], version| {
            let vendors = vendors.iter().copied().collect();
            Schedule::of_vendor(&vendors, version).map(|it| (it.name, it.gives_up_s))
        };
        assert_eq!(of(&["DPD", "strongSwan", "XAUTH"], Some(1)), Some(("strongSwan", 165)));
        assert_eq!(of(&["Cisco delete reason"], Some(2)), Some(("Cisco IOS", 60)));
        assert_eq!(of(&["Cisco Unity", "DPD"], None), None);
        assert_eq!(of(&[], Some(2)), None);
    }

    #[test]
    fn no_schedule_is_slower_than_the_slowest_and_all_gaps_fit_in() {
        for schedule in SCHEDULES {
            let gaps: u64 = schedule.gaps_ms.iter().sum();
            assert!(Duration::from_millis(gaps) <= schedule.gives_up(), "{}", schedule.name);
            assert!(schedule.gives_up() <= SLOWEST, "{}", schedule.name);
        }
    }

    #[test]
    fn every_vendor_id_of_a_schedule_is_one_that_is_read() {
        let named = SCHEDULES.iter().flat_map(|schedule| schedule.vendor_ids);
        let unknown: Vec<_> = named.filter(|name| !crate::wire::ike::vendor_id::is_name(name)).collect();
        assert_eq!(unknown, Vec::<&&str>::new());
    }
}
