//! Failovers with their verdicts, and findings.

use serde::Serialize;

use crate::diagnose::{Evidence, Finding, Judgement, Step, Verdict};
use crate::track::Failover;

use super::{Names, seconds, two_decimals};

/// One failover.
#[derive(Serialize)]
pub(super) struct FailoverV1<'a> {
    time: String,
    capture: Option<&'a str>,
    frame: u64,
    group: String,
    from: String,
    to: String,
    cause: String,
    verdict: &'static str,
    tunnels: Vec<JudgementV1<'a>>,
}

/// What became of one tunnel after it.
#[derive(Serialize)]
struct JudgementV1<'a> {
    tunnel: String,
    verdict: &'static str,
    confidence: f64,
    negotiation_after_s: Option<f64>,
    esp_resumed_after_s: Option<f64>,
    outage_s: Option<f64>,
    reasons: Vec<&'a str>,
    confirmed_after_s: f64,
    confirmed_because: &'a [String],
}

/// One diagnosed problem.
#[derive(Serialize)]
pub(super) struct FindingV1<'a> {
    rule: &'a str,
    severity: String,
    confidence: f64,
    subject: Option<String>,
    time: String,
    capture: Option<&'a str>,
    frame: u64,
    summary: &'a str,
    frames: Vec<EvidenceV1<'a>>,
    meaning: &'a str,
    confirm: Vec<StepV1<'a>>,
    remedy: Vec<StepV1<'a>>,
    filter: &'a str,
    reasons: &'a [String],
    /// The place in this list, from 0, of the finding that explains this one.
    follows_from: Option<usize>,
}

/// A frame that proves something.
#[derive(Serialize)]
struct EvidenceV1<'a> {
    time: String,
    capture: Option<&'a str>,
    frame: u64,
    note: &'a str,
}

/// One step of advice.
#[derive(Serialize)]
struct StepV1<'a> {
    text: &'a str,
    commands: &'a [String],
}

impl<'a> FailoverV1<'a> {
    pub(super) fn of((failover, judgements): &'a (Failover, Vec<Judgement>), names: Names<'a>) -> Self {
        let worst = judgements.iter().map(|judgement| judgement.verdict).max().unwrap_or(Verdict::Idle);
        Self {
            time: failover.at.time.to_string(),
            capture: names.capture(failover.at.capture),
            frame: failover.at.frame.0,
            group: failover.group.to_string(),
            from: failover.from.to_string(),
            to: failover.to.to_string(),
            cause: failover.cause.to_string(),
            verdict: worst.name(),
            tunnels: judgements.iter().map(JudgementV1::of).collect(),
        }
    }
}

impl<'a> JudgementV1<'a> {
    fn of(judgement: &'a Judgement) -> Self {
        Self {
            tunnel: judgement.outage.tunnel.to_string(),
            verdict: judgement.verdict.name(),
            confidence: two_decimals(judgement.confidence),
            negotiation_after_s: judgement.negotiation_after.map(seconds),
            esp_resumed_after_s: judgement.esp_resumed_after.map(seconds),
            outage_s: judgement.outage_length.map(seconds),
            reasons: judgement.reasons.iter().map(|reason| reason.text.as_str()).collect(),
            confirmed_after_s: seconds(judgement.confirmation.after),
            confirmed_because: &judgement.confirmation.because,
        }
    }
}

impl<'a> FindingV1<'a> {
    pub(super) fn of(finding: &'a Finding, follows_from: Option<usize>, names: Names<'a>) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity.to_string(),
            confidence: two_decimals(finding.confidence),
            subject: finding.subject.map(|subject| subject.to_string()),
            time: finding.at.time.to_string(),
            capture: names.capture(finding.at.capture),
            frame: finding.at.frame.0,
            summary: &finding.summary,
            frames: finding.evidence.iter().map(|evidence| EvidenceV1::of(evidence, names)).collect(),
            meaning: &finding.advice.meaning,
            confirm: finding.advice.confirm.iter().map(StepV1::of).collect(),
            remedy: finding.advice.remedy.iter().map(StepV1::of).collect(),
            filter: &finding.filter,
            reasons: &finding.reasons,
            follows_from,
        }
    }
}

impl<'a> EvidenceV1<'a> {
    fn of(evidence: &'a Evidence, names: Names<'a>) -> Self {
        Self {
            time: evidence.at.time.to_string(),
            capture: names.capture(evidence.at.capture),
            frame: evidence.at.frame.0,
            note: &evidence.note,
        }
    }
}

impl<'a> StepV1<'a> {
    fn of(step: &'a Step) -> Self {
        Self { text: &step.text, commands: &step.commands }
    }
}
