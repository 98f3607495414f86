//! Which histogram says what, down to the nanosecond at each bound.

use std::time::Duration;

use reliability_core::{Buckets, Otlp, Outcome, Reliability, slis};

use crate::receiver::{Receiver, exponentials, histograms, metrics};

slis! {
    /// Has one call just at, and one just above, every power of two.
    static EDGES = "edges-import", objective = "99%", latency = "99% < 250ms";
}

fn edges(buckets: Buckets) -> Receiver {
    let receiver = Receiver::start();
    let otlp = Otlp::to(&receiver.url()).unwrap().interval(Duration::from_secs(3600)).buckets(buckets);
    let reliability = Reliability::builder().only("edges-").sink(otlp).start().unwrap();
    for octave in 10..=36 {
        EDGES.record(Outcome::Good, Duration::from_nanos(1 << octave));
        EDGES.record(Outcome::Good, Duration::from_nanos((1 << octave) + 1));
    }
    EDGES.record(Outcome::Good, Duration::ZERO);
    EDGES.record(Outcome::Bad, Duration::from_millis(250));
    EDGES.record(Outcome::Bad, Duration::from_nanos(250_000_001));
    EDGES.record(Outcome::Good, Duration::from_secs(500));
    assert_eq!(reliability.stop().sli("edges-import").unwrap().latency.count, 58);
    receiver
}

/// How many of the calls above lie in (lower, upper] nanoseconds.
fn truth(lower: f64, upper: f64) -> u64 {
    let octaves = (10..=36).flat_map(|octave| [1_u64 << octave, (1 << octave) + 1]);
    let all = octaves.chain([0, 250_000_000, 250_000_001, 500_000_000_000]);
    all.filter(|nanos| *nanos as f64 > lower && *nanos as f64 <= upper).count() as u64
}

fn units(receiver: &Receiver) -> Vec<String> {
    receiver.read(|arrived| {
        let all = arrived.iter().flat_map(|one| metrics(&one.request));
        all.filter(|metric| metric.name == "reliability.latency").map(|metric| metric.unit.clone()).collect()
    })
}

#[test]
fn an_explicit_histogram_holds_every_call_in_the_bucket_that_it_belongs_to() {
    for (buckets, bounds) in [(Buckets::All, 210), (Buckets::Octaves, 28)] {
        let receiver = edges(buckets);
        let point = receiver.read(|arrived| histograms(arrived, "edges-import").pop().unwrap());
        assert_eq!((point.explicit_bounds.len(), point.bucket_counts.len()), (bounds, bounds + 1));
        let nanos: Vec<f64> = point.explicit_bounds.iter().map(|bound| (bound * 1e9).round()).collect();
        let lower = [-1.0].into_iter().chain(nanos.iter().copied());
        let upper = nanos.iter().copied().chain([f64::INFINITY]);
        for ((lower, upper), count) in lower.zip(upper).zip(&point.bucket_counts) {
            assert_eq!(*count, truth(lower, upper), "({lower}, {upper}] ns of {buckets:?}");
        }
        assert_eq!(point.count, 58);
        assert!(units(&receiver).iter().all(|unit| unit == "s"));
    }
}

#[test]
fn an_exponential_histogram_is_exact_up_to_its_last_bucket() {
    let receiver = edges(Buckets::Exponential);
    let point = receiver.read(|arrived| exponentials(arrived, "edges-import").pop().unwrap());
    assert_eq!((point.scale, point.count, point.zero_threshold), (0, 58, 1024.0));
    assert_eq!(point.zero_count, truth(-1.0, 1024.0), "at most the threshold, which is included");
    let positive = point.positive.unwrap();
    assert_eq!((positive.offset, positive.bucket_counts.len()), (10, 27));
    for (index, count) in (positive.offset..).zip(&positive.bucket_counts) {
        // (base^index, base^(index + 1)], as the protocol has it
        let (lower, upper) = (2_f64.powi(index), 2_f64.powi(index + 1));
        let expected = if index == 36 { truth(lower, f64::INFINITY) } else { truth(lower, upper) };
        assert_eq!(*count, expected, "index {index}");
    }
    assert!(units(&receiver).iter().all(|unit| unit == "ns"), "powers of two of seconds are no bounds of ours");
}
