//! Who is cut off: by a policy's or a person's word, by the law, by a deadline. On a clock of the gate's own.

use std::time::Duration;

use reliability_core::__private::Stamp;
use reliability_core::testkit::turn;
use reliability_core::{Ask, Gate, GateMode, Priority, SetBy, Share, Shed, ShedReason, admission};

/// A gate with its clock, at which each request takes 1 ms and the next comes 0.1 ms after it.
struct Bench {
    gate: &'static Gate,
    micros: std::cell::Cell<u64>,
}

impl Bench {
    fn new(gate: Gate) -> Self {
        Self { gate: Gate::with_manual_clock(gate), micros: std::cell::Cell::new(1_000) }
    }

    fn request(&self, ask: impl Into<Ask>) -> Result<(), Shed> {
        let start = self.micros.get();
        self.micros.set(start + 100);
        let permit = self.gate.admit_at(ask.into(), Stamp::from_nanos(start * 1_000))?;
        permit.release_at(Stamp::from_nanos((start + 1_000) * 1_000), true);
        Ok(())
    }

    /// Of so many of each class in turn, how many were refused of each.
    fn refused(&self, rounds: usize) -> [usize; 4] {
        let mut refused = [0; 4];
        for _ in 0..rounds {
            for (class, priority) in Priority::ALL.into_iter().enumerate() {
                refused[class] += usize::from(self.request(priority).is_err());
            }
        }
        refused
    }
}

#[test]
fn a_share_that_is_refused_on_purpose_is_the_least_important_one() {
    let bench = Bench::new(Gate::new("halved"));
    assert_eq!(bench.refused(500), [0; 4]);
    turn(bench.gate, SetBy::Manual, Some(Share::ratio(3, 8)));
    bench.refused(10); // until the next look
    let refused = bench.refused(1_000);
    assert_eq!((refused[0], refused[2], refused[3]), (1_000, 0, 0));
    assert!((400..600).contains(&refused[1]), "half of the second class: {refused:?}");
    let report = bench.gate.report();
    assert_eq!(report.refused.by_reason(ShedReason::Forced), report.refused.total());
    assert_eq!(report.forced, Share::ratio(3, 8));
    turn(bench.gate, SetBy::Manual, None);
    bench.refused(10);
    assert_eq!(bench.refused(500), [0; 4]);
}

#[test]
fn all_can_be_refused_and_nothing_is_refused_by_a_gate_that_is_open() {
    let bench = Bench::new(Gate::new("shut"));
    turn(bench.gate, SetBy::Manual, Some(Share::ALL));
    bench.refused(10);
    assert_eq!(bench.refused(100), [100; 4]);
    bench.gate.set_mode(GateMode::Monitor);
    assert_eq!(bench.refused(100), [0; 4]);
    let watched = bench.gate.report().would_refuse;
    assert!(watched >= 400, "{watched}");
    bench.gate.set_mode(GateMode::Open);
    assert_eq!(bench.refused(100), [0; 4]);
    assert_eq!(bench.gate.report().would_refuse, watched);
    bench.gate.set_mode(GateMode::Enforce);
    assert_eq!(bench.refused(100), [100; 4]);
}

#[test]
fn a_key_is_on_one_side_of_a_cut_and_a_retry_on_the_lower_one() {
    let bench = Bench::new(Gate::new("sticky"));
    let keys: Vec<String> = (0..200).map(|i| format!("customer-{i}")).collect();
    let all = |attempt: u8| -> Vec<bool> {
        let ask = |key: &String| Ask::new(Priority::Normal).key(key).attempt(attempt);
        keys.iter().map(|key| bench.request(ask(key)).is_ok()).collect()
    };
    (0..5).for_each(|_| _ = all(1));
    turn(bench.gate, SetBy::Manual, Some(Share::ratio(1, 2)));
    (0..2).for_each(|_| _ = all(1));
    let (first, second) = (all(1), all(1));
    let changed = first.iter().zip(&second).filter(|(a, b)| a != b).count();
    assert!(changed <= 6, "only those whose level the cut passes through: {changed}");
    assert!((60..140).contains(&first.iter().filter(|admitted| **admitted).count()));
    assert!(all(2).iter().all(|admitted| !admitted), "retried work is refused first");
}

#[test]
fn what_cannot_be_answered_in_time_is_refused_at_once() {
    let bench = Bench::new(Gate::new("in-time"));
    bench.refused(500);
    let late = Ask::new(Priority::Critical).deadline(Duration::from_micros(10));
    let shed = bench.request(late).unwrap_err();
    assert_eq!((shed.reason(), shed.priority()), (ShedReason::Deadline, Priority::Critical));
    assert!(bench.request(Ask::new(Priority::Low).deadline(Duration::from_millis(100))).is_ok());
    assert_eq!(bench.gate.report().refused.by_reason(ShedReason::Deadline), 1);
}

#[test]
fn a_gate_opens_fully_when_nothing_waits_any_more() {
    // ten workers of 10 ms in virtual time, offered half of what they can do, three times as much for two seconds, then half
    let gate = Gate::with_manual_clock(Gate::new("comes-back"));
    let mut free = [0_u64; 10];
    let mut inside: Vec<(u64, reliability_core::Permit)> = Vec::new();
    let mut now = 0_u64;
    let mut refused_late = 0;
    for i in 0..20_000_u64 {
        now += if (1_000_000_000..3_000_000_000).contains(&now) { 333_000 } else { 2_000_000 };
        inside.sort_by_key(|(end, _)| std::cmp::Reverse(*end));
        while let Some((end, permit)) = inside.pop_if(|(end, _)| *end <= now) {
            permit.release_at(Stamp::from_nanos(end), true);
        }
        match gate.admit_at(Ask::new(Priority::ALL[(i % 4) as usize]), Stamp::from_nanos(now)) {
            Ok(permit) => {
                let worker = free.iter_mut().min().expect("ten workers");
                *worker = (*worker).max(now) + 10_000_000;
                inside.push((*worker, permit));
            }
            Err(_) if !(1_000_000_000..3_500_000_000).contains(&now) => refused_late += 1,
            Err(_) => {}
        }
    }
    let report = gate.report();
    assert_eq!(refused_late, 0, "before the load rose, or half a second after it fell");
    assert!(report.refused.total() > 3_000, "{report:?}");
    // two of three were refused, the least important of all first
    let by = |priority| report.refused.by_priority(priority);
    assert!(by(Priority::Low) > by(Priority::High) && by(Priority::High) > by(Priority::Critical), "{report:?}");
    assert!(by(Priority::Critical) * 50 < 1_500, "one of fifty of those that came in the overload: {report:?}");
}

#[test]
fn what_a_critical_request_needs_is_not_refused_with_what_a_low_one_needs() {
    // the gate of a service further in, which knows its callers only by what travels with them
    let inner = Bench::new(Gate::new("further-in"));
    turn(inner.gate, SetBy::Manual, Some(Share::ratio(1, 2)));
    inner.refused(50);
    let need = || inner.request(Ask::current());
    for _ in 0..200 {
        inner.refused(1);
        assert!(admission::with(Priority::Low, need).is_err());
        assert!(admission::with(Priority::Critical, need).is_ok());
        // work that a critical request spawns, and what that calls
        let spawned = admission::with(Priority::Critical, || admission::carry_fn(|| admission::carry_fn(need)()));
        assert!(spawned().is_ok());
    }
}
