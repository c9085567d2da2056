//! The rules, one file each with its explanation beside it.

mod authentication_mismatch;
mod capture_ends_early;
mod child_sa_rejected;
mod cleartext_after_failover;
mod clock_runs_backwards;
mod default_authentication;
mod duplicate_virtual_address;
mod endpoint_left_virtual_address;
mod esp_on_dead_spi;
mod esp_one_way;
mod esp_stopped_after_config_change;
mod failover_without_negotiation;
mod frames_missing;
mod gateway_flapping;
mod gateway_split_brain;
mod gratuitous_arp_missing;
mod hello_late;
mod inside_outside_split;
mod negotiation_rejected;
mod negotiation_unanswered;
mod no_standby;
mod one_sided_capture;
mod recovery_late;
mod replay_after_failover;
mod router_never_carries_tunnel;
mod snaplen_too_short;
mod timers_mismatch;
mod unexpected_takeover;
mod version_mismatch;
mod virtual_address_mismatch;

use super::rule::Rule;

/// All rules, in the order in which they are listed.
pub static RULES: &[&dyn Rule] = &[
    &failover_without_negotiation::FailoverWithoutNegotiation,
    &negotiation_unanswered::NegotiationUnanswered,
    &negotiation_rejected::NegotiationRejected,
    &child_sa_rejected::ChildSaRejected,
    &recovery_late::RecoveryLate,
    &esp_on_dead_spi::EspOnDeadSpi,
    &esp_one_way::EspOneWay,
    &esp_stopped_after_config_change::EspStoppedAfterConfigChange,
    &endpoint_left_virtual_address::EndpointLeftVirtualAddress,
    &replay_after_failover::ReplayAfterFailover,
    &router_never_carries_tunnel::RouterNeverCarriesTunnel,
    &cleartext_after_failover::CleartextAfterFailover,
    &gateway_split_brain::GatewaySplitBrain,
    &gateway_flapping::GatewayFlapping,
    &hello_late::HelloLate,
    &no_standby::NoStandby,
    &unexpected_takeover::UnexpectedTakeover,
    &gratuitous_arp_missing::GratuitousArpMissing,
    &duplicate_virtual_address::DuplicateVirtualAddress,
    &version_mismatch::VersionMismatch,
    &authentication_mismatch::AuthenticationMismatch,
    &timers_mismatch::TimersMismatch,
    &virtual_address_mismatch::VirtualAddressMismatch,
    &inside_outside_split::InsideOutsideSplit,
    &default_authentication::DefaultAuthentication,
    &capture_ends_early::CaptureEndsEarly,
    &frames_missing::FramesMissing,
    &one_sided_capture::OneSidedCapture,
    &snaplen_too_short::SnaplenTooShort,
    &clock_runs_backwards::ClockRunsBackwards,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::explain::summary;

    /// The sections every explanation has, in this order.
    const SECTIONS: [&str; 6] =
        ["What it means", "Evidence", "Why it happens", "What to check", "What to do", "References"];

    #[test]
    fn every_text_has_its_name_one_sentence_and_all_sections() {
        for rule in RULES {
            let meta = rule.meta();
            assert!(meta.text.starts_with(&format!("# {}\n", meta.name)), "{}", meta.name);
            assert!(summary(meta.text).ends_with('.'), "{}", meta.name);
            let sections: Vec<&str> = meta.text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(sections, SECTIONS, "{}", meta.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.meta().name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
