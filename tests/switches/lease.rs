//! What a loop engaged is reverted when it no longer renews its lease, whether it is dead or hangs, by the next call that reads the clock.
//!
//! The process has one lease, so these tests take turns.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use reliability_core::testkit::{HeldLease, break_loop, hang_loop, lease_runs_out, turn};
use reliability_core::{
    Dimmer, Flag, Gate, Ladder, Outcome, Priority, Reliability, SetBy, Share, Sli, Timing, flag, sli, slis,
};

const LONG: Duration = Duration::from_secs(3_600);

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

slis! {
    static PRECISE = "lease-precise";
    static COARSE = "lease-coarse", timing = "coarse";
    static OFF = "lease-off", timing = "off";
}

static SWITCH: Flag = Flag::on("lease-switch");
static HOME: Ladder = Ladder::new("lease-home", &["full", "cached"]);
static EXTRAS: Dimmer = Dimmer::new("lease-extras");
static DOOR: Gate = Gate::new("lease-door");

fn engage() {
    turn(&SWITCH, SetBy::Policy, Some(Share::NONE));
    turn(&HOME, SetBy::Policy, Some("cached"));
    turn(&EXTRAS, SetBy::Policy, Some(Share::NONE));
    turn(&DOOR, SetBy::Policy, Some(Share::ALL));
}

fn engaged() -> [bool; 4] {
    [!SWITCH.enabled(), HOME.is_at_least(1), EXTRAS.theta() == Share::NONE, DOOR.admit(Priority::High).is_err()]
}

fn call(sli: &'static Sli) {
    sli.begin().end(Outcome::Good);
}

#[test]
fn the_first_call_past_the_end_reverts_everything_once() {
    let _turn = one_at_a_time();
    for sli in [&PRECISE, &COARSE] {
        let lease = HeldLease::hold(LONG);
        engage();
        (0..100).for_each(|_| call(sli));
        assert_eq!((engaged(), lease.lapses()), ([true; 4], 0), "under the lease it stands");
        lease_runs_out();
        if sli.spec().timing == Timing::Precise {
            call(&OFF);
            assert!(!SWITCH.enabled(), "a call that reads no clock finds nothing out");
        }
        call(sli);
        assert_eq!((engaged(), lease.lapses()), ([false; 4], 1), "{}", sli.name());
        (0..100).for_each(|_| call(sli));
        assert_eq!(lease.lapses(), 1);
    }
}

#[test]
fn a_gate_that_reads_the_clock_finds_it_out_too() {
    let _turn = one_at_a_time();
    let lease = HeldLease::hold(LONG);
    turn(&SWITCH, SetBy::Policy, Some(Share::NONE));
    lease_runs_out();
    drop(DOOR.admit(Priority::Normal));
    assert_eq!((SWITCH.enabled(), lease.lapses()), (true, 1));
}

#[sli(name = "lease-attribute")]
#[flag(SWITCH, otherwise = without)]
fn with() -> bool {
    true
}

fn without() -> bool {
    false
}

#[test]
fn an_attributed_call_reverts_before_it_asks() {
    let _turn = one_at_a_time();
    let _lease = HeldLease::hold(LONG);
    turn(&SWITCH, SetBy::Policy, Some(Share::NONE));
    assert!(!with());
    lease_runs_out();
    assert!(with(), "the very call that finds the lease over is served by what is declared");
}

#[test]
fn a_person_and_a_provider_are_not_under_the_lease() {
    let _turn = one_at_a_time();
    let lease = HeldLease::hold(LONG);
    turn(&HOME, SetBy::Manual, Some("cached"));
    turn(&EXTRAS, SetBy::Provider, Some(Share::ratio(1, 4)));
    turn(&EXTRAS, SetBy::Policy, Some(Share::NONE));
    lease_runs_out();
    call(&PRECISE);
    assert_eq!((HOME.set_by(), EXTRAS.set_by(), lease.lapses()), (SetBy::Manual, SetBy::Provider, 1));
    turn(&HOME, SetBy::Manual, None);
    turn(&EXTRAS, SetBy::Provider, None);
}

#[test]
fn a_lease_ends_by_time_alone() {
    let _turn = one_at_a_time();
    for calibrated in [false, true] {
        // an engine that starts puts the counter in the place of the system's clock
        let _engine = calibrated.then(|| Reliability::builder().only("lease").start().unwrap());
        let lease = HeldLease::hold(Duration::from_millis(20));
        turn(&SWITCH, SetBy::Policy, Some(Share::NONE));
        while lease.lapses() == 0 {
            call(&PRECISE);
            thread::sleep(Duration::from_millis(1));
        }
        assert!(SWITCH.enabled());
    }
}

#[test]
fn a_renewed_lease_stands_and_a_released_one_has_nothing_to_revert() {
    let _turn = one_at_a_time();
    let lease = HeldLease::hold(Duration::from_millis(5));
    turn(&SWITCH, SetBy::Policy, Some(Share::NONE));
    lease.renew(LONG);
    thread::sleep(Duration::from_millis(10));
    call(&PRECISE);
    assert!(!SWITCH.enabled());
    turn(&SWITCH, SetBy::Policy, None);
    drop(lease);
    lease_runs_out(); // of nobody
    let next = HeldLease::hold(LONG);
    call(&PRECISE);
    assert_eq!(next.lapses(), 0);
}

#[test]
fn of_two_loops_the_dead_one_takes_its_engagements_with_it() {
    let _turn = one_at_a_time();
    let living = HeldLease::hold(LONG);
    let dead = HeldLease::hold(Duration::from_millis(5));
    turn(&SWITCH, SetBy::Policy, Some(Share::NONE));
    thread::sleep(Duration::from_millis(20));
    living.renew(LONG); // no request came by, and the other loop's renewal finds it out
    assert_eq!((SWITCH.enabled(), living.lapses()), (true, 1));
    drop(dead);
}

#[test]
fn neither_a_hanging_loop_nor_a_dead_one_keeps_a_switch_turned() {
    let _turn = one_at_a_time();
    let engine = Reliability::builder().only("lease").start().unwrap();
    let handle = engine.handle();
    let lease = HeldLease::hold(LONG);
    engage();
    hang_loop(&handle, || {
        lease_runs_out();
        call(&PRECISE);
        assert_eq!((engaged(), lease.lapses()), ([false; 4], 1), "while the loop hangs");
    });
    lease.renew(LONG);
    engage();
    break_loop(&handle);
    lease_runs_out();
    call(&PRECISE);
    assert_eq!((engaged(), lease.lapses()), ([false; 4], 2), "after the loop has died");
}

#[test]
fn many_threads_that_find_it_out_at_once_revert_once() {
    let _turn = one_at_a_time();
    for _ in 0..200 {
        let lease = HeldLease::hold(LONG);
        engage();
        lease_runs_out();
        thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(|| call(&PRECISE)))));
        assert_eq!((engaged(), lease.lapses()), ([false; 4], 1));
    }
}
