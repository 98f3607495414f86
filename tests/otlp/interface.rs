//! OpenTelemetry's metrics interface, under its SDK and its exporter, through a real collector.

use std::time::Duration;

use opentelemetry::metrics::MeterProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{MetricExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_proto::tonic::metrics::v1::metric;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use reliability_core::{OpenTelemetryMetrics, Outcome, Reliability, slis};

use crate::expected::{assert_same, series};
use crate::receiver::{Collector, Receiver, history, metrics};
use crate::tools::until;

slis! {
    /// Counted.
    static CHECKOUT = "interface-checkout", objective = "99.9%", latency = "99% < 250ms";
    /// Never called.
    static IDLE = "interface-idle", objective = "99%";
}

/// The blocking client that is here anyway, so that no other needs to be built.
#[derive(Debug)]
struct Client;

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut answer = ureq::run(Request::from_parts(parts, body.to_vec()))?;
        let body = answer.body_mut().read_to_vec()?;
        Ok(Response::builder().status(answer.status()).body(body.into())?)
    }
}

#[test]
fn behind_the_sdk_and_a_real_collector_stand_the_numbers_that_were_recorded() {
    let receiver = Receiver::start();
    let collector = Collector::before(&receiver, "rotel-interface");
    let exporter =
        MetricExporter::builder().with_http().with_http_client(Client).with_endpoint(&collector.url).build().unwrap();
    let reader = PeriodicReader::builder(exporter).with_interval(Duration::from_secs(1)).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let sink = OpenTelemetryMetrics::on(&provider.meter("reliability_core"));
    let reliability = Reliability::builder().only("interface-").sink(sink).start().unwrap();

    until("the whole catalogue is there at zero", || {
        receiver.number("reliability.events{outcome=bad,sli=interface-idle}") == Some(0.0)
            && receiver.number("reliability.latency.bucket{le=+Inf,sli=interface-checkout}") == Some(0.0)
    });
    for round in 1..=40_u64 {
        for _ in 0..25 {
            CHECKOUT.record(Outcome::Good, Duration::from_millis(round * 7));
        }
        CHECKOUT.record(Outcome::Bad, Duration::from_millis(3));
        std::thread::sleep(Duration::from_millis(50));
    }
    CHECKOUT.record_many(Outcome::Shed, 2);
    let report = reliability.stop();
    // the order that the docs ask for: first the judge, then the provider
    provider.shutdown().unwrap();

    until("the last numbers are there", || {
        receiver.number("reliability.started{sli=interface-checkout}") == Some(1042.0)
    });
    let mut expected = series(&report);
    for sli in &report.slis {
        let (name, latency) = (sli.spec.name, &sli.latency);
        for (le, upto) in &latency.buckets {
            let series = format!("reliability.latency.bucket{{le={},sli={name}}}", le.as_secs_f64());
            expected.insert(series, *upto as f64);
        }
        expected.insert(format!("reliability.latency.bucket{{le=+Inf,sli={name}}}"), latency.count as f64);
        expected.insert(format!("reliability.latency.count{{sli={name}}}"), latency.count as f64);
        expected.insert(format!("reliability.latency.sum{{sli={name}}}"), latency.sum_seconds);
    }
    let within = expected["reliability.latency.bucket{le=0.25,sli=interface-checkout}"];
    assert!((within - f64::from(35 * 25 + 40)).abs() < 0.5, "rounds up to 35 took at most 245 ms: {within}");
    assert_same(&receiver.numbers(), &expected);

    receiver.read(|arrived| {
        let good = history(arrived, "reliability.events{outcome=good,sli=interface-checkout}");
        assert!(good.windows(2).all(|pair| pair[0].start_time_unix_nano == pair[1].start_time_unix_nano), "cumulative");
        // in every request all counters are of one report: as many ended as the outcomes say
        let mut compared = 0;
        for one in arrived {
            let value = |series: &str| {
                let points = history(std::slice::from_ref(one), series);
                points.last().and_then(|point| point.value).map(|value| format!("{value:?}"))
            };
            let count = value("reliability.latency.count{sli=interface-checkout}");
            let inf = value("reliability.latency.bucket{le=+Inf,sli=interface-checkout}");
            if count.is_some() && inf.is_some() {
                assert_eq!(count, inf);
                compared += 1;
            }
        }
        assert!(compared >= 3, "{compared}");
        for metric in arrived.iter().flat_map(|one| metrics(&one.request)) {
            if let Some(metric::Data::Sum(sum)) = &metric.data {
                assert_eq!(
                    (sum.aggregation_temporality, sum.is_monotonic),
                    (2, metric.name != "reliability.in_flight")
                );
            }
        }
    });
    assert_eq!(IDLE.name(), "interface-idle");
}
