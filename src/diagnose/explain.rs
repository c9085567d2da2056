//! The texts on verdicts, and how a text is taken apart.

use super::verdict::Verdict;

/// The explanation of a verdict, in Markdown.
pub const fn verdict_text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Idle => include_str!("verdicts/idle.md"),
        Verdict::Stateful => include_str!("verdicts/stateful.md"),
        Verdict::Recovered => include_str!("verdicts/recovered.md"),
        Verdict::Inconclusive => include_str!("verdicts/inconclusive.md"),
        Verdict::RecoveredLate => include_str!("verdicts/recovered_late.md"),
        Verdict::OneWay => include_str!("verdicts/one_way.md"),
        Verdict::ChildRejected => include_str!("verdicts/child_rejected.md"),
        Verdict::Rejected => include_str!("verdicts/rejected.md"),
        Verdict::Unanswered => include_str!("verdicts/unanswered.md"),
        Verdict::NoNegotiation => include_str!("verdicts/no_negotiation.md"),
    }
}

/// The paragraph under the title of a text, on one line.
pub fn summary(text: &str) -> String {
    let paragraph =
        text.lines().skip(1).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    paragraph.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_a_text_of_its_name() {
        for verdict in Verdict::ALL {
            let text = verdict_text(verdict);
            assert!(text.starts_with(&format!("# {}\n", verdict.name())), "{verdict}");
            assert!(summary(text).ends_with('.'), "{verdict}: {}", summary(text));
        }
    }
}
