//! The documented shape of the report as JSON, and the page that shows it.

use std::path::Path;
use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{
    Feature, FeatureSpec, Journey, Latency, Missing, Outcome, PartSpec, Reading, Reliability, Sli, SliSpec, status,
};
use serde_json::Value;

/// Replaces what differs from run to run by its kind.
fn shape(value: &mut Value, key: &str) {
    match value {
        Value::Object(fields) => {
            // a journey takes real time
            if fields.get("name").is_some_and(|name| name == "golden-way-journey") {
                for real in ["failures", "latency"] {
                    fields.insert(real.into(), "<real time>".into());
                }
            }
            fields.iter_mut().for_each(|(key, value)| shape(value, key));
        }
        Value::Array(items) if key == "buckets" => items.truncate(2),
        Value::Array(items) => items.iter_mut().for_each(|item| shape(item, key)),
        Value::Number(_) if matches!(key, "loop_age_seconds") => *value = "<seconds>".into(),
        Value::String(text) if key == "at" && !text.starts_with("2026-03-01") => *value = "<wall clock>".into(),
        _ => {}
    }
}

#[test]
fn the_reports_json_has_its_documented_shape() {
    let sli = Sli::from_spec(
        SliSpec::new("golden")
            .place("shop::cart", "src/cart.rs", 7)
            .objective(reliability_core::Objective::parse("99.9%").expect("a share"))
            .latency(Latency::parse("99% < 250ms").expect("a latency"))
            .features(&["purchase"])
            .owner("payments")
            .tier(1),
    );
    let mut lab = Lab::judging([&sli]);
    let part = |missing| PartSpec::slo("golden-availability").missing(missing, Duration::ZERO);
    let journey = FeatureSpec::new("golden-way", Reading::Journey)
        .title("A golden way")
        .objective(reliability_core::Objective::parse("50%").expect("a share"))
        .part(part(Missing::Ignored))
        .part(PartSpec::slo("elsewhere-availability").optional());
    lab.set_features(vec![journey]).expect("it is sound");
    for outcome in [Outcome::Good, Outcome::Good, Outcome::Good, Outcome::Bad] {
        let feature = Feature::named("golden-way").expect("a name");
        let mut way = Journey::begin(&feature);
        way.enter(|| sli.record(outcome, Duration::from_millis(1)));
        way.end();
    }
    sli.record_many(Outcome::Good, 9_000);
    for millis in [3, 30, 300] {
        sli.record(Outcome::Good, Duration::from_millis(millis));
    }
    sli.record(Outcome::Bad, Duration::from_millis(8));
    lab.advance(Duration::from_secs(61));
    let mut json = serde_json::to_value(lab.report()).expect("it renders");
    shape(&mut json, "");
    let found = format!("{json:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recording/report.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("it can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, golden, "the shape has changed: if on purpose, run again with UPDATE_GOLDEN=1");
}

#[test]
fn the_page_escapes_names_from_elsewhere_and_both_doors_answer() {
    let sli = super::lasting("page");
    let running = Reliability::builder()
        .only("page")
        .service("<script>alert('x')</script>&\"")
        .instance("\u{202e}<b>")
        .sli(sli)
        .start()
        .expect("it starts");
    sli.record(Outcome::Bad, Duration::from_millis(1));
    let (page, json) = (get(&running, "/reliability"), get(&running, "/reliability.json"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"), "{page}");
    assert!(
        page.matches("<script").count() == 1 && !page.contains("<script>alert") && !page.contains("\u{202e}"),
        "{page}"
    );
    let value: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(value["service"]["name"], "<script>alert('x')</script>&\"");
    assert_eq!(value["version"], 1);
}

fn get(running: &Reliability, path: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app: axum::Router = status::router(running.handle());
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let mut client = tokio::net::TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        client.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("it is read");
        server.abort();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("nosniff") && head.contains("no-store"), "{head}");
        body.to_owned()
    })
}
