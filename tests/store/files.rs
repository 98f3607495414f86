//! A real engine on a real file.

use std::path::PathBuf;
use std::time::Duration;

use reliability_core::{Objective, Outcome, Reliability, Report, Sli, StoreStanding};

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
        println!("{:?}", report.store);
    }
}
