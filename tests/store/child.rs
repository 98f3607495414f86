//! The process that is killed: this binary once more, told by its environment what to do.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reliability_core::{Objective, Outcome, Reliability, Sli};

const FILE: &str = "RELIABILITY_STORE_CHILD";
const SLIS: &str = "RELIABILITY_STORE_SLIS";

/// Starts it on a file; what it says comes over its standard error. `wrapped` is a shell's text before it.
pub(crate) fn start(file: &Path, slis: usize, wrapped: &str) -> Child {
    let binary = std::env::current_exe().unwrap();
    let run = format!("{wrapped} exec \"$0\" --exact child::the_process_that_is_killed --nocapture --test-threads 1");
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(run).arg(binary).env(FILE, file).env(SLIS, slis.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Says `begun <good> <bad> <budget> <since> <standing>`, then counts, and after each count says `<µs> <good> <bad>` of this process
/// and once a second `stands <standing> <reason>`.
#[test]
fn the_process_that_is_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let slis: usize = std::env::var(SLIS).unwrap().parse().unwrap();
    let declare = |n: usize| {
        Sli::named(&format!("book-{n}")).unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
    };
    let slis: Vec<Sli> = (0..slis).map(declare).collect();
    let builder = Reliability::builder().only("none of the catalogue").store(file);
    let reliability = slis.iter().fold(builder, reliability_core::Builder::sli).start().unwrap();
    let mut out = std::io::stderr();
    let report = reliability.report();
    let slo = report.slo("book-0-availability").unwrap();
    let store = report.store.as_ref().unwrap();
    let since = slo.since.unix_seconds();
    let begun =
        format!("begun {} {} {} {since} {}\n", slo.good, slo.bad, slo.budget_remaining, store.standing.as_str());
    out.write_all(begun.as_bytes()).unwrap();
    let (started, mut good, mut bad, mut told) = (Instant::now(), 0_u64, 0_u64, 0);
    loop {
        for sli in &slis {
            sli.record_many(Outcome::Good, 4);
            if good % 3 == 0 {
                sli.record_many(Outcome::Bad, 1);
            }
        }
        bad += u64::from(good % 3 == 0);
        good += 4;
        let since = started.elapsed();
        out.write_all(format!("{} {good} {bad}\n", since.as_micros()).as_bytes()).unwrap();
        if since.as_secs() > told {
            told = since.as_secs();
            let store = reliability.report().store.unwrap();
            out.write_all(format!("stands {} {}\n", store.standing.as_str(), store.reason).as_bytes()).unwrap();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
