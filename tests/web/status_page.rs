//! The page and the JSON as a browser and a program get them.

use std::time::Duration;

use axum::Router;
use reliability_core::testkit::Lab;
use reliability_core::{Latency, Objective, Outcome, Reliability, Sli, status};
use serde_json::Value;

use crate::harness::{fetch, run, serve};

#[test]
fn both_routes_answer_and_nest_under_any_path() {
    let sli = Sli::named("page-checkout").unwrap().declare(|spec| {
        spec.objective(Objective::parse("99.9%").unwrap())
            .latency(Latency::parse("99% < 250ms").unwrap())
            .owner("<b>payments</b>")
    });
    let reliability =
        Reliability::builder().service("<script>alert(1)</script>").only("page-").sli(&sli).start().unwrap();
    for _ in 0..90 {
        sli.record(Outcome::Good, Duration::from_millis(20));
    }
    sli.record(Outcome::Bad, Duration::from_millis(20));
    let handle = reliability.handle();
    reliability.stop();
    run(async {
        let app = Router::new().merge(status::router(handle.clone())).nest("/ops", status::router(handle));
        let address = serve(app).await;
        for path in ["/reliability", "/ops/reliability"] {
            let page = fetch(address, "GET", path).await;
            assert!(page.starts_with("HTTP/1.1 200"), "{page}");
            assert!(page.contains("page-checkout-availability") && page.contains("content-security-policy"));
            assert!(page.contains("&lt;script&gt;") && !page.contains("<script>alert"), "names are untrusted");
        }
        let answer = fetch(address, "GET", "/reliability.json").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("application/json"), "{head}");
        let report: Value = serde_json::from_str(body).unwrap();
        let sli = &report["slis"][0];
        assert_eq!(report["version"], 1);
        assert_eq!((&sli["counts"]["good"], &sli["counts"]["bad"]), (&90.into(), &1.into()));
        assert_eq!(sli["slos"][1]["name"], "page-checkout-latency-250ms");
        assert_eq!(sli["slos"][0]["burn"]["5m"], 10.989_010_989);
        assert!(fetch(address, "POST", "/reliability").await.starts_with("HTTP/1.1 405"), "reading only");
    });
}

#[test]
fn a_service_whose_calls_hang_is_not_said_to_be_well() {
    let sli = Sli::named("hanging-page").unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
    let mut lab = Lab::judging([&sli]);
    run(async {
        let address = serve(axum::Router::new().merge(status::router(lab.handle()))).await;
        let page = fetch(address, "GET", "/reliability").await;
        assert!(page.contains("No data yet") && !page.contains("All is well"), "{page}");
        sli.record_many(Outcome::Good, 10);
        let call = sli.begin();
        lab.advance(Duration::from_secs(60));
        // a rendering is a second old at the most
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let page = fetch(address, "GET", "/reliability").await;
        assert!(page.contains("<b class=\"bad\">Somebody is needed</b>") && !page.contains("All is well"), "{page}");
        call.end(Outcome::Good);
    });
}
