//! Clocks that jump, durations that make no sense, and asks at the edges of their ranges: worse figures, never a panic.

use std::time::Duration;

use proptest::prelude::*;
use reliability_core::__private::Stamp;
use reliability_core::{Ask, Gate, Priority};

fn edge() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(u64::MAX >> 1), Just(1 << 62), (0_u64..1 << 40), any::<u64>(),]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_reading_of_a_clock_makes_a_gate_panic_or_lose_count(
        readings in prop::collection::vec((edge(), edge(), edge(), any::<u16>(), any::<bool>(), any::<bool>()), 1..200),
    ) {
        let gate = Gate::with_manual_clock(Gate::new("hostile").slo(Duration::from_nanos(1)));
        let mut inside = Vec::new();
        let mut offered = 0;
        for (start, end, left, cost, ok, detach) in readings {
            let ask = Ask::new(Priority::ALL[usize::from(cost) % 4]).cost(cost).deadline(Duration::from_nanos(left));
            offered += u64::from(ask.cost);
            if let Ok(permit) = gate.admit_at(ask, Stamp::from_nanos(start)) {
                inside.push(permit);
            }
            if let Some(permit) = (cost % 3 != 0).then(|| inside.pop()).flatten() {
                if detach { drop(permit.detach()) } else { permit.release_at(Stamp::from_nanos(end), ok) }
            }
            let held: u64 = gate.report().in_flight;
            prop_assert!(held <= 65_535 * 200, "{held}");
        }
        let report = gate.report();
        prop_assert_eq!(report.offered, offered);
        drop(inside);
        prop_assert_eq!(gate.report().in_flight, 0);
    }
}

#[test]
fn a_clock_that_runs_backwards_does_not_stop_the_looks() {
    let gate = Gate::with_manual_clock(Gate::new("backwards"));
    let admit = |nanos: u64| drop(gate.admit_at(Ask::default(), Stamp::from_nanos(nanos)));
    (0..100).for_each(|i| admit(10_000_000_000 + i * 10_000_000));
    let before = gate.report().looks;
    assert!(before >= 99, "{before}");
    (0..100).for_each(|i| admit(i * 10_000_000));
    let after = gate.report().looks - before;
    assert!(after >= 99, "{after}");
}
