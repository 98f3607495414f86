//! Journeys at the door: begun for a user's request, joined for a peer's, and told back.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use reliability_core::testkit::Lab;
use reliability_core::tower::JourneyLayer;
use reliability_core::{Feature, FeatureSpec, PartSpec, Reading, sli};

use crate::harness::{fetch, run, serve};

static BUY: Feature = Feature::new("web-buy");

#[sli(name = "web-stock", objective = "99%")]
async fn stock(works: bool) -> Result<&'static str, StatusCode> {
    tokio::task::yield_now().await;
    if works { Ok("there is some") } else { Err(StatusCode::BAD_GATEWAY) }
}

fn app() -> Router {
    let layer = JourneyLayer::new(|request| request.uri.path().starts_with("/buy").then_some(&BUY))
        .trust(|request| request.headers.contains_key("x-peer"));
    let hidden = async || {
        let _ = stock(false).await;
        "as if nothing were"
    };
    let broken = async || {
        let _ = stock(true).await;
        StatusCode::INTERNAL_SERVER_ERROR
    };
    Router::new()
        .route("/buy", get(async || stock(true).await))
        .route("/buy/hidden", get(hidden))
        .route("/buy/broken", get(broken))
        .route("/stock", get(async || stock(false).await))
        .layer(layer)
}

#[test]
fn a_request_is_a_journey_and_a_trusted_peers_is_told_how_its_parts_ended() {
    let mut lab = Lab::new();
    let spec = FeatureSpec::new(BUY.name(), Reading::Journey).part(PartSpec::slo("web-stock-availability"));
    lab.set_features(vec![spec]).expect("it is sound");
    run(async {
        let address = serve(app()).await;
        let told = async |path: &str| {
            let answer = fetch(address, "GET", path).await.to_ascii_lowercase();
            answer.lines().find_map(|line| line.strip_prefix("reliability-journey: ").map(str::to_owned))
        };
        for path in ["/buy", "/buy/hidden", "/buy/broken"] {
            assert_eq!(told(path).await, None);
        }
        // a head may be written behind the version, as `fetch` writes what it is given
        let baggage = "baggage: session=17,reliability-journey=web-buy";
        let with = |headers: &str| format!("/stock HTTP/1.1\r\n{headers}\r\nx-rest:");
        assert_eq!(told(&with(baggage)).await, None, "a stranger is told nothing");
        let peer = told(&with(&format!("{baggage}\r\nx-peer: yes"))).await;
        assert_eq!(peer.as_deref(), Some("web-buy;bad=web-stock-availability"));
        assert_eq!(told(&with("x-peer: yes")).await, None, "it is on no journey of theirs");
    });
    lab.tick();
    let report = lab.report();
    let buy = report.feature(BUY.name()).expect("it is judged");
    // good by its answer and its part; bad by its part; bad by its answer
    assert_eq!(buy.journeys, Some((1, 2)));
    assert_eq!(buy.parts[0].failed_journeys, Some((1, 1)));
}
