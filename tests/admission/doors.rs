//! A gate in front of a router, over real connections.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http_body_util::channel::Channel;
use reliability_core::testkit::Lab;
use reliability_core::tower::{GateLayer, SliLayer};
use reliability_core::{Ask, Counts, Gate, GateMode, Permit, Priority, Shed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{fetch, run, send, serve, until};

fn counts(lab: &Lab, name: &str) -> Counts {
    lab.report().sli(name).map(|sli| sli.counts).unwrap_or_default()
}

/// Fills a gate of size 1.
fn fill(door: &'static Gate) -> Permit {
    door.admit(Priority::Normal).expect("it was empty")
}

async fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..400 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain until {what}");
}

async fn hello() -> &'static str {
    "hello"
}

#[test]
fn a_refused_request_gets_a_503_that_says_when_to_come_back_and_reaches_no_handler() {
    static DOOR: Gate = Gate::new("door-503").bounded(1);
    run(async {
        let app = Router::new()
            .route("/", get(async || -> &'static str { unreachable!("it was refused") }))
            .layer(GateLayer::new(&DOOR));
        let address = serve(app).await;
        let inside = fill(&DOOR);
        let answer = fetch(address, "GET", "/").await;
        for part in
            ["HTTP/1.1 503", "retry-after: ", "reliability-shed: full", "reliability-retry: no", "content-length: 0"]
        {
            assert!(answer.contains(part), "{part} in {answer}");
        }
        drop(inside);
    });
}

#[test]
fn a_refusal_may_be_a_429_and_allow_retries_and_paths_may_be_left_out() {
    static DOOR: Gate = Gate::new("door-429").bounded(1);
    run(async {
        let layer = GateLayer::new(&DOOR).too_many_requests().allow_retries().except("/health");
        let address = serve(Router::new().route("/", get(hello)).route("/health", get(hello)).layer(layer)).await;
        let _inside = fill(&DOOR);
        let answer = fetch(address, "GET", "/").await;
        assert!(answer.contains("HTTP/1.1 429") && !answer.contains("reliability-retry"), "{answer}");
        assert!(fetch(address, "GET", "/health").await.contains("HTTP/1.1 200"));
    });
}

#[test]
fn a_refusal_is_shed_and_neither_good_nor_bad_in_either_order_of_layers() {
    static INNER: Gate = Gate::new("door-inner").bounded(1);
    static OUTER: Gate = Gate::new("door-outer").bounded(1);
    let mut lab = Lab::new();
    run(async {
        let gate_inside = Router::new()
            .route("/inner", get(hello))
            .layer(GateLayer::new(&INNER))
            .layer(SliLayer::axum().prefix("order"));
        let counting = SliLayer::axum().prefix("order");
        let gate_outside = Router::new()
            .route("/outer", get(hello))
            .layer(counting.clone())
            .layer(GateLayer::new(&OUTER).counted_by(&counting));
        let address = serve(gate_inside.merge(gate_outside)).await;
        for path in ["/inner", "/outer"] {
            assert!(fetch(address, "GET", path).await.contains("HTTP/1.1 200"));
        }
        let _inside = [fill(&INNER), fill(&OUTER)];
        for path in ["/inner", "/outer"] {
            assert!(fetch(address, "GET", path).await.contains("HTTP/1.1 503"));
        }
        lab.tick();
        for name in ["order-get-inner", "order-get-outer"] {
            let counts = counts(&lab, name);
            assert_eq!((counts.good, counts.bad, counts.shed), (1, 0, 1), "{name}");
        }
    });
}

#[test]
fn a_handler_that_gives_the_refusal_on_is_counted_as_shed() {
    static DOOR: Gate = Gate::new("door-handler").bounded(1);
    async fn guarded() -> Result<&'static str, Shed> {
        let _permit = DOOR.admit(Ask::current())?;
        Ok("hello")
    }
    let mut lab = Lab::new();
    run(async {
        let app = Router::new().route("/", get(guarded)).layer(SliLayer::axum().prefix("given-on"));
        let address = serve(app).await;
        let _inside = fill(&DOOR);
        assert!(fetch(address, "GET", "/").await.contains("HTTP/1.1 503"));
        lab.tick();
        let counts = counts(&lab, "given-on-get-root");
        assert_eq!((counts.good, counts.bad, counts.shed), (0, 0, 1));
    });
}

#[test]
fn the_permit_ends_with_the_body_and_not_with_the_head() {
    static DOOR: Gate = Gate::new("door-body");
    run(async {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
        let body = std::sync::Mutex::new(Some(body));
        let handler = move || {
            let body = body.lock().unwrap().take().expect("one request");
            async { Response::new(Body::new(body)) }
        };
        let handler = std::sync::Arc::new(handler);
        let app = Router::new().route("/", get(move || handler())).layer(GateLayer::new(&DOOR));
        let address = serve(app).await;
        let mut line = send(address, "GET", "/").await;
        sender.send_data(Bytes::from_static(b"first")).await.unwrap();
        let mut read = vec![0; 1_024];
        let n = line.read(&mut read).await.unwrap();
        assert!(String::from_utf8_lossy(&read[..n]).contains("200 OK"));
        assert_eq!(DOOR.report().in_flight, 1, "the head is sent, the body is not");
        drop(sender);
        wait_for("the body ends", || DOOR.report().in_flight == 0).await;
        assert_eq!(DOOR.report().completed, 1);
    });
}

#[test]
fn an_event_stream_holds_no_place() {
    static DOOR: Gate = Gate::new("door-stream").bounded(1);
    async fn stream() -> Response {
        let (sender, body) = Channel::<Bytes, Infallible>::new(1);
        std::mem::forget(sender); // it never ends by itself
        ([(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))], Body::new(body)).into_response()
    }
    run(async {
        let app = Router::new().route("/", get(stream)).layer(GateLayer::new(&DOOR));
        let address = serve(app).await;
        let mut lines = Vec::new();
        for _ in 0..3 {
            let mut line = send(address, "GET", "/").await;
            let mut read = vec![0; 256];
            assert!(line.read(&mut read).await.unwrap() > 0);
            lines.push(line);
        }
        let report = DOOR.report();
        assert_eq!((report.detached, report.in_flight, report.refused.total()), (3, 0, 0));
        drop(lines);
        wait_for("the streams are gone", || DOOR.report().detached == 0).await;
    });
}

#[test]
fn an_idle_connection_holds_no_permit() {
    static DOOR: Gate = Gate::new("door-idle").bounded(1);
    run(async {
        let address = serve(Router::new().route("/", get(hello)).layer(GateLayer::new(&DOOR))).await;
        let mut idle = Vec::new();
        for _ in 0..5 {
            let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
            line.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
            let mut read = vec![0; 512];
            let n = line.read(&mut read).await.unwrap();
            assert!(String::from_utf8_lossy(&read[..n]).contains("200 OK"));
            idle.push(line);
        }
        wait_for("all have ended", || DOOR.report().in_flight == 0).await;
        assert_eq!(DOOR.report().admitted, 5);
    });
}

#[test]
fn a_client_that_hangs_up_gives_its_place_back() {
    static DOOR: Gate = Gate::new("door-hang-up").bounded(1);
    run(async {
        let app = Router::new()
            .route("/", get(async || std::future::pending::<&'static str>().await))
            .layer(GateLayer::new(&DOOR));
        let address = serve(app).await;
        let line = send(address, "GET", "/").await;
        wait_for("it is inside", || DOOR.report().in_flight == 1).await;
        drop(line);
        wait_for("it is gone", || DOOR.report().in_flight == 0).await;
    });
}

#[test]
fn the_ask_comes_in_from_trusted_peers_only_and_is_the_handlers() {
    static DOOR: Gate = Gate::new("door-trust");
    DOOR.set_mode(GateMode::Monitor);
    let app = || Router::new().route("/", get(async || Ask::current().to_string()));
    let with_header = |app: Router| async move {
        let address = serve(app).await;
        let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
        let head =
            "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nreliability-ask: critical; level=3\r\n\r\n";
        line.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned()
    };
    run(async {
        let says = GateLayer::new(&DOOR)
            .ask(|head| if head.uri.path() == "/" { Priority::Low.into() } else { Ask::default() });
        assert_eq!(with_header(app().layer(says.clone())).await, "low");
        assert_eq!(with_header(app().layer(says.trust(|_| true))).await, "critical; level=3");
    });
}

#[test]
fn a_grpc_request_is_refused_with_a_status() {
    static DOOR: Gate = Gate::new("door-grpc").bounded(1);
    let mut lab = Lab::new();
    run(async {
        let app = Router::new()
            .route("/shop.Cart/Get", axum::routing::post(hello))
            .layer(GateLayer::new(&DOOR))
            .layer(SliLayer::axum().prefix("grpc-door"));
        let address = serve(app).await;
        let _inside = fill(&DOOR);
        let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = "POST /shop.Cart/Get HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/grpc\r\ncontent-length: 0\r\n\r\n";
        line.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        for part in [
            "HTTP/1.1 200",
            "grpc-status: 14",
            "grpc-retry-pushback-ms: -1",
            "retry-after: ",
            "grpc-message: refused at door-grpc",
        ] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
        until(&mut lab, "it is counted", |lab| counts(lab, "grpc-door-post-shop-cart-get").shed == 1).await;
        assert_eq!(counts(&lab, "grpc-door-post-shop-cart-get").bad, 0);
    });
}

#[test]
fn the_ask_goes_out_in_a_header() {
    let (name, value) =
        reliability_core::admission::with(Ask::new(Priority::High).attempt(2), reliability_core::http::ask_header);
    assert_eq!(
        (name, value),
        (HeaderName::from_static("reliability-ask"), HeaderValue::from_static("high; attempt=2"))
    );
}
