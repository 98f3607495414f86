//! What a client that leaves, and a timeout around a handler that hangs, do to the counts.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use reliability_core::testkit::Lab;
use reliability_core::{FailureKind, sli};

use crate::harness::{fetch, run, send, serve, until};

#[sli(name = "hang-ups-patient", objective = "99.9%", cancelled_after = "10s")]
async fn patient() -> &'static str {
    tokio::time::sleep(Duration::from_secs(30)).await;
    "late"
}

#[sli(name = "hang-ups-quick", objective = "99.9%", latency = "99% < 20ms")]
async fn quick() -> &'static str {
    tokio::time::sleep(Duration::from_secs(30)).await;
    "late"
}

#[test]
fn a_client_that_hangs_up_early_is_cancelled_and_ignored() {
    let mut lab = Lab::new();
    run(async {
        let address = serve(Router::new().route("/", get(patient))).await;
        let line = send(address, "GET", "/").await;
        until(&mut lab, "the call is in flight", |lab| lab.report().sli("hang-ups-patient").unwrap().in_flight == 1)
            .await;
        drop(line);
        until(&mut lab, "the hang-up is counted", |lab| lab.report().sli("hang-ups-patient").unwrap().in_flight == 0)
            .await;
        let report = lab.report();
        let counts = report.sli("hang-ups-patient").unwrap().counts;
        assert_eq!((counts.started, counts.cancelled_ignored, counts.cancelled_bad, counts.valid()), (1, 1, 0, 0));
        assert!(report.slo("hang-ups-patient-availability").unwrap().budget_remaining >= 1.0);
    });
}

#[test]
fn a_client_that_left_after_the_threshold_was_failed() {
    let mut lab = Lab::new();
    run(async {
        let address = serve(Router::new().route("/", get(quick))).await;
        let line = send(address, "GET", "/").await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        drop(line);
        until(&mut lab, "the hang-up is counted", |lab| {
            lab.report().sli("hang-ups-quick").unwrap().counts.cancelled() == 1
        })
        .await;
        let report = lab.report();
        let sli = report.sli("hang-ups-quick").unwrap();
        assert_eq!((sli.counts.cancelled_bad, sli.counts.good, sli.counts.bad), (1, 0, 0));
        assert_eq!(report.slo("hang-ups-quick-availability").unwrap().bad, 1);
        assert_eq!(report.slo("hang-ups-quick-latency-20ms").unwrap().bad, 1);
        assert_eq!(sli.failures[0].kind, FailureKind::Cancelled);
        assert!(sli.failures[0].elapsed.unwrap() >= Duration::from_millis(60));
    });
}

#[test]
fn a_timeout_around_a_hanging_handler_does_not_look_like_a_quiet_service() {
    let mut lab = Lab::new();
    run(async {
        let timeout = tower_http::timeout::TimeoutLayer::with_status_code(
            axum::http::StatusCode::GATEWAY_TIMEOUT,
            Duration::from_millis(50),
        );
        let address = serve(Router::new().route("/", get(quick)).layer(timeout)).await;
        for _ in 0..3 {
            assert!(fetch(address, "GET", "/").await.starts_with("HTTP/1.1 504"));
        }
        until(&mut lab, "all are counted", |lab| lab.report().sli("hang-ups-quick").unwrap().counts.cancelled_bad == 3)
            .await;
        let report = lab.report();
        assert_eq!(report.slo("hang-ups-quick-availability").unwrap().bad, 3);
        assert!(report.slo("hang-ups-quick-availability").unwrap().budget_remaining < 0.0);
    });
}

#[test]
fn a_handler_that_hangs_without_a_timeout_is_reported_as_stalled() {
    let mut lab = Lab::new();
    run(async {
        let address = serve(Router::new().route("/", get(quick))).await;
        let _line = send(address, "GET", "/").await;
        until(&mut lab, "the call is in flight", |lab| lab.report().sli("hang-ups-quick").unwrap().in_flight == 1)
            .await;
        let events = lab.advance(Duration::from_secs(10));
        assert!(lab.report().sli("hang-ups-quick").unwrap().stalled_since.is_some());
        assert!(events.iter().any(|event| event.kind.to_string().contains("start and none ends")), "{events:?}");
    });
}
