//! A file that is cut off at every page, and one with a flipped bit in every page.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use reliability_core::{Objective, Outcome, Reliability, Report, Sli, StoreStanding};

use crate::files::Folder;

const PAGE: usize = 4096;

fn slis() -> Vec<Sli> {
    let objective = Objective::parse("99%").unwrap();
    let declare = |n: usize| Sli::named(&format!("page-{n}")).unwrap().declare(|spec| spec.objective(objective));
    (0..12).map(declare).collect()
}

fn open(file: &Path, slis: &[Sli]) -> Reliability {
    let builder = Reliability::builder().only("none of the catalogue").store(file);
    slis.iter().fold(builder, reliability_core::Builder::sli).start().unwrap()
}

fn counted(report: &Report) -> Vec<(u64, u64)> {
    report.slis.iter().map(|sli| (sli.slos[0].good, sli.slos[0].bad)).collect()
}

/// A file with counts, and what they are.
fn written(folder: &Folder) -> (Vec<u8>, Vec<(u64, u64)>) {
    let slis = slis();
    for _ in 0..2 {
        let reliability = open(&folder.file(), &slis);
        for (n, sli) in slis.iter().enumerate() {
            sli.record_many(Outcome::Good, 1_000 + n as u64);
            sli.record_many(Outcome::Bad, 20);
        }
        // two writes with the same counts: should the last page be bad, the one before it says the same
        std::thread::sleep(std::time::Duration::from_millis(1_200));
        drop(reliability.stop());
    }
    let report = open(&folder.file(), &slis).stop();
    (std::fs::read(folder.file()).unwrap(), counted(&report))
}

/// Opens a file of these bytes, and says whether it was read.
fn judge(folder: &Folder, bytes: &[u8], expected: &[(u64, u64)], slis: &[Sli], what: &str) -> bool {
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(folder.file(), bytes).unwrap();
    let reliability = open(&folder.file(), slis);
    let report = reliability.report();
    let store = report.store.as_ref().unwrap();
    assert_eq!(store.standing, StoreStanding::Kept, "{what}: {store:?}");
    let right = counted(&report) == expected;
    if !right {
        // nothing of it, said everywhere, and kept for whoever wants to look
        assert!(counted(&report).iter().all(|counts| *counts == (0, 0)), "{what}: {:?}", counted(&report));
        assert!(report.slis.iter().all(|sli| sli.slos[0].coverage < 0.01), "{what}");
        if bytes.is_empty() {
            assert_eq!(store.damaged, None, "an empty file is a new one");
        } else {
            let aside = store.damaged.as_ref().unwrap_or_else(|| panic!("{what}: {store:?}"));
            assert!(std::fs::read(aside).unwrap().len() >= bytes.len(), "{what}");
            assert!(reliability.report().events.len() < 256);
        }
    }
    drop(reliability.stop());
    right
}

#[test]
fn a_file_that_was_cut_or_changed_at_any_page_is_right_or_put_aside() {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some("reliability-store") {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        hook(panic);
    }));
    let (source, folder) = (Folder::new("written"), Folder::new("damaged"));
    let (bytes, expected) = written(&source);
    let slis = slis();
    assert!(judge(&folder, &bytes, &expected, &slis, "as it was"));
    let (mut right, mut aside) = (0, 0);
    for cut in (0..bytes.len()).step_by(PAGE) {
        if judge(&folder, &bytes[..cut], &expected, &slis, &format!("cut at {cut}")) { right += 1 } else { aside += 1 }
    }
    println!("cut at {} places: right {right} times, put aside {aside} times", right + aside);
    let (mut right, mut aside) = (0, 0);
    let mut seed = 99_u64;
    for page in (0..bytes.len()).step_by(PAGE) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut changed = bytes.clone();
        let length = PAGE.min(bytes.len() - page);
        let at = page + (seed >> 33) as usize % length;
        changed[at] ^= 1 << ((seed >> 20) % 8);
        if judge(&folder, &changed, &expected, &slis, &format!("bit at {at}")) { right += 1 } else { aside += 1 }
    }
    println!("a bit flipped in {} pages: right {right} times, put aside {aside} times", right + aside);
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
