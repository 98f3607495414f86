//! `RELIABILITY=off` switches everything off; shown in a process of its own, because it is read once.

use std::process::Command;
use std::time::Duration;

use reliability_core::{Outcome, Reliability};

/// Runs one test of this binary as a process of its own; gives what it said on a line that begins with `said:`.
pub(crate) fn child(test: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().expect("tests know where they are"));
    command.args(["--exact", test, "--nocapture", "--test-threads", "1"]).env("RELIABILITY_TEST_CHILD", "1");
    for unset in ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "HOSTNAME", "RELIABILITY"] {
        command.env_remove(unset);
    }
    let output = command.envs(variables.iter().copied()).output().expect("the test runs again");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let said = printed.lines().find_map(|line| Some(line.split_once("said:")?.1.to_owned()));
    said.unwrap_or_else(|| panic!("it said nothing: {printed}"))
}

#[test]
fn switched_off_nothing_is_measured_and_nothing_starts() {
    assert_eq!(child("switched_off::counts_once", &[("RELIABILITY", "OFF")]), "enabled=false slis=0 threads=0");
    assert_eq!(child("switched_off::counts_once", &[("RELIABILITY", "on")]), "enabled=true slis=1 threads=1");
}

#[test]
fn counts_once() {
    if std::env::var_os("RELIABILITY_TEST_CHILD").is_none() {
        return;
    }
    let sli = super::sli("off");
    assert_eq!(sli.time(|| Ok::<_, ()>(1)), Ok(1));
    drop(sli.begin());
    sli.record(Outcome::Bad, Duration::from_millis(1));
    sli.record_many(Outcome::Bad, 5);
    let running = Reliability::builder().only("off").sli(&sli).start().expect("it starts");
    std::thread::sleep(Duration::from_millis(50));
    let threads = std::fs::read_dir("/proc/self/task").map_or(usize::from(running.report().enabled), |tasks| {
        let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        tasks
            .flatten()
            .filter(|task| task.path().exists())
            .map(name)
            .filter(|name| name.trim() == "reliability")
            .count()
    });
    let report = running.stop();
    println!("said:enabled={} slis={} threads={threads}", report.enabled, report.slis.len());
}
