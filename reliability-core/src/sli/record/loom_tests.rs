//! What a reader can see while writers write, tried in every order that the memory model allows.
//!
//! Rows are short and cells are carried at 2 here, so that a model reaches what otherwise takes 2³¹ calls. Two preemptions
//! a thread are tried: in practice that is where such faults show, and without a bound no model would end.

use loom::thread;

use super::block::{Block, Row};
use super::buckets::UNTIMED;
use super::meter::{Meter, Totals};
use crate::spec::{Objective, SliSpec};
use crate::sync::Arc;

fn model(run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.max_branches = 100_000;
    builder.check(run);
}

fn meter() -> Arc<Meter> {
    let objective = Objective::parse("99%").expect("an objective");
    Arc::new(Meter::new(SliSpec::new("modelled").objective(objective), None))
}

fn call(meter: &Meter, block: &Block, row: Row) {
    block.add_started(1);
    end(meter, block, row);
}

fn end(meter: &Meter, block: &Block, row: Row) {
    if block.add(row, UNTIMED, 0.0) {
        meter.carry(block, row, UNTIMED);
    }
}

/// What is true of every reading, and of a later one after an earlier one.
fn holds(totals: &Totals, before: &Totals, most: u64) {
    assert!(totals.good >= before.good, "good went from {} to {}", before.good, totals.good);
    assert!(totals.bad >= before.bad, "bad went from {} to {}", before.bad, totals.bad);
    assert!(totals.started >= before.started);
    assert!(totals.ended() <= totals.started, "{} ended of {} started", totals.ended(), totals.started);
    assert!(totals.started <= most);
    assert!(totals.good <= totals.good + totals.bad, "good is never more than valid");
    assert!(totals.good + totals.bad <= most, "{} + {} of {most}", totals.good, totals.bad);
}

#[test]
fn a_reader_sees_whole_calls_and_never_fewer_than_before() {
    model(|| {
        let meter = meter();
        let (theirs, block) = (Arc::clone(&meter), meter.open());
        let writer = thread::spawn(move || {
            call(&theirs, &block, Row::Good);
            call(&theirs, &block, Row::Bad);
        });
        let first = meter.read();
        holds(&first, &Totals::default(), 2);
        let second = meter.read();
        holds(&second, &first, 2);
        writer.join().expect("the writer ends");
        let last = meter.read();
        assert_eq!((last.started, last.good, last.bad), (2, 1, 1));
    });
}

#[test]
fn nothing_is_lost_or_doubled_when_a_cell_is_carried_while_a_reader_reads() {
    model(|| {
        let meter = meter();
        let (theirs, block) = (Arc::clone(&meter), meter.open());
        let writer = thread::spawn(move || (0..3).for_each(|_| call(&theirs, &block, Row::Good)));
        let first = meter.read();
        holds(&first, &Totals::default(), 3);
        let second = meter.read();
        holds(&second, &first, 3);
        writer.join().expect("the writer ends");
        assert_eq!(meter.read().good, 3);
    });
}

#[test]
fn nothing_is_lost_or_doubled_when_a_thread_ends_while_a_reader_reads() {
    model(|| {
        let meter = meter();
        let (theirs, block) = (Arc::clone(&meter), meter.open());
        let writer = thread::spawn(move || {
            call(&theirs, &block, Row::Bad);
            block.add_started(1);
            block.add_ignored(1);
            theirs.retire(&block);
        });
        let first = meter.read();
        holds(&first, &Totals::default(), 2);
        let second = meter.read();
        holds(&second, &first, 2);
        writer.join().expect("the writer ends");
        let last = meter.read();
        assert_eq!((last.started, last.bad, last.ignored, meter.live_blocks()), (2, 1, 1, 0));
    });
}

#[test]
fn a_call_that_ends_on_another_thread_never_makes_in_flight_negative() {
    model(|| {
        let meter = meter();
        // the ending thread's block lies before and after the beginning one's in the list
        for ends_first in [true, false] {
            let (first, second) = (meter.open(), meter.open());
            let (begins, ends) = if ends_first { (second, first) } else { (first, second) };
            begins.add_started(1);
            let theirs = Arc::clone(&meter);
            let other = thread::spawn(move || {
                end(&theirs, &ends, Row::Good);
                ends
            });
            let seen = meter.read();
            assert!(seen.ended() <= seen.started, "{} ended of {} started", seen.ended(), seen.started);
            let ends = other.join().expect("the other thread ends");
            meter.retire(&ends);
            meter.retire(&begins);
        }
        assert_eq!(meter.read().started, 2);
    });
}

#[test]
fn a_call_that_is_handed_over_through_a_lock_is_in_flight_until_it_ends() {
    model(|| {
        let meter = meter();
        let handed = Arc::new(crate::sync::Mutex::new(false));
        let (begins, ends) = (meter.open(), meter.open());
        let (theirs, given) = (Arc::clone(&meter), Arc::clone(&handed));
        let beginner = thread::spawn(move || {
            begins.add_started(1);
            *crate::sync::lock(&given) = true;
        });
        let ender = thread::spawn(move || {
            if *crate::sync::lock(&handed) {
                end(&theirs, &ends, Row::Good);
            }
        });
        let seen = meter.read();
        assert!(seen.ended() <= seen.started, "{} ended of {} started", seen.ended(), seen.started);
        beginner.join().expect("it ends");
        ender.join().expect("it ends");
    });
}

#[test]
fn counting_without_a_block_and_carrying_exclude_each_other() {
    model(|| {
        let meter = meter();
        let (theirs, block) = (Arc::clone(&meter), meter.open());
        let writer = thread::spawn(move || (0..2).for_each(|_| call(&theirs, &block, Row::Good)));
        meter.add_wide(|rest, good, _| {
            rest.started += 5;
            good[UNTIMED] += 5;
        });
        let seen = meter.read();
        assert!(seen.good >= 5 && seen.good <= 7);
        writer.join().expect("the writer ends");
        assert_eq!(meter.read().good, 7);
    });
}

/// The reader forgets the mark, then reads. Either it sees the failure, or the mark is there for its next look.
#[test]
fn a_mark_is_never_lost() {
    model(|| {
        let meter = meter();
        let (theirs, block) = (Arc::clone(&meter), meter.open());
        let writer = thread::spawn(move || {
            for _ in 0..2 {
                call(&theirs, &block, Row::Bad);
                theirs.mark_dirty();
            }
        });
        let mut seen = 0;
        if meter.take_dirty() {
            seen = meter.read().bad;
        }
        writer.join().expect("the writer ends");
        if meter.take_dirty() {
            seen = meter.read().bad;
        }
        assert_eq!(seen, 2, "a failure was counted and nobody was told");
    });
}

#[test]
fn the_mark_of_a_label_value_reaches_the_whole() {
    model(|| {
        let whole = meter();
        let part = Arc::new(Meter::new(*whole.spec(), Some(Arc::clone(&whole))));
        whole.adopt("value", &part);
        let (theirs, block) = (Arc::clone(&part), part.open());
        let writer = thread::spawn(move || {
            call(&theirs, &block, Row::Bad);
            theirs.mark_dirty();
        });
        let mut seen = 0;
        if whole.take_dirty() {
            seen = whole.read().bad;
        }
        writer.join().expect("the writer ends");
        if whole.take_dirty() {
            seen = whole.read().bad;
        }
        assert_eq!(seen, 1);
    });
}
