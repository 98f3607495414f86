//! `SliLayer` around a router whose handlers know nothing of it.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http_body_util::channel::Channel;
use reliability_core::testkit::Lab;
use reliability_core::tower::SliLayer;
use reliability_core::{Counts, Latency, Objective, Outcome, sli};

use crate::harness::{fetch, run, send, serve, until};

fn counts(lab: &Lab, name: &str) -> Counts {
    lab.report().sli(name).map(|sli| sli.counts).unwrap_or_default()
}

#[test]
fn each_method_and_route_has_its_own_sli_and_strangers_share_one() {
    let mut lab = Lab::new();
    run(async {
        let layer = SliLayer::axum()
            .prefix("each")
            .declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
            .route("get", "/cart/{id}", |spec| spec.tier(1).latency(Latency::parse("90% < 1s").unwrap()))
            .except("/health")
            .except("/internal/*");
        let app = Router::new()
            .route(
                "/cart/{id}",
                get(async |Path(id): Path<u32>| format!("cart {id}")).post(async || StatusCode::IM_A_TEAPOT),
            )
            .route("/broken", get(async || StatusCode::INTERNAL_SERVER_ERROR))
            .route("/health", get(async || "up"))
            .route("/internal/metrics", get(async || "numbers"))
            .layer(layer);
        let address = serve(app).await;
        for path in ["/cart/1", "/cart/2", "/broken", "/health", "/internal/metrics"] {
            fetch(address, "GET", path).await;
        }
        fetch(address, "POST", "/cart/1").await;
        lab.tick();
        assert_eq!(counts(&lab, "each-get-cart-id").good, 2);
        assert_eq!(counts(&lab, "each-post-cart-id").good, 1, "a client's mistake is no failure of the service");
        assert_eq!(counts(&lab, "each-get-broken").bad, 1);
        let report = lab.report();
        assert!(report.slis.iter().all(|sli| !sli.spec.name.contains("health") && !sli.spec.name.contains("internal")));
        assert_eq!(report.sli("each-get-cart-id").unwrap().spec.tier, Some(1));
        assert_eq!(report.sli("each-get-cart-id").unwrap().slos.len(), 2);
        assert_eq!(report.slo("each-get-broken-availability").unwrap().bad, 1);
    });
}

#[test]
fn paths_that_match_no_route_count_as_other_whatever_they_are_called() {
    let mut lab = Lab::new();
    run(async {
        let layer = SliLayer::axum().prefix("stray").classify(|status| match status {
            StatusCode::NOT_FOUND => Outcome::Ignored,
            status if status.is_server_error() => Outcome::Bad,
            _ => Outcome::Good,
        });
        let app = Router::new().route("/known", get(async || "yes")).layer(layer);
        let address = serve(app).await;
        for i in 0..20 {
            fetch(address, "GET", &format!("/scan/{i}")).await;
        }
        fetch(address, "BREW", "/known").await;
        until(&mut lab, "the strays are counted", |lab| counts(lab, "stray-other").ignored == 20).await;
        let names: Vec<_> =
            lab.report().slis.iter().map(|sli| sli.spec.name).filter(|name| name.starts_with("stray")).collect();
        assert_eq!(names, ["stray-other"], "nobody can invent series");
        assert_eq!(counts(&lab, "stray-other").started, 21);
    });
}

#[sli(name = "covered-by-itself", objective = "99%")]
async fn covered() -> Result<Json<u32>, StatusCode> {
    Ok(Json(1))
}

#[sli(name = "covered-late", objective = "99%")]
async fn covered_late(body: String) -> String {
    body
}

#[sli(name = "covered-dependency", objective = "99%")]
async fn dependency() -> Result<u32, std::num::ParseIntError> {
    "7".parse()
}

#[test]
fn a_request_whose_handler_counts_itself_is_not_counted_twice() {
    let mut lab = Lab::new();
    run(async {
        let app = Router::new()
            .route("/covered", get(covered))
            .route("/late", axum::routing::post(covered_late))
            .route("/uses", get(async || dependency().await.unwrap_or(0).to_string()))
            .layer(SliLayer::axum().prefix("twice"));
        let address = serve(app).await;
        for _ in 0..5 {
            fetch(address, "GET", "/covered").await;
            fetch(address, "GET", "/uses").await;
            fetch(address, "POST", "/late").await;
        }
        lab.tick();
        assert_eq!(counts(&lab, "covered-by-itself").good, 5);
        assert_eq!(counts(&lab, "twice-get-covered"), Counts::default(), "the handler counts itself");
        assert_eq!(counts(&lab, "covered-late").good, 5);
        assert_eq!(counts(&lab, "twice-post-late").valid(), 0);
        assert_eq!(counts(&lab, "covered-dependency").good, 5);
        assert_eq!(counts(&lab, "twice-get-uses").good, 5, "a dependency of a handler is not the handler");
    });
}

async fn panics() -> &'static str {
    panic!("as the test wants")
}

async fn panics_later() -> &'static str {
    tokio::time::sleep(Duration::from_millis(5)).await;
    panic!("as the test wants")
}

#[test]
fn a_panic_in_a_handler_is_bad_at_the_first_poll_and_at_a_later_one() {
    let mut lab = Lab::new();
    run(async {
        let app = Router::new()
            .route("/now", get(panics))
            .route("/later", get(panics_later))
            .layer(SliLayer::axum().prefix("panic"));
        let address = serve(app).await;
        fetch(address, "GET", "/now").await;
        fetch(address, "GET", "/later").await;
        until(&mut lab, "both are bad", |lab| {
            counts(lab, "panic-get-now").bad + counts(lab, "panic-get-later").bad == 2
        })
        .await;
    });
}

/// A body that says a word, waits, and then ends as told.
fn slow_body(ends_well: bool, wait: Duration) -> Response {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<&'static str, std::io::Error>>(1);
    tokio::spawn(async move {
        let _ = sender.send(Ok("word")).await;
        tokio::time::sleep(wait).await;
        if !ends_well {
            let _ = sender.send(Err(std::io::Error::other("torn"))).await;
        }
    });
    let stream = futures_util::stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    Body::from_stream(stream).into_response()
}

#[test]
fn a_body_is_judged_at_its_end() {
    let mut lab = Lab::new();
    run(async {
        let app = Router::new()
            .route("/well", get(async || slow_body(true, Duration::from_millis(30))))
            .route("/torn", get(async || slow_body(false, Duration::from_millis(30))))
            .route("/left", get(async || slow_body(true, Duration::from_secs(30))))
            .layer(SliLayer::axum().prefix("body").declare(|spec| spec.latency(Latency::parse("99% < 20ms").unwrap())));
        let address = serve(app).await;
        fetch(address, "GET", "/well").await;
        fetch(address, "GET", "/torn").await;
        let line = send(address, "GET", "/left").await;
        until(&mut lab, "the body is under way", |lab| {
            lab.report().sli("body-get-left").is_some_and(|sli| sli.in_flight == 1)
        })
        .await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(line);
        until(&mut lab, "the reader who left is counted", |lab| counts(lab, "body-get-left").cancelled_bad == 1).await;
        assert_eq!((counts(&lab, "body-get-well").good, counts(&lab, "body-get-torn").bad), (1, 1));
        let slow = lab.report();
        assert_eq!(slow.slo("body-get-well-latency-20ms").unwrap().bad, 1, "the wait in the body counts");
    });
}

#[test]
fn an_event_stream_is_over_with_its_head() {
    let mut lab = Lab::new();
    run(async {
        let app = Router::new()
            .route(
                "/events",
                get(async || ([(CONTENT_TYPE, "text/event-stream")], slow_body(true, Duration::from_secs(30)))),
            )
            .layer(SliLayer::axum().prefix("sse"));
        let address = serve(app).await;
        let line = send(address, "GET", "/events").await;
        until(&mut lab, "the head is counted", |lab| counts(lab, "sse-get-events").good == 1).await;
        drop(line);
        tokio::time::sleep(Duration::from_millis(50)).await;
        lab.tick();
        assert_eq!((counts(&lab, "sse-get-events").good, counts(&lab, "sse-get-events").cancelled()), (1, 0));
    });
}

/// An answer as gRPC gives it: 200, of unknown length, and the status in the trailers, or nowhere.
async fn grpc(status: Option<&'static str>) -> Response {
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(2);
    sender.send_data(Bytes::from_static(b"message")).await.unwrap();
    if let Some(status) = status {
        let status = (HeaderName::from_static("grpc-status"), HeaderValue::from_static(status));
        sender.send_trailers(HeaderMap::from_iter([status])).await.unwrap();
    }
    ([(CONTENT_TYPE, "application/grpc+proto")], Body::new(body)).into_response()
}

#[test]
fn a_grpc_answer_is_judged_by_its_trailers_and_bad_without() {
    let mut lab = Lab::new();
    run(async {
        let refused = || ([("content-type", "application/grpc"), ("grpc-status", "8")], Body::empty()).into_response();
        let app = Router::new()
            .route("/ok", get(async || grpc(Some("0")).await))
            .route("/not-found", get(async || grpc(Some("5")).await))
            .route("/internal", get(async || grpc(Some("13")).await))
            .route("/cancelled", get(async || grpc(Some("1")).await))
            .route("/nonsense", get(async || grpc(Some("fine")).await))
            .route("/mute", get(async || grpc(None).await))
            .route("/refused", get(async move || refused()))
            .layer(SliLayer::axum().prefix("grpc"));
        let address = serve(app).await;
        for path in ["ok", "not-found", "internal", "cancelled", "nonsense", "mute", "refused"] {
            fetch(address, "GET", &format!("/{path}")).await;
        }
        lab.tick();
        let counted = |path: &str| {
            let Counts { good, bad, ignored, shed, .. } = counts(&lab, &format!("grpc-get-{path}"));
            (good, bad, ignored, shed)
        };
        assert_eq!(counted("ok"), (1, 0, 0, 0));
        assert_eq!(counted("not-found"), (1, 0, 0, 0), "the caller's mistake");
        assert_eq!(counted("internal"), (0, 1, 0, 0));
        assert_eq!(counted("cancelled"), (0, 0, 1, 0));
        assert_eq!(counted("nonsense"), (0, 1, 0, 0));
        assert_eq!(counted("mute"), (0, 1, 0, 0));
        assert_eq!(counted("refused"), (0, 0, 0, 1));
    });
}
