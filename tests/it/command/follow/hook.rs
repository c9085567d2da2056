//! Commands that are told of findings.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use sagap::command::follow::Hook;

use crate::common::clock::now;
use crate::common::scratch;

/// Long enough for any test on a slow machine.
const LONG: Duration = Duration::from_secs(60);

fn hook(command: &str, timeout: Duration, queue: usize) -> Hook {
    Hook::new(command.to_owned(), timeout, queue).unwrap()
}

/// Waits until the file at `path` is there and whole, which the end of its line tells.
fn awaited(path: &Path) -> String {
    for _ in 0..600 {
        if let Ok(text) = fs::read_to_string(path)
            && text.ends_with('\n')
        {
            return text;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("{} never came", path.display());
}

#[test]
fn findings_are_handed_on_in_order_one_at_a_time() {
    let dir = scratch("hook-order");
    let file = dir.join("told");
    let command = format!("mkdir {0}.busy && cat >>{0} && rmdir {0}.busy", file.display());
    let mut hook = hook(&command, LONG, Hook::QUEUE);
    let lines: Vec<String> = (0..20).map(|number| format!("{{\"n\":{number}}}")).collect();
    for line in &lines {
        hook.tell(line.clone());
    }
    assert_eq!(hook.finish(LONG), [""; 0]);
    assert_eq!(fs::read_to_string(file).unwrap(), lines.join("\n") + "\n");
}

#[test]
fn how_a_command_ended_is_told_once_for_equal_ends() {
    let mut failing = hook("exit 3", LONG, Hook::QUEUE);
    (0..3).for_each(|_| failing.tell("{}".to_owned()));
    assert_eq!(failing.finish(LONG), ["--on-finding: the command ended with exit code 3 (3 times)"]);
    let mut dying = hook("kill -TERM $$", LONG, Hook::QUEUE);
    dying.tell("{}".to_owned());
    assert_eq!(dying.finish(LONG), ["--on-finding: the command was ended by signal 15"]);
    let mut failing = hook("false", LONG, Hook::QUEUE);
    failing.tell("{}".to_owned());
    let mut told = Vec::new();
    while told.is_empty() {
        told = failing.notices();
        sleep(Duration::from_millis(10));
    }
    assert_eq!(told, ["--on-finding: the command ended with exit code 1"]);
    assert_eq!((failing.failures(), failing.notices()), (1, Vec::new()));
}

#[test]
fn a_command_that_reads_nothing_is_no_failure() {
    let mut hook = hook("true", LONG, Hook::QUEUE);
    hook.tell("x".repeat(10_000_000));
    hook.tell("{}".to_owned());
    assert_eq!(hook.finish(LONG), [""; 0]);
}

#[test]
fn a_command_that_hangs_is_killed_with_all_it_began() {
    let dir = scratch("hook-hangs");
    let (pids, after) = (dir.join("pids"), dir.join("after"));
    let command = format!(
        "if [ -e {0} ]; then cat >{1}; else sleep 1000 & echo $! >{0}; sleep 1000; fi",
        pids.display(),
        after.display()
    );
    let mut hook = hook(&command, Duration::from_millis(1_500), Hook::QUEUE);
    hook.tell("x".repeat(1_000_000));
    hook.tell("next".to_owned());
    assert_eq!(awaited(&after), "next\n");
    assert_eq!(hook.finish(LONG), ["--on-finding: the command was killed after 1.5 s"]);
    let pid = fs::read_to_string(&pids).unwrap();
    let gone = || match fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    };
    assert!(
        (0..100).any(|_| gone() || {
            sleep(Duration::from_millis(50));
            false
        }),
        "{pid} lives on"
    );
}

#[test]
fn a_slow_command_keeps_nobody_waiting() {
    let dir = scratch("hook-slow");
    let begun = dir.join("begun");
    let start = now();
    let mut hook = hook(&format!("echo >{}; sleep 1000", begun.display()), LONG * 10, 2);
    hook.tell("{}".to_owned());
    awaited(&begun);
    (0..7).for_each(|_| hook.tell("{}".to_owned()));
    assert_eq!(hook.notices(), ["--on-finding: the command is too slow: 5 findings were not handed on"]);
    assert_eq!((hook.notices(), hook.failures()), (Vec::new(), 5));
    let told = hook.finish(Duration::from_millis(10));
    let left = "--on-finding: 2 findings were not handed on before the end";
    assert_eq!(told, ["--on-finding: the command was killed at the end", left]);
    assert!(now() - start < LONG);
}
