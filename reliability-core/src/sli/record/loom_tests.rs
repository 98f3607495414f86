//! What a reader can see while writers write, tried in every order that the memory model allows.
//!
//! Rows are short and cells are carried at 2 here, so that a model reaches what otherwise takes 2³¹ calls. Three preemptions
//! are tried: in practice that is where such faults show, and without a bound no model would end.
//!
//! The writer runs on the model's own thread and the reader beside it, because the checker (loom 0.7.2) remembers one access
//! of each cell: a writer's own load hides a reader's load before it, and orders in which the reader came first would
//! never be tried. Each model says how many orders it must at least have tried, so that this cannot happen unseen.

use std::sync::Arc as StdArc;
use std::sync::atomic::AtomicUsize;

use loom::thread;

use super::block::{Block, Row};
use super::buckets::UNTIMED;
use super::meter::{Meter, Totals};
use crate::spec::{Objective, SliSpec};
use crate::sync::{Arc, Ordering};

fn model(at_least: usize, run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.max_branches = 100_000;
    let tried = StdArc::new(AtomicUsize::new(0));
    let count = StdArc::clone(&tried);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        run();
    });
    let tried = tried.load(Ordering::Relaxed);
    println!("{tried} orders");
    assert!(tried >= at_least, "only {tried} orders were tried");
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

/// Two readings, one after the other, of which everything holds that must always hold.
fn reads_twice(meter: &Arc<Meter>, most: u64) -> thread::JoinHandle<()> {
    let meter = Arc::clone(meter);
    thread::spawn(move || {
        let first = meter.read();
        holds(&first, &Totals::default(), most);
        holds(&meter.read(), &first, most);
    })
}

fn holds(totals: &Totals, before: &Totals, most: u64) {
    assert!(totals.good >= before.good, "good went from {} to {}", before.good, totals.good);
    assert!(totals.bad >= before.bad, "bad went from {} to {}", before.bad, totals.bad);
    assert!(totals.started >= before.started, "starts went from {} to {}", before.started, totals.started);
    assert!(totals.ended() <= totals.started, "{} ended of {} started", totals.ended(), totals.started);
    assert!(totals.started <= most, "{} started of {most}", totals.started);
}

#[test]
fn a_reader_sees_whole_calls_and_never_fewer_than_before() {
    model(100, || {
        let meter = meter();
        let block = meter.open();
        let reader = reads_twice(&meter, 2);
        call(&meter, &block, Row::Good);
        call(&meter, &block, Row::Bad);
        reader.join().expect("the reader ends");
        let last = meter.read();
        assert_eq!((last.started, last.good, last.bad), (2, 1, 1));
    });
}

#[test]
fn nothing_is_lost_or_doubled_when_a_cell_is_carried_while_a_reader_reads() {
    model(1_000, || {
        let meter = meter();
        let block = meter.open();
        let reader = reads_twice(&meter, 3);
        (0..3).for_each(|_| call(&meter, &block, Row::Good));
        reader.join().expect("the reader ends");
        assert_eq!(meter.read().good, 3);
    });
}

#[test]
fn nothing_is_lost_or_doubled_when_a_thread_ends_while_a_reader_reads() {
    model(100, || {
        let meter = meter();
        let block = meter.open();
        let reader = reads_twice(&meter, 2);
        call(&meter, &block, Row::Bad);
        block.add_started(1);
        block.add_ignored(1);
        meter.retire(&block);
        reader.join().expect("the reader ends");
        let last = meter.read();
        assert_eq!((last.started, last.bad, last.ignored, meter.live_blocks()), (2, 1, 1, 0));
    });
}

/// The beginning thread's block lies before or behind the ending one's in the list; neither may matter.
#[test]
fn a_call_that_ends_on_another_thread_never_makes_in_flight_negative() {
    for ends_first in [true, false] {
        model(10, move || {
            let meter = meter();
            let (first, second) = (meter.open(), meter.open());
            let (begins, ends) = if ends_first { (second, first) } else { (first, second) };
            let handed = Arc::new(crate::sync::Mutex::new(false));
            let (given, theirs) = (Arc::clone(&handed), Arc::clone(&meter));
            let ender = thread::spawn(move || {
                if *crate::sync::lock(&given) {
                    end(&theirs, &ends, Row::Good);
                }
            });
            let theirs = Arc::clone(&meter);
            let reader = thread::spawn(move || holds(&theirs.read(), &Totals::default(), 1));
            begins.add_started(1);
            *crate::sync::lock(&handed) = true;
            ender.join().expect("it ends");
            reader.join().expect("it ends");
        });
    }
}

#[test]
fn counting_without_a_block_and_carrying_exclude_each_other() {
    model(100, || {
        let meter = meter();
        let block = meter.open();
        let theirs = Arc::clone(&meter);
        let other = thread::spawn(move || {
            theirs.add_wide(|rest, good, _| {
                rest.started += 5;
                good[UNTIMED] += 5;
            });
            let seen = theirs.read();
            assert!(seen.good >= 5 && seen.good <= 7);
        });
        (0..2).for_each(|_| call(&meter, &block, Row::Good));
        other.join().expect("it ends");
        assert_eq!(meter.read().good, 7);
    });
}

/// The reader forgets the mark, then reads. Either it sees the failure, or the mark is there for its next look.
#[test]
fn a_mark_is_never_lost() {
    model(10, || {
        let meter = meter();
        let block = meter.open();
        let theirs = Arc::clone(&meter);
        let reader = thread::spawn(move || if theirs.take_dirty(1) { theirs.read().bad } else { 0 });
        for cell in [0, UNTIMED] {
            // two cells, so that no carry's lock puts the threads in order
            assert!(!block.add(Row::Bad, cell, 0.0));
            meter.mark_dirty();
        }
        let seen = reader.join().expect("the reader ends");
        let seen = if meter.take_dirty(1) { meter.read().bad } else { seen };
        assert_eq!(seen, 2, "a failure was counted and nobody was told");
    });
}

#[test]
fn the_mark_of_a_label_value_reaches_the_whole() {
    model(6, || {
        let whole = meter();
        let part = Arc::new(Meter::new(*whole.spec(), Some(Arc::clone(&whole))));
        whole.adopt("value", &part);
        let block = part.open();
        let theirs = Arc::clone(&whole);
        let reader = thread::spawn(move || if theirs.take_dirty(1) { theirs.read().bad } else { 0 });
        assert!(!block.add(Row::Bad, 0, 0.0));
        part.mark_dirty();
        let seen = reader.join().expect("the reader ends");
        let seen = if whole.take_dirty(1) { whole.read().bad } else { seen };
        assert_eq!(seen, 1);
        whole.disown();
    });
}
