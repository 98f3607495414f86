//! When one that was refused is told to ask again.

use std::collections::BTreeSet;
use std::time::Duration;

use reliability_core::__private::Stamp;
use reliability_core::{Breaker, Gate, Priority, Shed, ShedReason};

const MILLI: u64 = 1_000_000;

/// Ten seconds of refusals, a hundred a second, from this millisecond on.
fn refused_for_ten_seconds(gate: &'static Gate, from: u64) -> Vec<Duration> {
    let refused = (0..1_000).map(|i| {
        gate.move_clock(Stamp::from_nanos((from + i * 10) * MILLI));
        gate.admit(Priority::Normal).unwrap_err().retry_after()
    });
    refused.collect()
}

#[test]
fn the_longer_a_gate_refuses_the_later_its_clients_are_told_to_come_back_and_never_in_step() {
    let gate = Gate::with_manual_clock(Gate::new("comeback").bounded(1));
    gate.move_clock(Stamp::from_nanos(1_000 * MILLI));
    let inside = gate.admit(Priority::Normal).unwrap();
    let first = refused_for_ten_seconds(gate, 1_000);
    assert!(first[0] >= Duration::from_secs(1) && first[0] < Duration::from_secs(3), "{:?}", first[0]);
    let last = &first[900..];
    assert!(last.iter().all(|after| (Duration::from_secs(9)..Duration::from_secs(21)).contains(after)), "{last:?}");
    // a hundred that are refused in a second come back over more than nine
    let seconds: BTreeSet<_> = last.iter().map(Duration::as_secs).collect();
    assert!(seconds.len() >= 10, "{seconds:?}");
    let after_a_minute = refused_for_ten_seconds(gate, 70_000);
    let bounds = Duration::from_secs(1)..Duration::from_secs(60);
    assert!(after_a_minute.iter().all(|after| bounds.contains(after)), "the longest is a minute");
    // when all is well for a while, the next trouble is a new one
    drop(inside);
    for i in 0..30 {
        gate.move_clock(Stamp::from_nanos((80_000 + i * 100) * MILLI));
        drop(gate.admit(Priority::Normal).unwrap());
    }
    let _inside = gate.admit(Priority::Normal).unwrap();
    let anew = refused_for_ten_seconds(gate, 83_000);
    assert!(anew[10] < Duration::from_secs(3), "{:?}", anew[10]);
}

#[test]
fn an_open_breaker_tells_how_long_it_rests_yet() {
    let breaker = Breaker::with_manual_clock(Breaker::new("comeback-rest").rests(Duration::from_secs(8), 1));
    breaker.move_clock(Stamp::from_nanos(1_000 * MILLI));
    breaker.trip();
    let refused = |at: u64| {
        breaker.move_clock(Stamp::from_nanos(at * MILLI));
        let shed: Shed = breaker.enter(Priority::Normal).unwrap_err();
        assert_eq!(shed.reason(), ShedReason::Open);
        shed.retry_after()
    };
    assert!((Duration::from_secs(7)..Duration::from_secs(18)).contains(&refused(1_500)));
    assert!((Duration::from_secs(1)..Duration::from_secs(5)).contains(&refused(7_500)));
}
