//! What pipelines ask: may one deploy, must one go back.

use std::time::Duration;

use reliability_core::status::Page;
use reliability_core::testkit::Lab;
use reliability_core::{Objective, Outcome, Sli, Window};
use serde_json::{Value, json};

use crate::ask;

/// A service over an hour, judged for so long.
fn lab(name: &str) -> (Lab, Sli) {
    let sli = Sli::named(name).unwrap();
    let sli =
        sli.declare(|spec| spec.objective(Objective::parse("99%").unwrap()).window(Window::rolling_days(7).unwrap()));
    (Lab::judging([&sli]), sli)
}

#[test]
fn the_verdict_is_unknown_then_go_then_stop_and_go_back() {
    let (mut lab, sli) = lab("gate");
    let page = Page::new(lab.handle()).listen("127.0.0.1:0").unwrap();
    let get = |path: &str| {
        let (status, _, body) = ask(page.address(), "GET", path, "", "");
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let back = || ask(page.address(), "POST", "/reliability/gate/rollback", "", r#"{"name": "shop", "phase": "x"}"#).0;

    let (status, verdict) = get("/reliability/gate");
    assert_eq!((status, &verdict["verdict"]), (200, &json!("unknown")));
    // unknown is no stop
    assert_eq!(get("/reliability/gate?fail=stop").0, 200);
    assert_eq!(back(), 409);

    for _ in 0..7 * 24 {
        sli.record_many(Outcome::Good, 1_000);
        lab.advance_by(Duration::from_secs(3_600), Duration::from_secs(30));
    }
    let (status, verdict) = get("/reliability/gate");
    assert_eq!((status, &verdict["verdict"], &verdict["roll_back"]), (200, &json!("go"), &json!(false)), "{verdict}");
    assert_eq!(verdict["slos"][0]["name"], "gate-availability");
    assert_eq!(verdict["slos"][0]["budget_remaining"], 1.0);
    assert_eq!(get("/reliability/gate?fail=stop").0, 200);

    for _ in 0..60 {
        sli.record_many(Outcome::Bad, 1_000);
        lab.advance_by(Duration::from_secs(60), Duration::from_secs(1));
    }
    let (status, verdict) = get("/reliability/gate");
    assert_eq!((status, &verdict["verdict"], &verdict["roll_back"]), (200, &json!("stop"), &json!(true)), "{verdict}");
    assert!(!verdict["reasons"].as_array().unwrap().is_empty());
    assert_eq!(get("/reliability/gate?fail=stop").0, 409);
    assert_eq!(back(), 200);
    assert_eq!(ask(page.address(), "GET", "/reliability/gate/rollback", "", "").0, 405);
}

#[test]
fn a_parameter_that_is_none_is_named() {
    let (lab, _sli) = lab("gate-parameters");
    let page = Page::new(lab.handle()).listen("127.0.0.1:0").unwrap();
    for (query, field, value, accepted) in
        [("fail=go", "fail", "go", "stop"), ("fial=stop", "fial", "stop", "fail"), ("fail", "fail", "", "stop")]
    {
        let (status, _, body) = ask(page.address(), "GET", &format!("/reliability/gate?{query}"), "", "");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["field"], &body["value"]), (400, &json!(field), &json!(value)), "{query}");
        assert_eq!(body["accepted"], json!([accepted]));
    }
}
