//! The help of every command, as users read it.

use sagap::cli::{Answer, parse};

fn help(arguments: &[&str]) -> String {
    let arguments = ["sagap"].iter().chain(arguments).map(Into::into);
    match parse(arguments) {
        Err(Answer::Text(text)) => text,
        other => panic!("no help but {other:?}"),
    }
}

#[test]
fn of_the_program() {
    insta::assert_snapshot!(help(&["--help"]));
}

#[test]
fn of_analyze() {
    insta::assert_snapshot!(help(&["analyze", "--help"]));
}

#[test]
fn of_analyze_in_short() {
    insta::assert_snapshot!(help(&["analyze", "-h"]));
}

#[test]
fn of_export() {
    insta::assert_snapshot!(help(&["export", "--help"]));
}

#[test]
fn of_export_in_short() {
    insta::assert_snapshot!(help(&["export", "-h"]));
}

#[test]
fn of_explain() {
    insta::assert_snapshot!(help(&["explain", "--help"]));
}

#[test]
fn the_version_is_the_package_s() {
    assert_eq!(help(&["--version"]), concat!("sagap ", env!("CARGO_PKG_VERSION"), "\n"));
}
