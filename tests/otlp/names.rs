//! One query serves both doors: what OpenTelemetry calls a series becomes, in Prometheus, what the `metrics` facade calls it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric};
use reliability_core::{Otlp, Outcome, Reliability, sli};

use crate::receiver::{Receiver, metrics, points};
use crate::tools::until;

#[sli(name = "names-import", objective = "99%", latency = "99% < 250ms", labels(tenant = tenant, max = 4))]
fn import(tenant: &str) -> Outcome {
    if tenant.is_empty() { Outcome::Bad } else { Outcome::Good }
}

/// As the compatibility part of OpenTelemetry's specification has it.
fn translated(metric: &Metric) -> Vec<(String, BTreeSet<String>)> {
    let (is_gauge, is_monotonic) = match &metric.data {
        Some(metric::Data::Gauge(_)) => (true, false),
        Some(metric::Data::Sum(sum)) => (false, sum.is_monotonic),
        _ => (false, false),
    };
    let unit = match metric.unit.as_str() {
        "s" => "_seconds",
        "By" => "_bytes",
        "1" if is_gauge => "_ratio",
        unit if unit.starts_with('{') => "",
        unit => panic!("{unit}"),
    };
    let name = format!("{}{unit}{}", metric.name.replace('.', "_"), if is_monotonic { "_total" } else { "" });
    if let Some(metric::Data::Histogram(histogram)) = &metric.data {
        let keys = |more: &[&str]| -> BTreeSet<String> {
            let own = histogram.data_points[0].attributes.iter().map(|pair| pair.key.clone());
            own.chain(more.iter().map(|key| (*key).to_owned())).collect()
        };
        let parts = [("_bucket", keys(&["le"])), ("_count", keys(&[])), ("_sum", keys(&[]))];
        return parts.map(|(part, keys)| (format!("{name}{part}"), keys)).to_vec();
    }
    let keys = points(metric).first().map(|point| point.attributes.iter().map(|pair| pair.key.clone()).collect());
    keys.map(|keys| (name, keys)).into_iter().collect()
}

#[test]
fn both_doors_have_the_same_names_and_labels() {
    let prometheus = PrometheusBuilder::new().install_recorder().expect("the only recorder");
    let receiver = Receiver::start();
    let otlp = Otlp::to(&receiver.url()).unwrap().interval(Duration::from_secs(1));
    let reliability = Reliability::builder().only("names-").sink(otlp).start().unwrap();
    assert_eq!([import("a"), import("")], [Outcome::Good, Outcome::Bad]);
    let labelled = "reliability.labelled_events{label=tenant,outcome=good,sli=names-import,value=a}";
    until("it arrives", || receiver.number(labelled) == Some(1.0));
    drop(reliability.stop());

    let sent: BTreeMap<_, _> =
        receiver.read(|arrived| metrics(&arrived.last().unwrap().request).flat_map(translated).collect());
    let rendered = prometheus.render();
    let lines = rendered.lines().filter(|line| line.starts_with("reliability_"));
    let scraped: BTreeMap<_, _> = lines
        .filter_map(|line| {
            let (name, rest) = line.split_once('{')?;
            let labels = rest.split_once('}')?.0;
            let keys = labels.split(',').map(|pair| pair.split('=').next().unwrap().to_owned());
            // who it is stands on the resource there, and on each series here
            let keys: BTreeSet<_> =
                keys.filter(|key| !["service", "version", "environment"].contains(&key.as_str())).collect();
            Some((name.to_owned(), keys))
        })
        .collect();
    assert!(sent.len() >= 16, "{sent:?}");
    assert_eq!(sent, scraped);
}
