//! Threads that come and go, and permits that end elsewhere.

use std::cell::RefCell;
use std::sync::mpsc;
use std::thread;

use reliability_core::testkit::turn;
use reliability_core::{Gate, GateMode, Permit, Priority, SetBy, Share};

#[test]
fn nothing_is_lost_when_thousands_of_threads_come_and_go() {
    static DOOR: Gate = Gate::new("busy");
    DOOR.set_mode(GateMode::Open); // this is about counts alone
    for _ in 0..500 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|_| drop(DOOR.admit(Priority::Normal).unwrap())));
            }
        });
    }
    let report = DOOR.report();
    assert_eq!((report.admitted, report.completed, report.in_flight), (40_000, 40_000, 0));
}

#[test]
fn a_permit_ends_on_another_thread() {
    static DOOR: Gate = Gate::new("handed");
    DOOR.set_mode(GateMode::Open); // this is about counts alone
    let (give, take) = mpsc::sync_channel::<Permit>(64);
    let ender = thread::spawn(move || take.iter().for_each(drop));
    for _ in 0..5_000 {
        give.send(DOOR.admit(Priority::Normal).unwrap()).unwrap();
        assert!(DOOR.report().in_flight <= 66 + 1);
    }
    drop(give);
    ender.join().unwrap();
    let report = DOOR.report();
    assert_eq!((report.admitted, report.completed, report.in_flight), (5_000, 5_000, 0));
}

#[test]
fn in_flight_is_never_negative_while_threads_write() {
    static DOOR: Gate = Gate::new("read-while-written");
    DOOR.set_mode(GateMode::Open); // this is about counts alone
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..200_000).for_each(|_| drop(DOOR.admit(Priority::Normal).unwrap())));
        }
        for _ in 0..3_000 {
            let report = DOOR.report();
            // a negative one would be near 2³²
            assert!(report.in_flight <= 600_000, "{}", report.in_flight);
            assert!(report.completed <= report.admitted, "{report:?}");
        }
    });
    assert_eq!(DOOR.report().in_flight, 0);
}

#[test]
fn a_bounded_gate_is_exact_while_threads_fight_for_it() {
    static DOOR: Gate = Gate::new("fought-for").bounded(2);
    static INSIDE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    use std::sync::atomic::Ordering::SeqCst;
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    if let Ok(permit) = DOOR.admit(Priority::Normal) {
                        assert!(INSIDE.fetch_add(1, SeqCst) < 2);
                        INSIDE.fetch_sub(1, SeqCst);
                        drop(permit);
                    }
                }
            });
        }
    });
    let report = DOOR.report();
    assert_eq!((report.offered, report.in_flight), (120_000, 0));
}

#[test]
fn a_thread_whose_storage_is_gone_still_counts() {
    static DOOR: Gate = Gate::new("after-the-end");
    /// Ends its permit, and asks for another, while the thread's storage goes away.
    struct Last(Option<Permit>);
    impl Drop for Last {
        fn drop(&mut self) {
            drop(self.0.take());
            drop(DOOR.admit(Priority::Low).unwrap());
        }
    }
    thread_local!(static LAST: RefCell<Last> = const { RefCell::new(Last(None)) });
    DOOR.set_mode(GateMode::Open); // this is about counts alone
    for _ in 0..50 {
        thread::spawn(|| {
            // registered before the gate's own storage, so dropped after it
            LAST.with_borrow_mut(|last| last.0 = None);
            let permit = DOOR.admit(Priority::High).unwrap();
            LAST.with_borrow_mut(|last| last.0 = Some(permit));
        })
        .join()
        .unwrap();
    }
    let report = DOOR.report();
    assert_eq!((report.admitted, report.completed, report.in_flight), (100, 100, 0));
}

#[test]
fn many_gates_on_one_thread_are_told_apart() {
    let gates: Vec<_> = (0..100).map(|i| Gate::named(&format!("of-many-{i}")).unwrap()).collect();
    for gate in &gates {
        gate.set_mode(GateMode::Open);
    }
    for round in 0..3 {
        for (i, gate) in gates.iter().enumerate() {
            (0..=i).for_each(|_| drop(gate.admit(Priority::Normal).unwrap()));
            assert_eq!(gate.report().admitted, (round + 1) * (i as u64 + 1));
        }
    }
}

#[test]
fn a_size_that_begins_to_hold_while_more_are_inside_lets_nobody_in_and_waits_for_nobody() {
    // a semaphore would shrink by waiting behind its own queue for what it takes away; here the next one is compared
    static DOOR: Gate = Gate::new("shrinks").bounded(2).monitor_only();
    let mut inside: Vec<_> = (0..5).map(|_| DOOR.admit(Priority::Critical).unwrap()).collect();
    DOOR.set_mode(GateMode::Enforce);
    while inside.len() >= 2 {
        assert!(DOOR.admit(Priority::Critical).is_err(), "{} are inside", inside.len());
        inside.pop();
    }
    inside.push(DOOR.admit(Priority::Low).unwrap());
    assert!(DOOR.admit(Priority::Critical).is_err());
    drop(inside);
    assert_eq!((DOOR.report().in_flight, DOOR.report().limit), (0, Some(2)));
}

#[test]
fn no_change_of_a_gate_is_lost_while_threads_go_through_it() {
    static DOOR: Gate = Gate::new("changed-often");
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..100_000).for_each(|_| drop(DOOR.admit(Priority::Normal))));
        }
        scope.spawn(|| {
            for i in 0..20_000 {
                DOOR.set_mode(if i % 2 == 0 { GateMode::Open } else { GateMode::Enforce });
                assert_eq!(DOOR.mode(), if i % 2 == 0 { GateMode::Open } else { GateMode::Enforce });
            }
        });
        scope.spawn(|| {
            for i in 0..20_000 {
                let share = if i % 2 == 0 { Share::ratio(1, 4) } else { Share::ALL };
                turn(&DOOR, SetBy::Manual, Some(share));
                assert_eq!(DOOR.report().forced, share);
            }
        });
    });
    // the last words stand: it enforces, and refuses all
    thread::sleep(std::time::Duration::from_millis(5));
    assert!(DOOR.admit(Priority::Critical).is_err());
    assert!(DOOR.admit(Priority::Critical).is_err());
    turn(&DOOR, SetBy::Manual, None);
    thread::sleep(std::time::Duration::from_millis(5));
    // the first one that comes then looks, and may itself be refused by what stood before
    assert!(DOOR.admit(Priority::Low).is_ok());
    let report = DOOR.report();
    assert_eq!((report.mode, report.in_flight), (GateMode::Enforce, 0));
    assert_eq!(report.offered, 300_003);
}
