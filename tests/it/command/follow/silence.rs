//! What time alone brings: nothing comes, and still something has to be said.

use std::time::Duration;

use crate::common::clock::now;
use crate::common::sagap::{recordings, sagap_reading};
use crate::common::scratch;
use crate::common::stored::{Stored, write};

use super::Following;

/// The frames of a recording until so long after its failover, and how long before that the last one came.
fn until(recording: &str, failover: u64, after: Duration) -> (Vec<u8>, Duration) {
    let frames = Stored::all(&recordings().join(recording));
    let place = usize::try_from(failover).expect("it is small") - 1;
    let end = frames[place].nanos + i64::try_from(after.as_nanos()).expect("it is short");
    let kept: Vec<Stored> = frames.into_iter().take_while(|frame| frame.nanos <= end).collect();
    let last = kept.last().expect("there are frames").nanos;
    (write(kept), Duration::from_nanos(u64::try_from(end - last).expect("it is before the end")))
}

#[test]
fn a_missing_negotiation_is_told_when_its_window_is_over() {
    let folder = scratch("a_missing_negotiation");
    // Two seconds before the end of the window nothing comes any more.
    let (bytes, rest) = until("hsrp_v1_ikev2_no_negotiation.pcapng", 130, Duration::from_secs(3));
    let window = ["--format", "csv", "--window", "5s", "--min-observation", "2s", "-"];
    let mut following = Following::begin(&folder, &window);
    following.wait_for("time,elapsed_s,capture");
    let written = now();
    following.write(&bytes);
    let (when, line) = following.wait_for(",verdict,");
    assert!(line.contains("no-negotiation after the failover in frame 130"), "{line}");
    let late = (when - written).saturating_sub(rest + Duration::from_secs(2));
    assert!(late < Duration::from_secs(1), "{late:?} after the window");
    assert!(when - written >= Duration::from_secs(2), "before the window was over");
    let ran = following.finish();
    // What was told stands in the report too, once.
    assert_eq!(ran.stdout.matches(",verdict,").count(), 1, "{}", ran.stdout);
    assert_eq!(ran.code, 1);
}

#[test]
fn what_happened_last_is_told_though_nothing_more_comes() {
    let folder = scratch("what_happened_last");
    let (bytes, _) = until("hsrp_v1_ikev2_no_negotiation.pcapng", 130, Duration::ZERO);
    let mut following = Following::begin(&folder, &["--format", "csv", "-"]);
    let written = now();
    following.write(&bytes);
    let (when, _) = following.wait_for(",failover,");
    assert!(when - written < Duration::from_secs(3), "{:?}", when - written);
    let ran = following.finish();
    assert_eq!(ran.stdout.matches(",failover,").count(), 1, "{}", ran.stdout);
}

#[test]
fn frames_that_were_held_back_take_back_what_time_brought() {
    let folder = scratch("frames_that_were_held_back");
    let (early, _) = until("hsrp_v1_ikev2_no_negotiation.pcapng", 130, Duration::from_millis(100));
    let all = write(Stored::all(&recordings().join("hsrp_v1_ikev2_no_negotiation.pcapng")));
    let window = ["--format", "csv", "--window", "3s", "--min-observation", "1s", "-"];
    let mut following = Following::begin(&folder, &window);
    following.write(&early);
    following.wait_for(",verdict,");
    // The writer had them in a buffer all the time.
    following.write(&all[early.len()..]);
    let ran = following.finish();
    // The new router's hellos were among them.
    insta::assert_snapshot!(ran.stderr, @"
    warning: -: frames come late, in blocks; silence is judged 3 s later from now on (write with tcpdump -U)
    warning: frames came late; this did not happen: hold-expired of hsrp/10 at 2026-11-23T04:47:58.561556135Z
    ");
    assert_eq!(ran.stdout.matches(",verdict,").count(), 1, "{}", ran.stdout);
    // All else is what it is in one piece, though not in this order.
    let exported = sagap_reading(&folder, &[&["export"], &window[2..]].concat(), all);
    let mut told: Vec<&str> = ran.stdout.lines().filter(|row| !row.contains(",verdict,")).collect();
    told.retain(|row| !row.contains("2026-11-23T04:47:58.561556135Z") || !row.contains(",hold-expired,"));
    told.sort_unstable();
    let mut whole: Vec<&str> = exported.stdout.lines().filter(|row| !row.contains(",verdict,")).collect();
    whole.sort_unstable();
    assert_eq!(told, whole);
}
