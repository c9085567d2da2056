//! Negotiations as the wire shows them.

use sagap::wire::ike::{ExchangeType, PayloadType};

use crate::common::ike::cut_1;
use crate::common::scenario::{R1, Scenario, back, out, v1, v2};

fn story(scenario: &Scenario) -> String {
    let timeline = scenario.timeline();
    let told = timeline.lines().filter(|line| !line.contains(" hsrp/"));
    told.collect::<Vec<_>>().join("\n")
}

/// A gateway, so that tunnels have a local end.
fn gateway() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 2.0, R1, crate::common::scenario::ACTIVE);
    scenario
}

#[test]
fn version_2_from_the_first_message_to_a_child_sa() {
    let mut scenario = gateway();
    scenario.negotiation(1.0, back(), out(R1), 7).ike(2.0, out(R1), &v2::child(7, 0)).ike(
        2.1,
        back(),
        &v2::child_accepted(7, 0),
    );
    insta::assert_snapshot!(story(&scenario), @"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKEv2 IKE_SA_INIT by 198.51.100.9; SPI 0000000000000007
    1.030    5 negotiation-completed 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKE_AUTH; SPI 0000000000000007; certainty high
    2.000    6 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 CREATE_CHILD_SA by 192.0.2.1; SPI 0000000000000007
    2.100    7 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 CREATE_CHILD_SA; SPI 0000000000000007; certainty high
    ");
}

#[test]
fn a_cookie_and_another_group_are_no_refusal() {
    for notify in [16390, 17] {
        let mut scenario = gateway();
        scenario
            .ike(1.0, out(R1), &v2::init(7))
            .ike(1.1, back(), &v2::init_notify(7, notify))
            .ike(1.2, out(R1), &v2::init_again(7))
            .ike(1.3, back(), &v2::init_answer(7))
            .ike(1.4, out(R1), &v2::auth(7))
            .ike(1.5, back(), &v2::auth_accepted(7));
        insta::allow_duplicates! {
            insta::assert_snapshot!(story(&scenario), @"
            1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000007
            1.500    7 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKE_AUTH; SPI 0000000000000007; certainty high
            ");
        }
    }
}

#[test]
fn refusals_of_version_2_in_clear_and_encrypted() {
    let mut scenario = gateway();
    scenario
        .ike(1.0, out(R1), &v2::init(1))
        .ike(1.1, back(), &v2::init_notify(1, 14))
        .ike(2.0, out(R1), &v2::init(2))
        .ike(2.1, back(), &v2::init_answer(2))
        .ike(2.2, out(R1), &v2::auth(2))
        .ike(2.3, back(), &v2::auth_refused(2))
        .ike(3.0, out(R1), &v2::init(3))
        .ike(3.1, back(), &v2::init_answer(3))
        .ike(3.2, out(R1), &v2::auth(3))
        .ike(3.3, back(), &v2::auth_without_child(3))
        .ike(4.0, out(R1), &v2::child(3, 2))
        .ike(4.1, back(), &v2::child_refused(3, 2));
    insta::assert_snapshot!(story(&scenario), @"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000001
    1.100    3 negotiation-refused 192.0.2.1<>198.51.100.9 - 198.51.100.9 NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT; SPI 0000000000000001
    2.000    4 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000002
    2.300    7 negotiation-refused 192.0.2.1<>198.51.100.9 - 198.51.100.9 an encrypted notification instead of an identity in answer to IKE_AUTH; SPI 0000000000000002; certainty high
    3.000    8 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000003
    3.300   11 negotiation-refused 192.0.2.1<>198.51.100.9 - 198.51.100.9 a response too short to hold a child SA in answer to IKE_AUTH; SPI 0000000000000003; certainty high
    4.000   12 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 CREATE_CHILD_SA by 192.0.2.1; SPI 0000000000000003
    4.100   13 negotiation-refused 192.0.2.1<>198.51.100.9 - 198.51.100.9 an encrypted notification instead of an SA in answer to CREATE_CHILD_SA; SPI 0000000000000003; certainty high
    ");
}

#[test]
fn a_message_is_sent_again_after_a_while_and_copied_at_once() {
    let mut scenario = gateway();
    scenario
        .ike(1.0, out(R1), &v2::init(1))
        .ike(1.001, out(R1), &v2::init(1))
        .ike(5.0, out(R1), &v2::init(1))
        .ike(5.001, out(R1), &v2::init(1))
        .ike(12.0, out(R1), &v2::init(1));
    insta::assert_snapshot!(story(&scenario), @r"
     1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000001
     5.000    4 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKE_SA_INIT sent 2 times; SPI 0000000000000001
    12.000    6 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKE_SA_INIT sent 3 times; SPI 0000000000000001
    ");
}

#[test]
fn main_and_quick_mode() {
    let mut scenario = gateway();
    for number in 1..=6 {
        let way = if number % 2 == 1 { out(R1) } else { back() };
        scenario.ike(1.0 + f64::from(number) / 10.0, way, &v1::main(1, number));
    }
    for number in 1..=3 {
        let way = if number % 2 == 1 { back() } else { out(R1) };
        scenario.ike(2.0 + f64::from(number) / 10.0, way, &v1::quick(1, 0xabcd, number));
    }
    insta::assert_snapshot!(story(&scenario), @"
    1.100    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Main Mode message 1 by 192.0.2.1; SPI 0000000000000001
    1.600    7 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 Main Mode message 6; SPI 0000000000000001; certainty high
    2.100    8 negotiation-started 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKEv1 Quick Mode message 1 by 198.51.100.9; SPI 0000000000000001
    2.300   10 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 Quick Mode message 3; SPI 0000000000000001; certainty high
    ");
}

#[test]
fn aggressive_mode() {
    let mut scenario = gateway();
    for number in 1..=3 {
        let way = if number % 2 == 1 { out(R1) } else { back() };
        scenario.ike(1.0 + f64::from(number) / 10.0, way, &v1::aggressive(1, number));
    }
    insta::assert_snapshot!(story(&scenario), @"
    1.100    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Aggressive Mode message 1 by 192.0.2.1; SPI 0000000000000001
    1.300    4 negotiation-completed 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 Aggressive Mode message 3; SPI 0000000000000001; certainty high
    ");
}

#[test]
fn a_message_that_was_missed_does_not_stop_main_mode() {
    let mut scenario = gateway();
    for number in [1, 2, 3, 5, 6] {
        let way = if number % 2 == 1 { out(R1) } else { back() };
        scenario.ike(1.0 + f64::from(number) / 10.0, way, &v1::main(1, number));
    }
    insta::assert_snapshot!(story(&scenario), @"
    1.100    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Main Mode message 1 by 192.0.2.1; SPI 0000000000000001
    1.600    6 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 Main Mode message 6; SPI 0000000000000001; certainty high
    ");
}

#[test]
fn refusals_of_version_1_in_clear_and_encrypted() {
    let mut scenario = gateway();
    scenario
        .ike(1.0, out(R1), &v1::main(1, 1))
        .ike(1.1, back(), &v1::notify(1, 14, &[]))
        .ike(2.0, out(R1), &v1::quick(2, 0xabcd, 1))
        .ike(2.1, back(), &v1::informational(2, 0x77));
    insta::assert_snapshot!(story(&scenario), @"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Main Mode message 1 by 192.0.2.1; SPI 0000000000000001
    1.100    3 negotiation-refused 192.0.2.1<>198.51.100.9 - 198.51.100.9 NO_PROPOSAL_CHOSEN(14) in answer to Main Mode message 1; SPI 0000000000000001
    2.000    4 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Quick Mode message 1 by 192.0.2.1; SPI 0000000000000002
    2.100    5 negotiation-refused 192.0.2.1<>198.51.100.9 - 198.51.100.9 an encrypted notification instead of the next message in answer to Quick Mode message 1; SPI 0000000000000002; certainty medium
    ");
}

#[test]
fn a_probe_while_nothing_is_asked_is_no_refusal() {
    let mut scenario = gateway();
    scenario
        .ike(1.0, out(R1), &v1::quick(1, 0xabcd, 1))
        .ike(1.1, back(), &v1::quick(1, 0xabcd, 2))
        .ike(1.2, out(R1), &v1::quick(1, 0xabcd, 3))
        .ike(1.3, back(), &v1::informational(1, 0x77))
        // Asked, and a probe of its own side, then one of the other much later.
        .ike(2.0, out(R1), &v1::quick(1, 0xbcde, 1))
        .ike(2.1, out(R1), &v1::informational(1, 0x78))
        .ike(9.0, back(), &v1::informational(1, 0x79));
    insta::assert_snapshot!(story(&scenario), @"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Quick Mode message 1 by 192.0.2.1; SPI 0000000000000001
    1.200    4 negotiation-completed 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 Quick Mode message 3; SPI 0000000000000001; certainty high
    2.000    6 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Quick Mode message 1 by 192.0.2.1; SPI 0000000000000001
    ");
}

#[test]
fn an_unknown_ike_sa_refuses_nothing() {
    let mut scenario = gateway();
    scenario
        .ike(1.0, back(), &v2::child(1, 5))
        .ike(1.1, out(R1), &v2::unknown_sa(1, ExchangeType::CREATE_CHILD_SA, 5))
        .ike(2.0, back(), &v1::quick(2, 0xabcd, 1))
        .ike(2.1, out(R1), &v1::notify(2, 4, &[]));
    insta::assert_snapshot!(story(&scenario), @r"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKEv2 CREATE_CHILD_SA by 198.51.100.9; SPI 0000000000000001
    1.100    3 invalid-spi 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 INVALID_IKE_SPI
    2.000    4 negotiation-started 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKEv1 Quick Mode message 1 by 198.51.100.9; SPI 0000000000000002
    2.100    5 invalid-spi 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 INVALID_IKE_SPI
    ");
}

#[test]
fn an_unknown_spi_is_told_and_is_no_negotiation() {
    let mut scenario = gateway();
    scenario.ike(1.0, out(R1), &v2::informational(1, 11, &[0xc0, 0, 0, 1])).ike(
        2.0,
        out(R1),
        &v1::notify(2, 11, &[0xc0, 0, 0, 1]),
    );
    insta::assert_snapshot!(story(&scenario), @r"
    1.000    2 invalid-spi 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 INVALID_SPI for c0000001
    2.000    3 invalid-spi 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 INVALID_SPI for c0000001
    ");
}

#[test]
fn a_message_in_ip_fragments_counts_once() {
    let mut scenario = gateway();
    scenario
        .ike(1.0, out(R1), &v2::init(7))
        .ike(1.1, back(), &v2::init_answer(7))
        .fragments(1.2, out(R1), 1, &v2::auth(7), [1, 0])
        .fragments(3.2, out(R1), 2, &v2::auth(7), [0, 1])
        .fragments(3.3, back(), 1, &v2::auth_accepted(7), [0, 1]);
    insta::assert_snapshot!(story(&scenario), @"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000007
    3.200    6 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKE_AUTH sent 2 times; SPI 0000000000000007
    3.301    9 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKE_AUTH; SPI 0000000000000007; certainty high
    ");
}

#[test]
fn a_message_of_which_one_fragment_came_was_sent() {
    let mut scenario = gateway();
    scenario
        .ike(1.0, out(R1), &v2::init(7))
        .ike(1.1, back(), &v2::init_answer(7))
        .fragments(1.2, out(R1), 1, &v2::auth(7), [0])
        .fragments(3.2, out(R1), 2, &v2::auth(7), [0])
        // One in whose place it came whole, and its answer, which never does.
        .fragments(6.2, out(R1), 3, &v2::auth(7), [0, 1])
        .fragments(6.3, back(), 1, &v2::auth_accepted(7), [0]);
    insta::assert_snapshot!(story(&scenario), @"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000007
    3.200    5 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKE_AUTH sent 2 times; SPI 0000000000000007
    6.200    6 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKE_AUTH sent 3 times; SPI 0000000000000007
    ");
}

#[test]
fn main_mode_in_ip_fragments_goes_on_with_each_whole_message() {
    for seen in [&[0, 1, 2, 3][..], &[3, 2, 1, 0]] {
        let mut scenario = gateway();
        for (time, number) in (1_u8..=6).map(|number| (1.0 + f64::from(number), number)) {
            let way = if number % 2 == 1 { out(R1) } else { back() };
            let message = v1::long_main(7, number);
            scenario.fragments(time, way, number.into(), &message, seen.iter().copied());
            if number == 3 {
                scenario.fragments(time + 0.5, way, 33, &message, seen.iter().copied());
            }
        }
        // The first fragment begins a message, and may come last.
        let story = story(&scenario);
        let told: Vec<_> = story.lines().map(|line| line.split_once('-').expect("an event").1).collect();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told.join("\n"), @"
            started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Main Mode message 1 by 192.0.2.1; SPI 0000000000000007
            retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 Main Mode message 3 sent 2 times; SPI 0000000000000007
            completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 Main Mode message 6; SPI 0000000000000007; certainty high
            ");
        }
    }
}

#[test]
fn main_mode_waits_for_the_rest_of_its_last_message() {
    let mut scenario = gateway();
    for number in 1..=5 {
        let way = if number % 2 == 1 { out(R1) } else { back() };
        scenario.ike(1.0 + f64::from(number), way, &v1::main(7, number));
    }
    scenario
        .fragments(7.0, back(), 1, &v1::long_main(7, 6), [0, 1, 2])
        .ike(9.0, out(R1), &v1::main(7, 5))
        .fragments(9.1, back(), 2, &v1::long_main(7, 6), [0, 1, 2, 3]);
    insta::assert_snapshot!(story(&scenario), @"
    2.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Main Mode message 1 by 192.0.2.1; SPI 0000000000000007
    9.000   10 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 Main Mode message 5 sent 2 times; SPI 0000000000000007
    9.103   14 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 Main Mode message 6; SPI 0000000000000007; certainty high
    ");
}

#[test]
fn pieces_of_version_1_are_one_message() {
    let mut scenario = gateway();
    for number in 1..=6 {
        let way = if number % 2 == 1 { out(R1) } else { back() };
        let time = 1.0 + f64::from(number);
        let message = v1::long_main(7, number);
        for (late, piece) in (0_u8..).zip(cut_1(&message, 1, 300)) {
            scenario.ike(time + f64::from(late) / 1000.0, way, &piece);
        }
        if number == 5 {
            for piece in cut_1(&message, 1, 300) {
                scenario.ike(time + 0.5, way, &piece);
            }
        }
    }
    insta::assert_snapshot!(story(&scenario), @"
    2.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv1 Main Mode message 1 by 192.0.2.1; SPI 0000000000000007
    6.500   17 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 Main Mode message 5 sent 2 times; SPI 0000000000000007
    7.002   22 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 Main Mode message 6; SPI 0000000000000007; certainty high
    ");
}

#[test]
fn pieces_of_version_2_are_one_message_and_the_first_alone_was_sent() {
    let mut scenario = gateway();
    scenario.ike(1.0, out(R1), &v2::init(7)).ike(1.1, back(), &v2::init_answer(7));
    let request = v2::auth_pieces(7, 0x08, PayloadType::IDI, 3);
    let answer = v2::auth_pieces(7, 0x20, PayloadType::IDR, 5);
    // The second attempt is cut anew, into more pieces.
    scenario.ike(1.2, out(R1), &request[0]).ike(1.201, out(R1), &request[1]);
    for piece in v2::auth_pieces(7, 0x08, PayloadType::IDI, 4) {
        scenario.ike(3.2, out(R1), &piece);
    }
    for piece in answer.iter().rev() {
        scenario.ike(3.3, back(), piece);
    }
    insta::assert_snapshot!(story(&scenario), @"
    1.000    2 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000007
    3.200    6 negotiation-retransmitted 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKE_AUTH sent 2 times; SPI 0000000000000007
    3.300   14 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKE_AUTH; SPI 0000000000000007; certainty high
    ");
}
