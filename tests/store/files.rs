//! A real engine on a real file.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reliability_core::testkit::Lab;
use reliability_core::{Method, Objective, Outcome, Reliability, Report, Sli, SloReport, StoreStanding};

/// A folder of its own, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("reliability-store-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("budgets.redb")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sli(name: &str) -> Sli {
    Sli::named(name).unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
}

fn start(folder: &Folder, sli: &Sli) -> Reliability {
    Reliability::builder().only("none of the catalogue").sli(sli).store(folder.file()).start().unwrap()
}

fn counted(report: &Report) -> (u64, u64) {
    (report.slis[0].slos[0].good, report.slis[0].slos[0].bad)
}

#[test]
fn an_orderly_stop_loses_nothing() {
    let (folder, sli) = (Folder::new("orderly"), sli("orderly"));
    for round in 1..=5_u64 {
        let reliability = start(&folder, &sli);
        let report = reliability.report();
        let store = report.store.as_ref().unwrap();
        assert_eq!((store.standing, store.reason.as_str()), (StoreStanding::Kept, ""), "{round}");
        assert_eq!(counted(&report), ((round - 1) * 1_000, (round - 1) * 3), "{round}");
        sli.record_many(Outcome::Good, 1_000);
        sli.record_many(Outcome::Bad, 3);
        if round % 2 == 0 {
            std::thread::sleep(std::time::Duration::from_millis(1_200));
        }
        let report = reliability.stop();
        assert_eq!(counted(&report), (round * 1_000, round * 3), "{round}");
    }
}

/// Everything that is judged, without what is a process's own.
fn judged(report: &Report) -> String {
    let slo = |slo: &SloReport| {
        let alerts: Vec<_> = slo.alerts.iter().map(|alert| (&alert.rule, alert.state, alert.held_since)).collect();
        let figures = (slo.good, slo.bad, slo.budget_remaining, slo.generation, &slo.burn, slo.coverage);
        format!("{} {figures:?} {alerts:?} {:?}\n", slo.name, slo.incident)
    };
    report.slis.iter().flat_map(|sli| &sli.slos).map(slo).collect()
}

#[test]
fn what_was_written_bit_by_bit_over_hours_is_the_whole() {
    let folder = Folder::new("hours");
    let declare = |n: usize| {
        let name = format!("hours-{n}");
        let method = if n % 4 == 3 { "timeslices 1m 95%" } else { "occurrences" };
        sli(&name).declare(|spec| spec.method(Method::parse(method).unwrap()))
    };
    let slis: Vec<Sli> = (0..12).map(declare).collect();
    let begin = || Lab::judging(&slis).kept(Reliability::builder().store(folder.file()));
    let mut lab = begin();
    let minute = Duration::from_secs(60);
    let mut seed = 41_u64;
    for step in 1..=420_u64 {
        for (n, sli) in slis.iter().enumerate() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // some are busy, some come and go, one is never called
            if n > 0 && (n % 3 > 0 || step / 30 % 2 == 0) {
                sli.record_many(Outcome::Good, seed >> 56);
                sli.record_many(Outcome::Bad, (seed >> 20) % 7 / 5);
            }
        }
        if step == 200 {
            lab.step_wall_clock(lab.now() + minute * 17);
        }
        lab.advance_by(minute, minute);
        // what is not written yet is not asked for again before the next minute, and would be dated by it
        let begun = Instant::now();
        while lab.report().store.unwrap().kept_until != Some(lab.now()) && begun.elapsed() < minute {
            std::thread::yield_now();
        }
        if step % 140 == 0 {
            lab.end_keeping(minute);
            let (report, now) = (lab.report(), lab.now());
            drop(lab);
            lab = begun_at(begin(), now);
            assert_eq!(judged(&lab.report()), judged(&report), "{step}");
        }
    }
}

/// A lab begins at its own time; the store leads it to where it had come.
fn begun_at(mut lab: Lab, now: reliability_core::Timestamp) -> Lab {
    lab.step_wall_clock(now);
    lab.tick();
    assert_eq!(lab.now(), now);
    lab
}
