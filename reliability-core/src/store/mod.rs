//! Budgets that survive: what must outlive the process, in one file.
//!
//! ```no_run
//! use reliability_core::Reliability;
//! let reliability = Reliability::builder().store("/var/lib/shop/reliability.redb").start()?;
//! # Ok::<(), reliability_core::StartError>(())
//! ```
//!
//! A budget that a restart resets is best kept by crashing. With a store, histories, generations, the states of alerts, how often
//! policies engaged and the version known to be good are there again at the next start, and the time in between is a gap that nobody
//! observed.
//!
//! # What is kept when
//! A thread of its own writes twice a second what has changed, and syncs it to the disk. A process that is killed loses less than a second
//! of its counts; one that stops in order loses none. The request path knows nothing of it, and the loop never waits for it.
//!
//! # When it cannot be kept
//! A full disk, a folder that must not be written to, a damaged file, one of a later version, one that was deleted: the service is judged in memory,
//! as without a store, and [`Report::store`](crate::Report::store), JSON, the page, the series `reliability_store_*` and an event
//! ([`EventKind::StoreLost`](crate::EventKind)) say so. A damaged file is kept beside as `….damaged-<number>`. No budget looks better for
//! it: it says since when it counts and how much of its period was observed, and what acts on budgets takes one that was observed for less
//! than 90 % of its period as unknown.
//!
//! Two processes can be given one file, as in a rolling update: the second judges in memory and takes the file over when the first
//! ends; then both are added up, slot by slot. (Slices of time cannot be added up. Of two verdicts the worse stands.)
//!
//! # What a restart does to a budget
//! Nothing good. Another objective re-reads the same counts, another window refits them; another method, another threshold or another
//! reading of dropped calls begins a new generation. What left a period only because nobody was there to see it leave stays for as
//! long as nobody was there. If the clock went back meanwhile, time goes on from where it had been written to, until the clock has
//! caught up.
//!
//! # Limits
//! About 30 KiB an SLO over 30 days. Latency histograms, labels and the last failures begin anew: they are counts of a process.
//! An SLO that the program no longer has is kept for 94 days after it was last judged; the first start after that makes room
//! for others in its place. A file of a later version whose tables themselves have another form is told from a damaged one only by
//! being kept beside.
//!
//! Layer 4: an edge; imports clock, spec, slo, engine, reliability.

mod desk;
mod door;
mod file;
mod form;
mod place;
mod reading;
mod record;
mod worker;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use desk::{Desk, Post};
use record::Whole;
use worker::Worker;

use crate::clock::Reading;
use crate::engine::port::Keeper;
use crate::engine::stored::StoreStanding;
use crate::reliability::Builder;
use crate::slo::{SloState, Terms};

/// So long the start of the service waits for the file, at the most; what is found later is gone on with later.
const OPENS_WITHIN: Duration = Duration::from_secs(2);

impl Builder<'_> {
    /// Has budgets outlive the process, in this one file, which is made if there is none.
    ///
    /// It never keeps the service from starting: see [`Report::store`](crate::Report::store) for how it stands. The start waits
    /// for at most two seconds until the file is read.
    #[must_use]
    pub fn store(self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.keeper(move || open(path))
    }
}

/// Opens the file on a thread of its own.
pub(crate) fn open(path: PathBuf) -> std::io::Result<Box<dyn Keeper>> {
    let desk = Arc::new(Desk::new(path));
    let worker = Worker::new(Arc::clone(&desk), incarnation());
    thread::Builder::new().name("reliability-store".into()).spawn(move || worker.run())?;
    desk.wait(OPENS_WITHIN, |inside| inside.report.standing != StoreStanding::Opening);
    Ok(Box::new(Post(desk)))
}

/// A number that no other process has, nor this one after a restart.
fn incarnation() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_i64(Reading::now().wall.unix_nanos());
    hasher.finish()
}

/// Whether these bytes are the value of any record, whatever its sum; what is one is restored. For the fuzzer, not an interface.
#[doc(hidden)]
pub fn __reads(bytes: &[u8]) -> bool {
    let whole = record::value::<Whole>(bytes).and_then(Whole::into_snapshot);
    let restored = whole.map(|slo| {
        let terms =
            Terms::new(crate::Objective::parse("99%").unwrap_or_else(|_| unreachable!()), slo.state.history.window);
        SloState::restored(terms.method(slo.state.method), &slo.state, |_| {}).is_ok()
    });
    let tail = record::value::<record::Tail>(bytes);
    let standings = tail.map(|tail| tail.standings.into_iter().all(|(_, stood)| stood.into_standing().is_some()));
    let observed = record::value::<record::Observed>(bytes).map(record::Observed::into_kept);
    let writers = record::value::<record::Writers>(bytes);
    restored.is_some() || standings.is_some() || observed.is_some() || writers.is_some()
}

#[cfg(all(test, feature = "testkit", not(loom)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::file::{Fault, Tables};
    use super::place::Place;
    use super::*;
    use crate::engine::snapshot::{Notes, Snapshot};
    use crate::testkit::Lab;
    use crate::{Method, Objective, Outcome, Sli, Window};

    const PAGE: usize = 4096;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("reliability-tables-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// Weeks of counts, of every kind of SLO.
    fn weeks() -> Snapshot {
        let kinds =
            [("occurrences", "30d"), ("timeslices 5m 99%", "7d"), ("ratio-timeslices 1m", "7d"), ("occurrences", "1d")];
        let declare = |n: usize| {
            let (method, window) = kinds[n % kinds.len()];
            Sli::named(&format!("weeks-{n}")).unwrap().declare(|spec| {
                let spec = spec.objective(Objective::parse("99%").unwrap()).window(Window::parse(window).unwrap());
                spec.method(Method::parse(method).unwrap())
            })
        };
        let slis: Vec<Sli> = (0..16).map(declare).collect();
        let mut lab = Lab::judging(&slis);
        let mut seed = 5_u64;
        for step in 0..3_000 {
            for sli in &slis {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sli.record_many(Outcome::Good, seed >> 54);
                sli.record_many(Outcome::Bad, u64::from(seed.is_multiple_of(5)) * 3);
            }
            let length = Duration::from_secs(if step % 100 == 0 { 7_200 } else { 60 });
            lab.advance_by(length, length);
        }
        lab.handle().shared().snapshot()
    }

    fn write(path: &std::path::Path, snapshot: &Snapshot) {
        let place = Place::take(path).unwrap();
        let mut found = Tables::open(&place, 1).unwrap();
        let (slos, observed) = (snapshot.slos.clone(), Some(snapshot.observed.clone()));
        let notes = Notes { at: snapshot.at, slos, observed, memory: Some("words".into()), ..Notes::default() };
        found.tables.write(&notes).unwrap();
        // should the last write be bad, the one before it says the same
        found.tables.write(&Notes { at: snapshot.at, ..Notes::default() }).unwrap();
    }

    fn read(path: &std::path::Path) -> Result<Option<Snapshot>, Fault> {
        let place = Place::take(path).unwrap();
        Tables::open(&place, 2).map(|found| found.snapshot)
    }

    #[test]
    fn what_is_written_is_read_again_and_damage_anywhere_is_seen() {
        static PANICS: AtomicUsize = AtomicUsize::new(0);
        let me = std::thread::current().id();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(usize::from(std::thread::current().id() == me), Ordering::Relaxed);
            hook(panic);
        }));
        let folder = folder("damage");
        let (path, snapshot) = (folder.join("whole"), weeks());
        write(&path, &snapshot);
        let known = Snapshot { memory: Some("words".into()), ..snapshot };
        assert!(read(&path).unwrap() == Some(known.clone()), "it is another one");
        let bytes = std::fs::read(&path).unwrap();
        let damaged = folder.join("damaged");
        let mut sum = [0; 4];
        let mut seed = 7_u64;
        let judge = |bytes: &[u8], what: &str, sum: &mut [u32]| {
            std::fs::write(&damaged, bytes).unwrap();
            match read(&damaged) {
                Ok(Some(found)) => {
                    assert!(found == known, "{what}: it is another one");
                    sum[0] += 1;
                }
                Ok(None) => assert!(bytes.is_empty(), "{what}: nothing was found"),
                Err(Fault::Damaged(_)) => sum[1] += 1,
                Err(other) => panic!("{what}: {other:?}"),
            }
        };
        for at in (0..bytes.len()).step_by(PAGE) {
            judge(&bytes[..at], &format!("cut at {at}"), &mut sum[..2]);
            for _ in 0..2 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = at + (seed >> 33) as usize % PAGE.min(bytes.len() - at);
                let mut changed = bytes.clone();
                changed[at] ^= 1 << ((seed >> 20) % 8);
                judge(&changed, &format!("bit at {at}"), &mut sum[2..]);
            }
        }
        println!(
            "{} pages; cut: {} right, {} damaged; a bit flipped: {} right, {} damaged",
            bytes.len() / PAGE,
            sum[0],
            sum[1],
            sum[2],
            sum[3]
        );
        assert_eq!(PANICS.load(Ordering::Relaxed), 0);
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// A later version of the same file, as one that stopped in order leaves it, and one that was killed.
    #[test]
    fn a_file_of_a_later_version_is_not_touched_however_that_ended() {
        let folder = folder("later");
        let (path, copy) = (folder.join("closed"), folder.join("killed"));
        write(&path, &weeks());
        let place = Place::take(&path).unwrap();
        let tables = Tables::open(&place, 1).unwrap().tables;
        let writing = tables.database.begin_write().unwrap();
        let mut words = record::write("writers", &record::Writers(vec![(1, 1)]));
        words[0] += 1;
        writing.open_table(super::file::META).unwrap().insert("writers", words.as_slice()).unwrap();
        writing.commit().unwrap();
        std::fs::copy(&path, &copy).unwrap();
        drop((tables, place));
        for path in [path, copy] {
            let before = std::fs::read(&path).unwrap();
            assert!(matches!(read(&path), Err(Fault::Newer(2))), "{}", path.display());
            assert!(std::fs::read(&path).unwrap() == before, "{} was written to", path.display());
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_damaged_file_stays_as_it_was_found() {
        let folder = folder("found");
        let path = folder.join("file");
        write(&path, &weeks());
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0x55);
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(&path), Err(Fault::Damaged(_))));
        assert!(std::fs::read(&path).unwrap() == bytes);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_whose_making_was_cut_short_is_a_new_one() {
        let folder = folder("begun");
        let (path, snapshot) = (folder.join("file"), weeks());
        assert!(read(&path).unwrap().is_none());
        let made = std::fs::read(&path).unwrap();
        let mut headless = made.clone();
        headless[..9].fill(0);
        headless[4_096..].fill(0);
        for (what, bytes) in [
            ("nothing", vec![]),
            ("a few zeros", vec![0; 5]),
            ("zeros", vec![0; made.len()]),
            ("a head without its name", headless[..320].to_vec()),
            ("the same in a file of full length", headless),
            ("a head", made),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(read(&path).unwrap_or_else(|fault| panic!("{what}: {fault:?}")).is_none(), "{what}");
            write(&path, &snapshot);
            assert_eq!(read(&path).unwrap().unwrap().slos.len(), snapshot.slos.len(), "{what}");
        }
        let mut nameless = std::fs::read(&path).unwrap();
        nameless[..9].fill(0);
        std::fs::write(&path, &nameless).unwrap();
        assert!(matches!(read(&path), Err(Fault::Damaged(_))), "something had been kept in it");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_slo_that_nobody_judges_any_more_leaves_the_file_in_the_end_and_its_place_is_given_again() {
        let folder = folder("gone");
        let (path, mut snapshot) = (folder.join("file"), weeks());
        let gone: Vec<_> = snapshot.slos.split_off(8);
        let both = Snapshot { slos: [snapshot.slos.clone(), gone.clone()].concat(), ..snapshot.clone() };
        write(&path, &both);
        let day = Duration::from_secs(86_400);
        let tell = |later: Duration, who: u64, slos: &[crate::engine::snapshot::SloSnapshot]| {
            let place = Place::take(&path).unwrap();
            let mut found = Tables::open(&place, who).unwrap();
            let mut slos = slos.to_vec();
            for slo in &mut slos {
                slo.state.history.now = snapshot.at + later;
            }
            for at in [later, later + Duration::from_secs(10), later + Duration::from_secs(3_600)] {
                found.tables.write(&Notes { at: snapshot.at + at, slos: slos.clone(), ..Notes::default() }).unwrap();
            }
            found.snapshot.unwrap()
        };
        let until = |snapshot: &Snapshot| snapshot.slos.iter().map(|slo| slo.until).collect::<Vec<_>>();
        assert_eq!(until(&tell(day, 2, &snapshot.slos)), vec![None; 16]);
        let seen = tell(day * 90, 3, &snapshot.slos);
        assert_eq!(until(&seen)[..8], vec![None; 8]);
        // not up to the end of another process, which knew nothing of them
        assert_eq!(until(&seen)[8..], vec![Some(snapshot.at); 8]);
        tell(day * 95, 4, &snapshot.slos);
        assert_eq!(tell(day * 96, 5, &snapshot.slos).slos.len(), 8);
        assert_eq!(tell(day * 97, 6, &both.slos).slos.len(), 8);
        let place = Place::take(&path).unwrap();
        let found = Tables::open(&place, 7).unwrap();
        assert_eq!((found.snapshot.unwrap().slos.len(), found.tables.slos.len()), (16, 16));
        drop(found.tables);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_later_version_is_told_from_damage() {
        let bytes = record::write("here", &7_u32);
        assert_eq!(record::read::<u32>("here", &bytes), Ok(7));
        assert_eq!(record::read::<u32>("there", &bytes), Err(record::Unreadable::Damaged));
        let mut later = bytes.clone();
        later[0] += 1;
        assert_eq!(record::read::<u32>("here", &later), Err(record::Unreadable::Newer(2)));
        for at in 1..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 16;
            assert_eq!(record::read::<u32>("here", &changed), Err(record::Unreadable::Damaged), "{at}");
            assert_eq!(record::read::<u32>("here", &bytes[..at]), Err(record::Unreadable::Damaged), "{at}");
        }
    }

    #[test]
    fn bytes_that_nobody_wrote_are_read_without_a_panic() {
        let whole = weeks().slos.iter().map(|slo| record::write("x", &Whole::from(slo))).collect::<Vec<_>>();
        let mut seed = 3_u64;
        for bytes in whole.iter().map(|bytes| &bytes[5..]) {
            assert!(__reads(bytes));
            for _ in 0..60 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let mut changed = bytes.to_vec();
                // most fields lie at the beginning
                let at =
                    (seed >> 33) as usize % if seed.is_multiple_of(2) { 200.min(bytes.len()) } else { bytes.len() };
                changed[at] = (seed >> 24) as u8;
                __reads(&changed);
            }
        }
    }
}
