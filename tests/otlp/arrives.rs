//! Our own exporter, through a real collector: the numbers that arrive are the numbers recorded.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, exemplar, metric};
use reliability_core::{Otlp, Outcome, Reliability, slis};

use crate::expected::{assert_same, series};
use crate::receiver::{Collector, Receiver, histograms, history, key, metrics, points, text};
use crate::tools::until;

slis! {
    /// Counted.
    static CHECKOUT = "otlp-checkout", objective = "99.9%", latency = "99% < 250ms";
    /// Never called.
    static IDLE = "otlp-idle", objective = "99%";
    /// Fails within traces.
    static TRACED = "traced-checkout", objective = "99%", latency = "99% < 250ms";
    /// Counted by a process of 50 ms.
    static SHORT = "short-job", objective = "99%";
}

#[test]
fn behind_a_real_collector_stand_the_numbers_that_were_recorded() {
    let receiver = Receiver::start();
    let collector = Collector::before(&receiver, "rotel-arrives");
    let otlp = Otlp::to(&collector.url).unwrap().interval(Duration::from_secs(1));
    let identity = Reliability::builder().service("shop").version("1.2").environment("staging").instance("pod-7");
    let reliability = identity.only("otlp-").sink(otlp).start().unwrap();

    until("the whole catalogue is there at zero", || {
        receiver.number("reliability.events{outcome=bad,sli=otlp-idle}") == Some(0.0)
            && receiver.number("reliability.started{sli=otlp-checkout}") == Some(0.0)
    });
    for round in 1..=40_u64 {
        for _ in 0..25 {
            CHECKOUT.record(Outcome::Good, Duration::from_millis(round * 7));
        }
        CHECKOUT.record(Outcome::Bad, Duration::from_millis(3));
        std::thread::sleep(Duration::from_millis(50));
    }
    CHECKOUT.record_many(Outcome::Ignored, 5);
    CHECKOUT.record_many(Outcome::Shed, 2);
    drop(CHECKOUT.begin());
    let report = reliability.stop();

    let counts = report.sli("otlp-checkout").unwrap().counts;
    assert_eq!((counts.good, counts.bad, counts.started), (1000, 40, 1048));
    let expected = series(&report);
    until("the last numbers are there", || receiver.number("reliability.started{sli=otlp-checkout}") == Some(1048.0));
    assert_same(&receiver.numbers(), &expected);

    receiver.read(|arrived| {
        let sli = report.sli("otlp-checkout").unwrap();
        let last = histograms(arrived, "otlp-checkout").pop().unwrap();
        let bounds: Vec<f64> = sli.latency.cells.iter().map(|(bound, _)| bound.as_secs_f64()).collect();
        assert_eq!(last.explicit_bounds, bounds);
        assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]), "{bounds:?}");
        assert!(bounds.contains(&0.25), "the threshold is a bound");
        let mut upto = 0;
        for (at, count) in last.bucket_counts.iter().enumerate() {
            upto += count;
            assert_eq!(upto, sli.latency.cells.get(at).map_or(sli.latency.count, |(_, upto)| *upto), "bucket {at}");
        }
        assert_eq!((last.count, last.sum), (1040, Some(sli.latency.sum_seconds)));
        let within: u64 =
            bounds.iter().zip(&last.bucket_counts).filter(|(bound, _)| **bound <= 0.25).map(|(_, n)| n).sum();
        assert_eq!(within, 35 * 25 + 40, "rounds up to 35 took at most 245 ms");

        // cumulative, from one start on, never back
        let good = history(arrived, "reliability.events{outcome=good,sli=otlp-checkout}");
        let began = u64::try_from(report.since.unix_nanos()).unwrap();
        assert!(good.len() >= 3, "{} requests", good.len());
        assert!(good.iter().all(|point| point.start_time_unix_nano == began && point.time_unix_nano >= began));
        assert!(good.windows(2).all(|pair| pair[0].time_unix_nano <= pair[1].time_unix_nano));
        let first = arrived.first().unwrap();
        for metric in metrics(&first.request) {
            if let Some(metric::Data::Sum(sum)) = &metric.data {
                assert_eq!(sum.aggregation_temporality, 2, "{}", metric.name);
                let goes_both_ways = ["in_flight", "running"].iter().any(|end| metric.name.ends_with(end));
                assert_eq!(sum.is_monotonic, !goes_both_ways, "{}", metric.name);
            }
            assert!(!metric.unit.is_empty() && !metric.description.is_empty(), "{}", metric.name);
        }
        let resource = first.request.resource_metrics[0].resource.as_ref().unwrap();
        let said: Vec<_> = resource.attributes.iter().map(|pair| format!("{}={}", pair.key, text(pair))).collect();
        for attribute in [
            "service.name=shop",
            "service.version=1.2",
            "service.instance.id=pod-7",
            "deployment.environment.name=staging",
        ] {
            assert!(said.iter().any(|said| said == attribute), "{attribute} of {said:?}");
        }
        // a rate without events has no value, and says so
        let idle = history(arrived, "reliability.burn_rate{sli=otlp-idle,slo=otlp-idle-availability,window=1h}");
        assert!(!idle.is_empty() && idle.iter().all(|point| point.value.is_none() && point.flags == 1));
    });
    assert_eq!(IDLE.name(), "otlp-idle");
}

#[test]
fn failures_arrive_as_exemplars_with_trace_and_span_each_once() {
    let receiver = Receiver::start();
    let collector = Collector::before(&receiver, "rotel-exemplars");
    let otlp = Otlp::to(&collector.url).unwrap().interval(Duration::from_secs(1));
    let reliability = Reliability::builder().only("traced-").sink(otlp).start().unwrap();
    let in_span = |trace: u128, span: u64, act: &dyn Fn()| {
        let span =
            SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::SAMPLED, true, TraceState::NONE);
        let _attached = Context::new().with_remote_span_context(span).attach();
        act();
    };
    in_span(0xABCD, 0x12, &|| TRACED.record(Outcome::Bad, Duration::from_millis(7)));
    in_span(0xBEEF, 0x34, &|| TRACED.record(Outcome::Good, Duration::from_millis(300)));
    let bad = "reliability.events{outcome=bad,sli=traced-checkout}";
    until("both are counted", || receiver.number(bad) == Some(1.0));
    until("two more requests went out", || {
        let seen = receiver.read(|arrived| history(arrived, bad).iter().filter(|point| point.value.is_some()).count());
        seen >= 4
    });
    drop(reliability.stop());

    receiver.read(|arrived| {
        let exemplars: Vec<_> = history(arrived, bad).into_iter().flat_map(|point| point.exemplars).collect();
        assert_eq!(exemplars.len(), 1, "told once, not with every request: {exemplars:?}");
        assert_eq!(exemplars[0].trace_id, 0xABCD_u128.to_be_bytes());
        assert_eq!(exemplars[0].span_id, 0x12_u64.to_be_bytes());
        assert_eq!(exemplars[0].value, Some(exemplar::Value::AsInt(1)));
        assert_eq!(key("", &exemplars[0].filtered_attributes), "{kind=failed}");
        assert!(exemplars[0].time_unix_nano > 0);

        let slow_or_bad: Vec<_> =
            histograms(arrived, "traced-checkout").into_iter().flat_map(|point| point.exemplars).collect();
        let told: Vec<_> =
            slow_or_bad.iter().map(|it| (it.span_id[7], it.value, key("", &it.filtered_attributes))).collect();
        assert_eq!(
            told,
            [
                (0x12, Some(exemplar::Value::AsDouble(0.007)), "{kind=failed}".to_owned()),
                (0x34, Some(exemplar::Value::AsDouble(0.3)), "{kind=slow}".to_owned()),
            ]
        );
        let good = history(arrived, "reliability.events{outcome=good,sli=traced-checkout}");
        assert!(good.iter().all(|point| point.exemplars.is_empty()));
    });
}

/// What the next test starts as a process of its own.
const AS_JOB: &str = "RELIABILITY_TESTS_OTLP_JOB";

fn value(run: &ResourceMetrics, outcome: &str) -> Option<Value> {
    let wanted = format!("reliability.events{{outcome={outcome},sli=short-job}}");
    let metrics = run.scope_metrics.iter().flat_map(|scope| &scope.metrics);
    let mut points = metrics.flat_map(|metric| points(metric).into_iter().map(move |point| (&metric.name, point)));
    points.find(|(name, point)| key(name, &point.attributes) == wanted)?.1.value
}

#[test]
fn a_job_of_50_ms_loses_nothing() {
    if std::env::var_os(AS_JOB).is_some() {
        // everything by the environment, as a container would be told
        let otlp = Otlp::from_env().unwrap();
        let reliability = Reliability::builder().only("short-").sink(otlp).start().unwrap();
        for nth in 0..1_000 {
            SHORT.record(if nth % 100 == 0 { Outcome::Bad } else { Outcome::Good }, Duration::from_micros(50));
        }
        std::thread::sleep(Duration::from_millis(30));
        let _ = reliability.stop();
        return;
    }
    let receiver = Receiver::start();
    let collector = Collector::before(&receiver, "rotel-job");
    for run in 1..=5 {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "arrives::a_job_of_50_ms_loses_nothing"])
            .env(AS_JOB, "yes")
            .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &collector.url)
            .env("OTEL_RESOURCE_ATTRIBUTES", format!("service.instance.id=run-{run},k8s.pod.name=pod%20{run}"))
            .status()
            .unwrap();
        assert!(status.success());
    }
    let totals = || {
        receiver.read(|arrived| {
            // the collector may hand on what came from several runs together
            let runs = arrived.iter().flat_map(|one| &one.request.resource_metrics);
            let counted = runs.filter_map(|run| {
                let resource = run.resource.as_ref()?;
                let pod = resource.attributes.iter().find(|pair| pair.key == "k8s.pod.name").map(text)?;
                Some((pod, ["good", "bad"].map(|outcome| value(run, outcome))))
            });
            counted.collect::<BTreeMap<_, _>>()
        })
    };
    let whole = [990, 10].map(|count| Some(Value::AsInt(count)));
    until("all of every run is there", || totals().len() == 5 && totals().values().all(|run| *run == whole));
    assert_eq!(totals().keys().next().map(String::as_str), Some("pod 1"), "what else the environment says goes along");
}
