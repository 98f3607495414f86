//! What the user writes: it may wait, fail and panic, and none of it reaches the loop.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reliability_core::compensate::{Compensator, Engagement, Policy, Step, Trigger};
use reliability_core::testkit::Lab;
use reliability_core::{CompensationAction as Did, Flag, Gate, GateMode, Outcome};

use super::{count, deeds, sli, stage};

/// Counts what is done to it, and does as it is told.
struct Probe {
    engaged: Arc<AtomicU32>,
    released: Arc<AtomicU32>,
    how: How,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    Works,
    Fails,
    Panics,
}

type Done = Result<String, Box<dyn Error + Send + Sync>>;

impl Compensator for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }
    fn describe(&self) -> String {
        "counts".into()
    }
    fn cost(&self) -> String {
        "nothing".into()
    }
    fn engage(&mut self, engagement: &Engagement) -> Done {
        self.engaged.fetch_add(1, Ordering::SeqCst);
        match self.how {
            How::Works => Ok(format!("for {}", engagement.policy)),
            How::Fails => Err("the other side says no".into()),
            How::Panics => panic!("it breaks"),
        }
    }
    fn release(&mut self) -> Done {
        self.released.fetch_add(1, Ordering::SeqCst);
        Ok("given back".into())
    }
}

fn probe(how: How) -> (Probe, Arc<AtomicU32>, Arc<AtomicU32>) {
    let (engaged, released) = (Arc::default(), Arc::default());
    (Probe { engaged: Arc::clone(&engaged), released: Arc::clone(&released), how }, engaged, released)
}

/// The worker is of real time, the lab of its own.
fn until(lab: &mut Lab, mut holds: impl FnMut(&mut Lab) -> bool) {
    for _ in 0..2_000 {
        if holds(lab) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
        lab.advance_awake(Duration::from_millis(1), Duration::from_millis(1));
    }
    panic!("it did not come to that: {:?}", deeds(lab));
}

#[test]
fn a_compensator_of_the_users_is_engaged_and_released_by_its_worker() {
    let _alone = stage();
    let checkout = sli("worker-checkout");
    let (one, engaged, released) = probe(How::Works);
    let plan = Policy::named("worker").unwrap().on(Trigger::detected("worker-checkout")).step(Step::run(one)).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    until(&mut lab, |lab| count(lab, Did::Done) == 1);
    assert_eq!((engaged.load(Ordering::SeqCst), released.load(Ordering::SeqCst)), (1, 0));
    lab.stop();
    assert_eq!(released.load(Ordering::SeqCst), 1, "the stop waits for the worker");
}

#[test]
fn one_that_fails_or_panics_is_followed_by_the_next_step() {
    static FLAG: Flag = Flag::on("fails-flag");
    let _alone = stage();
    for how in [How::Fails, How::Panics] {
        let checkout = sli("fails-checkout");
        let (one, engaged, released) = probe(how);
        let plan = Policy::named("fails")
            .unwrap()
            .on(Trigger::detected("fails-checkout"))
            .step(Step::run(one))
            .step(&FLAG)
            .act();
        let mut lab = Lab::judging([&checkout]).with_policies([plan]);
        checkout.record_many(Outcome::Bad, 20);
        lab.advance(Duration::from_secs(1));
        until(&mut lab, |_| !FLAG.enabled());
        assert!(count(&lab, Did::Failed) >= 1);
        until(&mut lab, |_| released.load(Ordering::SeqCst) >= 1);
        assert_eq!(engaged.load(Ordering::SeqCst), 1);
        lab.stop();
        assert!(FLAG.enabled());
    }
}

#[test]
fn a_gate_that_is_let_enforce_stands_afterwards_as_it_did_before() {
    static WATCHES: Gate = Gate::new("enforce-watches").monitor_only();
    static ENFORCES: Gate = Gate::new("enforce-enforces");
    let _alone = stage();
    for (gate, name) in [(&WATCHES, "watches"), (&ENFORCES, "enforces")] {
        let before = gate.mode();
        let plan = Policy::named(name).unwrap().on(Trigger::by_hand()).step(Step::enforce(gate)).act();
        let mut lab = Lab::judging([]).with_policies([plan]);
        lab.handle().engage(name, Some("kim")).unwrap();
        until(&mut lab, |lab| count(lab, Did::Done) == 1);
        assert_eq!(gate.mode(), GateMode::Enforce);
        lab.handle().release(name, Some("kim")).unwrap();
        until(&mut lab, |lab| count(lab, Did::Done) == 2);
        assert_eq!(gate.mode(), before);
        lab.stop();
        assert_eq!(gate.mode(), before);
    }
}
