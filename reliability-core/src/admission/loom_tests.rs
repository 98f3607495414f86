//! What readers of a switch can see while several write it, tried in every order that the memory model allows.

use loom::sync::Arc;
use loom::thread;

use super::cell::{Cell, SetBy};

type Modelled = Cell<loom::sync::atomic::AtomicU64>;

fn model(run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.max_branches = 100_000;
    builder.check(run);
}

#[test]
fn a_revert_that_races_a_person_leaves_the_persons_word() {
    model(|| {
        let cell: Arc<Modelled> = Arc::new(Cell::modelled(1));
        cell.set(SetBy::Policy, Some(2));
        let theirs = Arc::clone(&cell);
        let reverts = thread::spawn(move || theirs.revert());
        cell.set(SetBy::Manual, Some(3));
        assert!(reverts.join().expect("it ends"));
        assert_eq!((cell.load(), cell.set_by()), (3, SetBy::Manual));
        cell.set(SetBy::Manual, None);
        assert_eq!((cell.load(), cell.set_by()), (1, SetBy::Declared));
    });
}

#[test]
fn the_word_says_what_the_layers_say_whoever_writes_last() {
    model(|| {
        let cell: Arc<Modelled> = Arc::new(Cell::modelled(1));
        let theirs = Arc::clone(&cell);
        let provider = thread::spawn(move || {
            theirs.set(SetBy::Provider, Some(5));
            theirs.set(SetBy::Provider, Some(6));
        });
        cell.set(SetBy::Policy, Some(2));
        cell.set(SetBy::Policy, None);
        provider.join().expect("it ends");
        assert_eq!((cell.load(), cell.set_by()), (6, SetBy::Provider));
    });
}

#[test]
fn a_new_engagement_that_races_a_revert_is_in_force_or_reverted_and_never_half() {
    model(|| {
        let cell: Arc<Modelled> = Arc::new(Cell::modelled(1));
        cell.set(SetBy::Policy, Some(2));
        let theirs = Arc::clone(&cell);
        let reverts = thread::spawn(move || theirs.revert());
        cell.set(SetBy::Policy, Some(3));
        assert!(reverts.join().expect("it ends"));
        let expected = match cell.value_of(SetBy::Policy) {
            Some(value) => (value, SetBy::Policy),
            None => (1, SetBy::Declared),
        };
        assert_eq!((cell.load(), cell.set_by()), expected);
        assert!(expected.0 != 2);
    });
}

#[test]
fn a_reader_sees_only_values_that_somebody_said() {
    model(|| {
        let cell: Arc<Modelled> = Arc::new(Cell::modelled(1));
        let theirs = Arc::clone(&cell);
        let reader = thread::spawn(move || [theirs.load(), theirs.load()]);
        cell.set(SetBy::Policy, Some(2));
        cell.revert();
        let seen = reader.join().expect("it ends");
        assert!(seen.iter().all(|value| [1, 2].contains(value)), "{seen:?}");
    });
}
