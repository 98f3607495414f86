//! What a look can see while threads count, tried in every order that the memory model allows.
//!
//! As in `sli/record/loom_tests.rs`, and for the same reason, the writer runs on the model's own thread and the reader beside it.

use std::sync::Arc as StdArc;
use std::sync::atomic::AtomicUsize;

use loom::thread;

use super::cells::{Books, Cells, Rare, Sums};
use crate::sync::{Arc, Mutex, Ordering, lock};

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

fn admitted(sums: &Sums) -> u32 {
    sums.admitted.iter().fold(0, |sum, one| sum.wrapping_add(*one))
}

/// Nobody left who was not admitted, and nothing that was seen is gone.
fn holds(sums: &Sums, before: &Sums, most: u64) {
    assert!(sums.in_flight() <= most, "{} in flight of {most}", sums.in_flight());
    assert!(sums.completed >= before.completed);
    assert!(admitted(sums) >= admitted(before));
}

fn looks_twice(books: &Arc<Books>, most: u64) -> thread::JoinHandle<()> {
    let books = Arc::clone(books);
    thread::spawn(move || {
        let first = books.sum();
        holds(&first, &Sums::ZERO, most);
        holds(&books.sum(), &first, most);
    })
}

fn pass(cells: &Cells) {
    cells.admit(0, 1);
    cells.complete(5, 1);
}

#[test]
fn in_flight_is_never_negative_while_one_thread_counts() {
    model(50, || {
        let books = Arc::new(Books::new());
        let cells = books.open();
        // a sum takes a while: what comes and goes meanwhile may be seen to come and not to go
        let looker = looks_twice(&books, 2);
        pass(cells);
        pass(cells);
        looker.join().expect("it ends");
        let last = books.sum();
        assert_eq!((last.completed, last.ticks, last.in_flight()), (2, 10, 0));
    });
}

#[test]
fn a_permit_that_ends_on_another_thread_never_makes_in_flight_negative() {
    for ends_first in [true, false] {
        model(10, move || {
            let books = Arc::new(Books::new());
            let (first, second) = (books.open(), books.open());
            let (begins, ends) = if ends_first { (second, first) } else { (first, second) };
            let handed = Arc::new(Mutex::new(false));
            let given = Arc::clone(&handed);
            let ender = thread::spawn(move || {
                if *lock(&given) {
                    ends.complete(1, 1);
                }
            });
            let theirs = Arc::clone(&books);
            let looker = thread::spawn(move || holds(&theirs.sum(), &Sums::ZERO, 1));
            begins.admit(0, 1);
            *lock(&handed) = true;
            ender.join().expect("it ends");
            looker.join().expect("it ends");
        });
    }
}

#[test]
fn cells_that_a_thread_hands_down_lose_nothing() {
    model(5, || {
        let books = Arc::new(Books::new());
        let cells = books.open();
        let theirs = Arc::clone(&books);
        let heir = thread::spawn(move || {
            let cells = theirs.open();
            pass(cells);
            theirs.close(cells);
        });
        pass(cells);
        books.close(cells);
        heir.join().expect("it ends");
        let last = books.sum();
        assert_eq!((last.completed, admitted(&last), last.in_flight()), (2, 2, 0));
        assert!(books.sets() <= 2);
    });
}

#[test]
fn a_thread_without_storage_counts_beside_the_others() {
    model(5, || {
        let books = Arc::new(Books::new());
        let cells = books.open();
        let theirs = Arc::clone(&books);
        let standing = thread::spawn(move || {
            theirs.standing(pass);
            theirs.standing(|cells| cells.rare(Rare::Failed, 1));
        });
        pass(cells);
        holds(&books.sum(), &Sums::ZERO, 2);
        standing.join().expect("it ends");
        let last = books.sum();
        assert_eq!((last.completed, last.of(Rare::Failed), last.in_flight()), (2, 1, 0));
    });
}
