//! A receiver of OTLP that remembers, reading with the types that OpenTelemetry's own crate generates, and the real collector
//! in front of it.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, metric, number_data_point,
};
use prost::Message;
use tower_http::decompression::RequestDecompressionLayer;

use crate::tools::{Running, free_address, scratch, tools, until_it_listens};

/// What is said to one request.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) after: Duration,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

pub(crate) struct Arrived {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) request: ExportMetricsServiceRequest,
}

#[derive(Default)]
struct Memory {
    arrived: Vec<Arrived>,
    answers: VecDeque<Answer>,
}

/// Listens on a free port until the test's process ends.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    memory: Arc<Mutex<Memory>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let memory = Arc::new(Mutex::new(Memory::default()));
        let routes = Router::new().fallback(post(take)).with_state(Arc::clone(&memory));
        // the collector compresses what it hands on, whatever it is told
        let routes = routes.layer(RequestDecompressionLayer::new());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), routes).await.unwrap();
            });
        });
        Self { address, memory }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/metrics", self.address)
    }

    /// These are given first, one each; then everything is taken.
    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.memory.lock().unwrap().answers.extend(answers);
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&[Arrived]) -> R) -> R {
        read(&self.memory.lock().unwrap().arrived)
    }

    /// The latest value of each series of numbers, by `name{key=value,…}`.
    pub(crate) fn numbers(&self) -> BTreeMap<String, f64> {
        self.read(|arrived| {
            let metrics = arrived.iter().flat_map(|one| metrics(&one.request));
            metrics
                .flat_map(|metric| {
                    points(metric).into_iter().map(|point| (key(&metric.name, &point.attributes), point))
                })
                .filter_map(|(key, point)| {
                    Some((
                        key,
                        match point.value? {
                            number_data_point::Value::AsDouble(value) => value,
                            number_data_point::Value::AsInt(value) => value as f64,
                        },
                    ))
                })
                .collect()
        })
    }

    pub(crate) fn number(&self, series: &str) -> Option<f64> {
        self.numbers().get(series).copied()
    }
}

async fn take(
    State(memory): State<Arc<Mutex<Memory>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = ExportMetricsServiceRequest::decode(body).expect("a request as the protocol has it");
    let answer = {
        let mut memory = memory.lock().unwrap();
        let answer = memory.answers.pop_front().unwrap_or_else(|| Answer::status(200));
        if answer.status == 200 {
            memory.arrived.push(Arrived { path: uri.path().to_owned(), headers, request });
        }
        answer
    };
    tokio::time::sleep(answer.after).await;
    let headers = answer.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    (StatusCode::from_u16(answer.status).unwrap(), headers, answer.body)
}

/// A real collector that hands on to a receiver. Ends when it is dropped.
pub(crate) struct Collector {
    pub(crate) url: String,
    _running: Running,
}

impl Collector {
    pub(crate) fn before(receiver: &Receiver, name: &str) -> Self {
        let agent =
            Command::new("find").arg(tools("rotel")).args(["-name", "rotel-agent", "-type", "f"]).output().unwrap();
        let agent = String::from_utf8(agent.stdout).unwrap();
        let (http, grpc, folder) = (free_address(), free_address(), scratch(name));
        let mut running = Running::start(
            Command::new(agent.lines().next().expect("tests/tools/install brought it"))
                .args(["start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"])
                .args(["--batch-timeout", "50ms"])
                .arg("--otlp-exporter-endpoint")
                .arg(format!("http://{}", receiver.address))
                .arg("--otlp-http-endpoint")
                .arg(http.to_string())
                .arg("--otlp-grpc-endpoint")
                .arg(grpc.to_string())
                .arg("--pid-file")
                .arg(folder.join("pid"))
                .arg("--log-file")
                .arg(folder.join("log"))
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        until_it_listens(http, &mut running);
        Self { url: format!("http://{http}/v1/metrics"), _running: running }
    }
}

pub(crate) fn metrics(request: &ExportMetricsServiceRequest) -> impl Iterator<Item = &Metric> {
    request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics)
}

pub(crate) fn points(metric: &Metric) -> Vec<&NumberDataPoint> {
    match &metric.data {
        Some(metric::Data::Gauge(gauge)) => gauge.data_points.iter().collect(),
        Some(metric::Data::Sum(sum)) => sum.data_points.iter().collect(),
        _ => Vec::new(),
    }
}

/// The points of a series in the order in which they arrived.
pub(crate) fn history(arrived: &[Arrived], series: &str) -> Vec<NumberDataPoint> {
    let metrics = arrived.iter().flat_map(|one| metrics(&one.request));
    let points = metrics
        .flat_map(|metric| points(metric).into_iter().map(|point| (key(&metric.name, &point.attributes), point)));
    points.filter(|(key, _)| key == series).map(|(_, point)| point.clone()).collect()
}

pub(crate) fn histograms(arrived: &[Arrived], sli: &str) -> Vec<HistogramDataPoint> {
    let all = arrived.iter().flat_map(|one| metrics(&one.request)).filter_map(|metric| match &metric.data {
        Some(metric::Data::Histogram(histogram)) => Some(&histogram.data_points),
        _ => None,
    });
    all.flatten().filter(|point| key("", &point.attributes) == format!("{{sli={sli}}}")).cloned().collect()
}

pub(crate) fn exponentials(arrived: &[Arrived], sli: &str) -> Vec<ExponentialHistogramDataPoint> {
    let all = arrived.iter().flat_map(|one| metrics(&one.request)).filter_map(|metric| match &metric.data {
        Some(metric::Data::ExponentialHistogram(histogram)) => Some(&histogram.data_points),
        _ => None,
    });
    all.flatten().filter(|point| key("", &point.attributes) == format!("{{sli={sli}}}")).cloned().collect()
}

pub(crate) fn key(name: &str, attributes: &[KeyValue]) -> String {
    let mut pairs: Vec<_> = attributes.iter().map(|pair| format!("{}={}", pair.key, text(pair))).collect();
    pairs.sort();
    format!("{name}{{{}}}", pairs.join(","))
}

pub(crate) fn text(pair: &KeyValue) -> String {
    match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        other => panic!("{}: {other:?}", pair.key),
    }
}
