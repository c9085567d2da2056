//! `sagap explain`

use std::io::Write;

use crate::cli::{Complaint, Explain};
use crate::diagnose::{RULES, Verdict, explain as texts};
use crate::report::{Explained, ExplainedKind, explain as explain_one, list};

use super::{Exit, Failure, Terminal};

pub(super) fn explain(asked: &Explain, terminal: Terminal, out: &mut dyn Write) -> Result<Exit, Failure> {
    let page = terminal.page(asked.common.color);
    let known = known();
    let text = match &asked.name {
        None => list(&known, page),
        Some(name) => explain_one(&known, name, page).map_err(|unknown| {
            let hint = match unknown.alike.as_slice() {
                [] => "sagap explain lists the rules and verdicts".to_owned(),
                alike => format!("did you mean {}?", alike.join(" or ")),
            };
            Complaint::new(format!("{}: no rule and no verdict has this name", unknown.name), hint)
        })?,
    };
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Everything that can be explained: the rules, then the verdicts.
fn known() -> Vec<Explained> {
    let rules = RULES.iter().map(|rule| rule.meta()).map(|meta| Explained {
        name: meta.name,
        kind: ExplainedKind::Rule,
        severity: Some(meta.severity),
        summary: meta.summary(),
        text: meta.text,
    });
    let verdicts = Verdict::ALL.into_iter().rev().map(|verdict| {
        let text = texts::verdict_text(verdict);
        Explained {
            name: verdict.name(),
            kind: ExplainedKind::Verdict,
            severity: None,
            summary: texts::summary(text),
            text,
        }
    });
    rules.chain(verdicts).collect()
}
