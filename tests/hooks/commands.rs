//! Commands get what they are given and nothing else, and end when their time is over, whatever they do.
#![cfg(unix)]

use std::time::Duration;

use reliability_core::hook::{Command, Hook, HookError, Occasion, Outcome};

use crate::webhooks::Kept;

fn run(command: Command) -> Result<Outcome, HookError> {
    let hook = Hook::command(command);
    let occasion =
        Occasion::new("shop").version("1.4.2").reason("$(touch /tmp/x); 'quoted' \"two\nlines\"").policy("p");
    hook.carry_out(&hook.plan(&occasion)?)
}

#[test]
fn arguments_arrive_as_they_are_and_no_shell_reads_them() {
    let command = Command::new("/usr/bin/printf").args(["[%s]", "{reason}", "$HOME", "; exit 1", "{version}{service}"]);
    let outcome = run(command).unwrap();
    assert_eq!(outcome.output, "[$(touch /tmp/x); 'quoted' \"two\nlines\"][$HOME][; exit 1][1.4.2shop]");
    assert_eq!(outcome.said, "exit code 0");
}

#[test]
fn the_environment_is_what_was_named() {
    let secret = Kept::new("environment", "hunter22\n");
    let bare = run(Command::new("/usr/bin/env")).unwrap();
    assert_eq!(bare.output, "");
    let command = Command::new("/usr/bin/env")
        .pass("HOME")
        .pass("RELIABILITY_TEST_NOT_SET")
        .env("TARGET", "{version}")
        .secret("TOKEN", secret.secret())
        .directory("/");
    let mut lines: Vec<_> = run(command).unwrap().output.lines().map(str::to_owned).collect();
    lines.sort();
    let home = format!("HOME={}", std::env::var("HOME").unwrap());
    // the child had the secret; what is kept of its output has not
    assert_eq!(lines, [home.as_str(), "TARGET=1.4.2", "TOKEN=***"]);
}

#[test]
fn the_child_is_given_the_secret_itself() {
    let secret = Kept::new("itself", "hunter22\n");
    let script = "test \"$TOKEN\" = hunter22 && pwd";
    let command = Command::new("/bin/sh").args(["-c", script]).secret("TOKEN", secret.secret()).directory("/usr");
    assert_eq!(run(command).unwrap().output, "/usr\n");
}

#[test]
fn a_failure_has_its_code_and_what_was_written() {
    let error = run(Command::new("/bin/sh").args(["-c", "echo before; echo why >&2; exit 7"])).unwrap_err();
    assert_eq!(error.to_string(), "exit code 7; it last wrote: why");
    assert_eq!(error, HookError::Exited { code: Some(7), output: "before\n\nwhy\n".into() });
    let error = run(Command::new("/bin/sh").args(["-c", "kill -9 $$"])).unwrap_err();
    assert_eq!(error, HookError::Exited { code: None, output: String::new() });
    let error = run(Command::new("/no/such/program")).unwrap_err().to_string();
    assert!(error.starts_with("\"/no/such/program\" cannot be run: "), "{error}");
}

#[test]
fn a_command_that_hangs_is_ended_with_its_children() {
    // the shell waits for a child that holds the output open and ignores the request to end
    let script = "trap '' TERM; sleep 600 & echo $!; wait";
    let command =
        Command::new("/bin/sh").args(["-c", script]).env("PATH", "/usr/bin:/bin").timeout(Duration::from_millis(200));
    let Err(HookError::TooLong { after, output }) = run(command) else { panic!("it ended by itself") };
    assert_eq!(after, Duration::from_millis(200));
    let child = output.trim().parse::<u32>().unwrap();
    assert!(is_gone(child), "{child} lives");
}

#[test]
fn a_command_that_prints_for_ever_is_read_to_a_bound_and_ended() {
    let command = Command::new("/usr/bin/yes").keep(1000).timeout(Duration::from_millis(200));
    let Err(HookError::TooLong { output, .. }) = run(command) else { panic!("it ended by itself") };
    let (kept, more) = output.split_once('…').unwrap();
    assert_eq!(kept, "y\n".repeat(500));
    assert!(more.starts_with(" and ") && more.ends_with(" bytes more"), "{more}");
}

#[test]
fn a_command_that_leaves_a_child_behind_does_not_keep_us_waiting() {
    let command = Command::new("/bin/sh").args(["-c", "sleep 600 & echo $!"]).env("PATH", "/usr/bin:/bin");
    let outcome = run(command).unwrap();
    let child = outcome.output.trim().parse::<u32>().unwrap();
    assert!(is_gone(child), "{child} lives");
}

/// Ended, or a dead process that nobody has waited for.
fn is_gone(pid: u32) -> bool {
    for _ in 0..500 {
        match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            Err(_) => return true,
            Ok(stat) if stat.contains(") Z ") => return true,
            Ok(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    false
}
