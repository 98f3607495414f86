//! What spawned work and its journey see of each other, tried in every order that the memory model allows.

use loom::thread;

use super::carried::Branch;
use super::current::Marks;
use crate::sync::Arc;

#[test]
fn whoever_sees_that_a_part_was_reached_sees_how_it_ended() {
    loom::model(|| {
        let branch = Arc::new(Branch::nowhere());
        let there = Arc::clone(&branch);
        let spawned = thread::spawn(move || there.add(Marks { reached: 1, bad: 1, ..Marks::default() }));
        let seen = branch.marks();
        assert!(seen.reached == 0 || seen.bad == 1, "a failed part looked like one that had not failed");
        spawned.join().expect("it does not panic");
        assert_eq!(branch.marks(), Marks { reached: 1, bad: 1, ..Marks::default() });
    });
}

#[test]
fn what_two_tasks_add_at_once_is_all_there() {
    loom::model(|| {
        let branch = Arc::new(Branch::nowhere());
        let other = Arc::clone(&branch);
        let spawned = thread::spawn(move || other.add(Marks { reached: 1, good: 1, ..Marks::default() }));
        branch.add(Marks { reached: 2, shed: 2, ..Marks::default() });
        spawned.join().expect("it does not panic");
        assert_eq!(branch.marks(), Marks { reached: 3, good: 1, shed: 2, ..Marks::default() });
    });
}
