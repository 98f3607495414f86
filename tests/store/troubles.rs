//! What can befall a file while a service runs: the service goes on in memory, and says so.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use reliability_core::compensate::{Policy, Trigger};
use reliability_core::testkit::turn;
use reliability_core::{EventKind, Flag, Objective, Outcome, Reliability, Report, SetBy, Sli, StoreStanding};

use crate::child;
use crate::files::Folder;

fn sli() -> Sli {
    Sli::named("trouble").unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
}

fn start(file: &Path, sli: &Sli) -> Reliability {
    Reliability::builder().only("none of the catalogue").sli(sli).store(file).start().unwrap()
}

fn standing(report: &Report) -> StoreStanding {
    report.store.as_ref().unwrap().standing
}

fn bad(report: &Report) -> u64 {
    report.slis[0].slos[0].bad
}

/// Waits until it is so, for at most ten seconds.
fn until(reliability: &Reliability, is_so: impl Fn(&Report) -> bool) -> Report {
    let begun = Instant::now();
    loop {
        let report = reliability.report();
        if is_so(&report) {
            return report;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?} {:?}", report.store, report.events);
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn was_lost(report: &Report) -> bool {
    report.events.iter().any(|event| matches!(event.kind, EventKind::StoreLost { .. }))
}

#[test]
fn without_a_folder_to_write_to_the_service_is_judged_in_memory_and_says_so() {
    let folder = Folder::new("no-folder");
    std::fs::write(folder.file(), "a file where a folder should be").unwrap();
    let sli = sli();
    let reliability = start(&folder.file().join("store"), &sli);
    sli.record_many(Outcome::Bad, 5);
    let report = until(&reliability, |report| was_lost(report) && bad(report) == 5);
    assert_eq!(standing(&report), StoreStanding::Lost);
    assert!(report.slis[0].slos[0].coverage < 0.01);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["store"]["standing"], "lost");
    drop(reliability);
}

#[test]
fn what_is_no_store_at_all_is_put_aside() {
    let folder = Folder::new("no-store");
    std::fs::write(folder.file(), "this was never a store\n".repeat(1_000)).unwrap();
    let sli = sli();
    let reliability = start(&folder.file(), &sli);
    let report = until(&reliability, was_lost);
    let aside = report.store.unwrap().damaged.unwrap();
    assert!(std::fs::read_to_string(aside).unwrap().starts_with("this was never a store"));
    drop(reliability);
}

#[test]
fn a_second_process_takes_the_file_over_when_the_first_ends() {
    let (folder, one, other) = (Folder::new("rolling"), sli(), sli());
    let first = start(&folder.file(), &one);
    one.record_many(Outcome::Bad, 100);
    let second = start(&folder.file(), &other);
    other.record_many(Outcome::Bad, 40);
    let report = until(&second, |report| was_lost(report) && bad(report) == 40);
    assert_eq!(standing(&report), StoreStanding::Elsewhere);
    one.record_many(Outcome::Bad, 1);
    assert_eq!(bad(&first.stop()), 101);
    let report = until(&second, |report| bad(report) == 141);
    assert_eq!((standing(&report), report.store.as_ref().unwrap().resumed), (StoreStanding::Kept, 1));
    other.record_many(Outcome::Bad, 2);
    assert_eq!(bad(&second.stop()), 143);
    let third = start(&folder.file(), &one);
    assert_eq!(bad(&third.report()), 143);
}

#[test]
fn a_deleted_file_is_made_anew_with_all_that_was_in_it() {
    let (folder, sli) = (Folder::new("deleted"), sli());
    let reliability = start(&folder.file(), &sli);
    sli.record_many(Outcome::Bad, 30);
    until(&reliability, |report| report.store.as_ref().unwrap().kept_until.is_some());
    std::fs::remove_file(folder.file()).unwrap();
    sli.record_many(Outcome::Bad, 3);
    until(&reliability, was_lost);
    until(&reliability, |report| standing(report) == StoreStanding::Kept);
    assert!(folder.file().exists());
    assert_eq!(bad(&reliability.stop()), 33);
    assert_eq!(bad(&start(&folder.file(), &sli).report()), 33);
}

#[test]
fn a_file_that_somebody_put_in_its_place_is_added_to() {
    let (folder, elsewhere, one, other) = (Folder::new("replaced"), Folder::new("replacing"), sli(), sli());
    let stranger = start(&elsewhere.file(), &other);
    other.record_many(Outcome::Bad, 500);
    drop(stranger.stop());
    let reliability = start(&folder.file(), &one);
    one.record_many(Outcome::Bad, 30);
    until(&reliability, |report| report.store.as_ref().unwrap().kept_until.is_some());
    std::fs::rename(elsewhere.file(), folder.file()).unwrap();
    until(&reliability, |report| bad(report) == 530);
    assert_eq!(bad(&reliability.stop()), 530);
    assert_eq!(bad(&start(&folder.file(), &one).report()), 530);
}

/// Runs the child under a limit on the size of its files, and gives how the store stood in the end.
fn under_a_limit(folder: &Folder, kilobytes: u64, lives: Duration) -> Vec<String> {
    let limit = format!("trap '' XFSZ; ulimit -f {};", kilobytes * 2);
    let mut child = child::start(&folder.file(), 40, &limit);
    let pipe = BufReader::new(child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let lines = pipe.lines().map_while(Result::ok);
        lines.filter(|line| line.starts_with("stands") || line.starts_with("begun")).collect::<Vec<_>>()
    });
    std::thread::sleep(lives);
    assert_eq!(child.try_wait().unwrap(), None, "it must go on");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn on_a_full_disk_the_service_goes_on_and_what_was_kept_stays() {
    let folder = Folder::new("full");
    // there is not even room for an empty store
    let said = under_a_limit(&folder, 16, Duration::from_secs(4));
    assert!(said.iter().any(|line| line.starts_with("stands lost")), "{said:?}");
    let _ = std::fs::remove_file(folder.file());
    // there is room at first, and none for what comes then
    let said = under_a_limit(&folder, 4_096, Duration::from_secs(3));
    assert!(said.last().unwrap().starts_with("stands kept"), "{said:?}");
    let size = std::fs::metadata(folder.file()).unwrap().len();
    let said = under_a_limit(&folder, size / 2_048, Duration::from_secs(4));
    assert!(said.iter().any(|line| line.starts_with("stands lost it cannot be")), "{said:?}");
    let fresh = Folder::new("full-at-once");
    let said = under_a_limit(&fresh, 80, Duration::from_secs(4));
    assert!(said.iter().any(|line| line.starts_with("stands lost it cannot be written")), "{said:?}");
    // and it is read again whatever became of the last write
    let said = under_a_limit(&folder, 65_536, Duration::from_secs(3));
    assert!(said.last().unwrap().starts_with("stands kept"), "{said:?}");
    let counted: u64 = said[0].split(' ').nth(1).unwrap().parse().unwrap();
    assert!(counted > 1_000, "{said:?}");
}

#[test]
fn what_policies_remember_and_a_persons_word_are_in_the_store() {
    let (folder, sli) = (Folder::new("memory"), sli());
    static FLAG: Flag = Flag::on("store-flag");
    let banners = Flag::named("store-banners", true).unwrap();
    let start = |version: &str| {
        let plan = Policy::named("store-memory").unwrap().on(Trigger::detected("trouble")).step(&FLAG);
        let plan = plan.at_most(1, Duration::from_secs(3_600)).act();
        let builder = Reliability::builder().only("none of the catalogue").sli(&sli).store(folder.file());
        builder.version(version).soak(Duration::from_millis(300)).policy(plan).start().unwrap()
    };
    let known = |report: &Report| report.response.known_good.as_ref().and_then(|known| known.version.clone());
    let reliability = start("1.4.0");
    until(&reliability, |report| {
        sli.record_many(Outcome::Good, 100);
        known(report).as_deref() == Some("1.4.0")
    });
    reliability.handle().set_switch("store-banners", Some("off"), Some("kim")).unwrap();
    sli.record_many(Outcome::Bad, 100);
    until(&reliability, |_| !FLAG.enabled());
    drop(reliability.stop());
    // as a new process finds it
    turn(banners, SetBy::Manual, None);
    assert!(banners.enabled() && FLAG.enabled());

    let reliability = start("1.5.0");
    assert!(!banners.enabled(), "a person's word stays");
    assert_eq!(known(&reliability.report()).as_deref(), Some("1.4.0"));
    sli.record_many(Outcome::Bad, 100);
    let reason = |report: &Report| report.response.policies[0].reason.clone();
    until(&reliability, |report| reason(report).contains("as often as it may"));
    assert!(FLAG.enabled());
    reliability.handle().set_switch("store-banners", None, Some("kim")).unwrap();
    drop(reliability.stop());
}
