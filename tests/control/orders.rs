//! Orders by the endpoint: who may give them, what they do, and what is said about a wrong one.

use std::time::Duration;

use reliability_core::compensate::Step;
use reliability_core::hook::{Command, Hook};
use reliability_core::status::Page;
use reliability_core::{ApprovalState, EventKind, SetBy};
use serde_json::json;

use crate::{ALEX, KIM, Service, ask, order, until};

#[test]
fn without_a_known_token_nothing_is_read_and_nothing_changed() {
    let service = Service::new("control-tokens");
    let body = r#"{"on": true}"#;
    for token in [None, Some("nobody-0123456789abcdef"), Some(""), Some(&KIM[..KIM.len() - 1])] {
        let (status, answer) = order(service.address(), "kill-switch", token, body);
        assert_eq!(status, 401, "{token:?}");
        assert_eq!(answer["accepted"], json!(["Authorization: Bearer <token>"]));
    }
    // not in the address either, and by no other method
    let headers = "content-type: application/json\r\n";
    let path = format!("/reliability/control/kill-switch?token={KIM}");
    assert_eq!(ask(service.address(), "POST", &path, headers, body).0, 401);
    let headers = format!("{headers}authorization: Bearer {KIM}\r\n");
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let (status, head, _) = ask(service.address(), method, "/reliability/control/kill-switch", &headers, body);
        assert_eq!(status, 405, "{method}");
        assert!(head.contains("allow: post"), "{head}");
    }
    assert!(!service.running.report().response.kill_switch);
}

#[test]
fn an_order_that_a_form_could_send_is_refused() {
    let service = Service::new("control-forms");
    let token = format!("authorization: Bearer {KIM}\r\n");
    for kind in ["", "content-type: text/plain\r\n", "content-type: application/x-www-form-urlencoded\r\n"] {
        let path = "/reliability/control/kill-switch";
        assert_eq!(ask(service.address(), "POST", path, &format!("{token}{kind}"), r#"{"on": true}"#).0, 415, "{kind}");
    }
    // a page elsewhere may not even ask: there is no answer to a preflight that would allow it
    let preflight = "origin: http://evil.example\r\naccess-control-request-method: POST\r\n";
    let (status, head, _) = ask(service.address(), "OPTIONS", "/reliability/control/kill-switch", preflight, "");
    assert!(status == 405 && !head.contains("access-control-allow"), "{head}");
    assert!(!service.running.report().response.kill_switch);
}

#[test]
fn without_tokens_there_is_no_control() {
    let service = Service::new("control-none");
    let page = Page::new(service.running.handle()).listen("127.0.0.1:0").unwrap();
    let headers = format!("authorization: Bearer {KIM}\r\ncontent-type: application/json\r\n");
    assert_eq!(ask(page.address(), "POST", "/reliability/control/kill-switch", &headers, r#"{"on": true}"#).0, 404);
    // before the script, which knows how to act wherever there is something to act by
    let body = |address| {
        let (_, _, page) = ask(address, "GET", "/reliability", "", "");
        page.split_once("<script").unwrap().0.to_owned()
    };
    let without = body(page.address());
    assert!(!without.contains("data-path") && !without.contains("id=\"token\""));
    let with = body(service.address());
    assert!(with.contains("data-path") && with.contains("id=\"token\"") && !with.contains(KIM));
}

#[test]
fn a_switch_is_set_and_let_go_by_name() {
    let service = Service::new("control-switch");
    let flag = service.flag;
    let body = |value: &str| format!(r#"{{"switch": "flag/control-switch-flag", "value": {value}}}"#);
    assert_eq!(service.order("switch", &body("\"off\"")), (200, json!({"done": true, "by": "kim"})));
    assert_eq!((flag.enabled(), flag.set_by()), (false, SetBy::Manual));
    assert_eq!(service.order("switch", &body("\"25%\"")).0, 200);
    assert!((flag.share().as_f64() - 0.25).abs() < 1e-9);
    until("it is told who", || {
        let report = service.running.report();
        let by = report.response.switch("control-switch-flag").and_then(|switch| switch.by.clone());
        by.as_deref() == Some("kim")
            && report.events.iter().any(|event| {
                matches!(&event.kind, EventKind::Switched { by: Some(by), set_by: SetBy::Manual, .. } if by == "kim")
            })
    });
    assert_eq!(service.order("switch", &body("null")).0, 200);
    assert_eq!((flag.enabled(), flag.set_by()), (true, SetBy::Declared));
}

#[test]
fn a_wrong_order_is_told_its_field_its_value_and_what_is_accepted() {
    let service = Service::new("control-wrong");
    let (status, answer) = service.order("switch", r#"{"switch": "flag/control-wrong-flag", "value": "maybe"}"#);
    assert_eq!((status, &answer["field"], &answer["value"]), (400, &json!("value"), &json!("maybe")));
    assert!(answer["accepted"][0].as_str().unwrap().contains("on, off"), "{answer}");
    let (status, answer) = service.order("switch", r#"{"switch": "no-such", "value": "on"}"#);
    assert_eq!((status, &answer["field"], &answer["value"]), (404, &json!("switch"), &json!("no-such")));
    let (status, answer) = service.order("policy", r#"{"policy": "no-such", "do": "engage"}"#);
    assert_eq!((status, &answer["field"]), (404, &json!("policy")));
    assert_eq!(answer["accepted"], json!(["control-wrong", "control-wrong-shadow"]));
    let (status, answer) = service.order("policy", r#"{"policy": "control-wrong", "do": "stop"}"#);
    assert_eq!((status, answer["accepted"].clone()), (400, json!(["engage", "release", "automatic"])));
    let (status, answer) = service.order("policy", r#"{"policy": "control-wrong-shadow", "do": "engage"}"#);
    assert_eq!((status, answer["value"].clone()), (409, json!("control-wrong-shadow")));
    let (status, answer) = service.order("approval", r#"{"id": "x", "digest": "y", "answer": "approve"}"#);
    assert_eq!((status, answer["field"].clone()), (404, json!("id")));
    assert_eq!(service.order("kill-switch", "{").0, 400);
    assert_eq!(service.order("kill-switch", &format!(r#"{{"on": "{}"}}"#, "x".repeat(5_000))).0, 413);
    assert_eq!(service.order("whoami", ""), (200, json!({"done": true, "by": "kim"})));
}

#[test]
fn a_policy_is_engaged_released_and_stopped_with_all_others() {
    let service = Service::new("control-policy");
    let flag = service.flag;
    let say = |what: &str| service.order("policy", &format!(r#"{{"policy": "{}", "do": "{what}"}}"#, service.name)).0;
    assert_eq!(say("engage"), 200);
    until("it is engaged", || !flag.enabled());
    assert_eq!(flag.set_by(), SetBy::Policy);
    assert_eq!(say("release"), 200);
    until("it is released", || flag.enabled());
    assert_eq!(say("engage"), 200);
    until("it is engaged again", || !flag.enabled());
    assert_eq!(service.order("kill-switch", r#"{"on": true}"#).0, 200);
    // at once, without the loop
    assert!(flag.enabled() && service.running.report().response.kill_switch);
    assert_eq!(say("engage"), 409);
    assert_eq!(service.order("kill-switch", r#"{"on": false}"#).0, 200);
    assert!(!service.running.report().response.kill_switch);
    assert!(service.sli.name() == service.name);
}

#[test]
fn a_plan_is_approved_by_another_token_than_the_one_that_asked() {
    let hook =
        || Step::run(Hook::command("say", Command::new("/bin/echo").arg("done")).approval(Duration::from_secs(60)));
    let service = Service::named("control-approval", |_| hook());
    assert_eq!(service.order("policy", r#"{"policy": "control-approval", "do": "engage"}"#).0, 200);
    let approval = || service.running.report().response.approvals.first().cloned();
    until("somebody is asked", || approval().is_some());
    let asked = approval().unwrap();
    assert_eq!(asked.requester, "kim");
    let answer = |token, digest: &str| {
        let body = json!({"id": asked.id, "digest": digest, "answer": "approve"}).to_string();
        order(service.address(), "approval", Some(token), &body).0
    };
    assert_eq!(answer(KIM, &asked.digest), 403);
    assert_eq!(answer(ALEX, "another"), 409);
    assert_eq!(approval().unwrap().state, ApprovalState::Pending);
    assert_eq!(answer(ALEX, &asked.digest), 200);
    assert_eq!(answer(ALEX, &asked.digest), 409);
    until("it is done", || {
        service.running.report().events.iter().any(|event| event.kind.to_string().ends_with("approved by alex"))
    });
}
