//! What the store costs with 1,000 SLOs: a service that goes on from a full month, and one that writes all the time.
//!
//! `cargo bench -p reliability-benches --bench store`
//!
//! *Restore*: from the beginning of the start to the first report, with the file read, each page of it checked, and every history
//! built; after an orderly stop. *Writing*: the processor's time of the writing thread (Linux tells it for each thread), and of the loop with a
//! store less that of one without, over seconds of a service in which every SLI counts all the time; two looks a second.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

#[path = "../harness.rs"]
mod harness;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::{Options, Table, Verdict, median, print_machine, print_verdicts};
use reliability_core::testkit::Lab;
use reliability_core::{Objective, Outcome, Reliability, Sli};

const SLOS: usize = 1_000;
const HALF: Duration = Duration::from_millis(500);

fn slis(count: usize) -> Vec<Sli> {
    let objective = Objective::parse("99.9%").expect("a share");
    let sli = |i: usize| Sli::named(&format!("kept-{i}")).expect("a name").declare(|spec| spec.objective(objective));
    (0..count).map(sli).collect()
}

fn count(slis: &[Sli], step: usize) {
    for (i, sli) in slis.iter().enumerate() {
        sli.record_many(Outcome::Good, 500 + ((i * 7 + step * 13) % 200) as u64);
        if (i + step).is_multiple_of(11) {
            sli.record_many(Outcome::Bad, 1 + (step % 3) as u64);
        }
    }
}

fn kept(slis: &[Sli], file: &Path) -> Lab {
    Lab::judging(slis).kept(Reliability::builder().store(file))
}

/// The processor's time of a thread of this process, in milliseconds.
fn cpu_of(thread: &str) -> Option<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let of = |folder: PathBuf| {
        let name = std::fs::read_to_string(folder.join("comm")).ok()?;
        // names are cut to fifteen bytes
        let known = name.trim_end() == &thread[..thread.len().min(15)];
        let spent = std::fs::read_to_string(folder.join("schedstat")).ok()?;
        known.then(|| spent.split(' ').next()?.parse::<f64>().ok()).flatten()
    };
    tasks.flatten().find_map(|task| of(task.path())).map(|nanos| nanos / 1e6)
}

#[allow(clippy::similar_names)] // SLIs and SLOs
fn main() {
    let options = Options::read();
    let (slos, days, seconds, rounds) = if options.quick { (20, 1, 3, 1) } else { (SLOS, 31, 120, 5) };
    print_machine();
    let folder = std::env::temp_dir().join(format!("reliability-bench-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("budgets.redb");
    let slis = slis(slos);

    // a month of traffic, with no store beside it until the end
    let mut lab = Lab::judging(&slis);
    for step in 0..days * 1_440 {
        count(&slis, step);
        lab.advance_by(Duration::from_secs(60), Duration::from_secs(60));
    }
    let mut lab = lab.kept(Reliability::builder().store(&file));
    lab.advance_by(HALF, HALF);
    lab.end_keeping(Duration::from_secs(60));
    let (expected, now) = (lab.report().slis[slos / 2].slos[0].good, lab.now());
    drop(lab);
    let bytes = std::fs::metadata(&file).expect("the file").len() as f64;

    let mut restores = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        let mut lab = kept(&slis, &file);
        restores.push(began.elapsed().as_secs_f64() * 1e3);
        lab.step_wall_clock(now);
        lab.tick();
        assert_eq!(lab.report().slis[slos / 2].slos[0].good, expected, "it is another history");
        lab.end_keeping(Duration::from_secs(60));
    }

    // every SLI counts before every look
    let run = |mut lab: Lab, live: bool| {
        let writer = || if live { cpu_of("reliability-store") } else { None };
        let (mut looks, before) = (Duration::ZERO, writer());
        for step in 0..seconds * 2 {
            count(&slis, step);
            let began = Instant::now();
            lab.advance_by(HALF, HALF);
            let took = began.elapsed();
            looks += took;
            if live {
                std::thread::sleep(HALF.saturating_sub(took));
            }
        }
        let wrote = writer().zip(before).map(|(after, before)| after - before);
        if live {
            lab.end_keeping(Duration::from_secs(60));
        }
        (looks.as_secs_f64() * 1e3 / seconds as f64, wrote.map(|wrote| wrote / seconds as f64))
    };
    let (with, wrote) = run(kept(&slis, &file), true);
    let (without, _) = run(Lab::judging(&slis), false);
    let more = (with - without).max(0.0);
    std::fs::remove_dir_all(&folder).expect("the folder is removed");

    let mut table = Table::new(["store of 1,000 SLOs over 30 days", "measured"]);
    let restore = median(restores);
    let wrote = wrote.unwrap_or(f64::NAN);
    table.row(vec!["restore".to_owned(), format!("{restore:.0} ms")]);
    table.row(vec!["file".to_owned(), format!("{:.1} MiB", bytes / 1_048_576.0)]);
    table.row(vec!["writing thread, a second".to_owned(), format!("{wrote:.2} ms of a core")]);
    table.row(vec![
        "loop beside it, a second".to_owned(),
        format!("{more:.2} ms ({with:.2} with, {without:.2} without)"),
    ]);
    table.print(options.markdown);
    if !options.quick {
        let verdicts = [
            Verdict { what: "restore of 1,000 SLOs", measured: restore, at_most: 200.0, unit: "ms" },
            Verdict { what: "store, of a core", measured: (wrote + more) / 10.0, at_most: 1.0, unit: "%" },
        ];
        print_verdicts(&verdicts, options.markdown);
    }
}
