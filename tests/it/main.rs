//! One test binary that mirrors `src/`.

#![expect(clippy::unwrap_used, reason = "what a helper of a test cannot do fails the test")]

mod capture;
mod captures;
mod cli;
#[cfg(unix)]
mod command;
mod common;
mod decode;
mod diagnose;
mod diagnose_texts;
mod differential;
mod encap;
mod lab;
mod layout;
mod metamorphic;
mod observe;
mod public;
mod readme;
mod report;
mod robust;
mod track;
mod wire;
mod wrappings;
