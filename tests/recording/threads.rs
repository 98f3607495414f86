//! Threads that come, count and go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{Builder, Counts, Outcome, Reliability};

use super::sli;

/// A small generator of its own, so that the books are the same in every run.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn nothing_is_lost_when_threads_come_and_go_by_the_thousand() {
    let slis = ["come-and-go-a", "come-and-go-b", "come-and-go-c"].map(sli);
    let mut lab = Lab::judging(&slis);
    let mut books = [Counts::default(); 3];
    let mut state = 0x5eed_u64;
    for _ in 0..125 {
        let door = lab.door();
        let seeds: Vec<u64> = (0..16).map(|_| random(&mut state)).collect();
        let theirs: Vec<[Counts; 3]> = thread::scope(|scope| {
            let threads: Vec<_> = seeds
                .into_iter()
                .map(|mut seed| {
                    let (door, slis) = (door.clone(), &slis);
                    scope.spawn(move || {
                        let _entered = door.enter();
                        let mut book = [Counts::default(); 3];
                        for _ in 0..random(&mut seed) % 60 {
                            let at = (random(&mut seed) % 3) as usize;
                            let count = &mut book[at];
                            count.started += 1;
                            let outcome = match random(&mut seed) % 6 {
                                0 | 1 => (Outcome::Good, &mut count.good),
                                2 => (Outcome::Bad, &mut count.bad),
                                3 => (Outcome::Ignored, &mut count.ignored),
                                4 => (Outcome::Shed, &mut count.shed),
                                _ => (Outcome::Cancelled, &mut count.cancelled_ignored),
                            };
                            *outcome.1 += 1;
                            slis[at].record(outcome.0, Duration::from_micros(random(&mut seed) % 900_000));
                        }
                        book
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("it counts")).collect()
        });
        for book in theirs {
            for (sum, more) in books.iter_mut().zip(book) {
                sum.started += more.started;
                sum.good += more.good;
                sum.bad += more.bad;
                sum.ignored += more.ignored;
                sum.shed += more.shed;
                sum.cancelled_ignored += more.cancelled_ignored;
            }
        }
    }
    lab.tick();
    let report = lab.report();
    for (sli, book) in slis.iter().zip(books) {
        let seen = report.sli(sli.name()).expect("it is judged");
        assert_eq!(seen.counts, book, "{}", sli.name());
        assert_eq!(seen.in_flight, 0);
        assert_eq!(seen.latency.count, book.good + book.bad);
    }
}

#[test]
fn totals_read_while_eight_writers_run_are_never_torn() {
    const EACH: u64 = 40_000;
    let sli = sli("never-torn");
    let mut lab = Lab::judging([&sli]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let (door, sli) = (lab.door(), &sli);
                scope.spawn(move || {
                    let _entered = door.enter();
                    for i in 0..EACH {
                        let call = sli.begin();
                        call.end(if i % 4 == 0 { Outcome::Bad } else { Outcome::Good });
                    }
                })
            })
            .collect();
        let watcher = scope.spawn(|| writers.into_iter().for_each(|writer| writer.join().expect("it writes")));
        let mut before = Counts::default();
        let mut looks = 0;
        while !done.load(Ordering::Relaxed) {
            lab.tick();
            let seen = lab.report().slis[0].counts;
            assert!(seen.good <= seen.valid() && seen.valid() <= seen.started, "{seen:?}");
            assert!(
                seen.good >= before.good && seen.bad >= before.bad && seen.started >= before.started,
                "{before:?} then {seen:?}"
            );
            before = seen;
            looks += 1;
            done.store(watcher.is_finished(), Ordering::Relaxed);
        }
        assert!(looks > 3, "only {looks} looks");
    });
    lab.tick();
    let seen = lab.report().slis[0].counts;
    assert_eq!((seen.started, seen.good, seen.bad), (8 * EACH, 6 * EACH, 2 * EACH));
}

/// Resident pages of this process.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().trim_end_matches(" kB").parse().ok())
}

#[test]
fn memory_is_given_back_when_threads_end() {
    let slis: Vec<_> = (0..50).map(|i| sli(&format!("given-back-{i}"))).collect();
    let lab = Lab::judging(&slis);
    let round = || {
        for _ in 0..40 {
            thread::scope(|scope| {
                let (door, slis) = (lab.door(), &slis);
                scope.spawn(move || {
                    let _entered = door.enter();
                    slis.iter().for_each(|sli| sli.record(Outcome::Good, Duration::from_millis(1)));
                });
            });
        }
    };
    round();
    let Some(before) = resident_kib() else { return };
    (0..10).for_each(|_| round());
    let after = resident_kib().expect("it was readable");
    // 400 threads × 50 SLIs × 2 KiB would be 40 MiB
    assert!(after < before + 20 * 1024, "{before} KiB grew to {after}");
}

#[test]
fn a_call_may_begin_on_one_thread_and_end_on_another() {
    let sli = sli("moves");
    let mut lab = Lab::judging([&sli]);
    let door = lab.door();
    let call = sli.begin();
    lab.tick();
    assert_eq!(lab.report().slis[0].in_flight, 1);
    thread::scope(|scope| {
        scope.spawn(move || {
            let _entered = door.enter();
            call.end(Outcome::Good);
        });
    });
    lab.tick();
    let seen = &lab.report().slis[0];
    assert_eq!((seen.in_flight, seen.counts.good), (0, 1));
}

#[test]
fn what_a_thread_counts_while_it_ends_is_counted() {
    use std::cell::RefCell;
    struct Last(&'static reliability_core::Sli);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.record(Outcome::Good, Duration::from_millis(1));
        }
    }
    thread_local!(static LAST: RefCell<Option<Last>> = const { RefCell::new(None) });
    let sli = super::lasting("counted-at-the-end");
    let running =
        reliability_core::Reliability::builder().only("counted-at-the-end").sli(sli).start().expect("it starts");
    for measured_first in [true, false] {
        thread::spawn(move || {
            if measured_first {
                sli.record(Outcome::Good, Duration::from_millis(1));
            }
            LAST.with(|last| *last.borrow_mut() = Some(Last(sli)));
            sli.record(Outcome::Good, Duration::from_millis(1));
        })
        .join()
        .expect("it ends");
    }
    assert_eq!(running.stop().slis[0].counts.good, 5);
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("a Linux process");
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4096
}

#[test]
fn threads_that_came_and_went_leave_their_counts_and_no_memory() {
    let slis: Vec<_> = (0..10).map(|i| sli(&format!("process-wide-{i}"))).collect();
    let builder = Reliability::builder().only("process-wide-");
    let reliability = slis.iter().fold(builder, Builder::sli).start().expect("it starts");
    let batch = || {
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for sli in &slis {
                        sli.record(Outcome::Good, Duration::from_millis(3));
                        sli.record(Outcome::Bad, Duration::from_millis(700));
                    }
                });
            }
        });
    };
    (0..20).for_each(|_| batch());
    let before = resident();
    // kept blocks would be 3,680 threads x 10 SLIs x 2 KiB: 72 MiB
    (0..230).for_each(|_| batch());
    let grown = resident().saturating_sub(before);
    assert!(grown < 24 << 20, "{} KiB are still held", grown >> 10);
    let report = reliability.stop();
    for sli in &slis {
        let counts = report.sli(sli.name()).expect("it is judged").counts;
        assert_eq!((counts.started, counts.good, counts.bad), (8_000, 4_000, 4_000));
    }
}
