//! Webhooks arrive signed, once in effect however often they are tried, and give up where it is hopeless.

use std::io::Write;
use std::time::Duration;

use reliability_core::hook::{Hook, HookError, Occasion, Secret, Webhook};
use standardwebhooks::Webhook as Verifier;

use crate::receiver::{Answer, listen, status};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A file with a secret, gone with the value.
pub(crate) struct Kept(std::path::PathBuf);

impl Kept {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("reliability-hooks-{}-{name}", std::process::id()));
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        Self(path)
    }

    pub(crate) fn secret(&self) -> Secret {
        Secret::file(&self.0)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn occasion() -> Occasion {
    Occasion::new("shop")
        .policy("payments-down")
        .sli("payments")
        .version("1.4.2")
        .reason("8 of \"10\" failed\nat {version}")
}

fn quick(url: &str, secret: &Kept) -> Webhook {
    Webhook::new(url, secret.secret()).unwrap().pause(Duration::from_millis(1)).timeout(Duration::from_secs(5))
}

#[test]
fn an_independent_library_verifies_what_is_signed() {
    let secret = Kept::new("verified", &format!("{SECRET}\n"));
    let token = Kept::new("token", "Bearer hunter22hunter22");
    let (url, letters) = listen(vec![status("200 OK")]);
    let hook = Hook::webhook(quick(&url, &secret).header("Authorization", token.secret()).unwrap());

    let plan = hook.plan(&occasion()).unwrap();
    let outcome = hook.carry_out(&plan).unwrap();

    assert_eq!((outcome.said.as_str(), outcome.output.as_str(), outcome.attempts), ("200 OK", "ok", 1));
    let letter = letters.recv().unwrap();
    assert_eq!(letter.head, "POST /order HTTP/1.1");
    Verifier::new(SECRET).unwrap().verify(&letter.body, &letter.headers).unwrap();
    let other = Verifier::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
    assert!(other.verify(&letter.body, &letter.headers).is_err());
    assert_eq!(letter.headers["authorization"], "Bearer hunter22hunter22");
    let body: serde_json::Value = serde_json::from_slice(&letter.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"type": "reliability.compensation", "data": {
            "service": "shop", "policy": "payments-down", "sli": "payments", "version": "1.4.2",
            "reason": "8 of \"10\" failed\nat {version}",
        }})
    );
    let shown = format!("{plan} {plan:?} {hook:?}");
    assert!(!shown.contains("hunter22") && !shown.contains("MfKQ9r8G"), "{shown}");
}

#[test]
fn a_body_of_ones_own_is_filled_in_and_stays_json() {
    let secret = Kept::new("body", SECRET);
    let (url, letters) = listen(vec![status("202 Accepted")]);
    let template = r#"{"to": "{version}", "why": ["{reason}"], "nested": {"of": "{service}"}}"#;
    let hook = Hook::webhook(quick(&url, &secret).body(template).unwrap());
    hook.carry_out(&hook.plan(&occasion()).unwrap()).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&letters.recv().unwrap().body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "to": "1.4.2", "why": ["8 of \"10\" failed\nat {version}"], "nested": {"of": "shop"},
        })
    );
}

#[test]
fn what_may_pass_is_tried_again_under_the_same_id() {
    let secret = Kept::new("again", SECRET);
    let (url, letters) =
        listen(vec![status("503 Service Unavailable"), status("429 Too Many"), status("204 No Content")]);
    let hook = Hook::webhook(quick(&url, &secret));
    let outcome = hook.carry_out(&hook.plan(&occasion()).unwrap()).unwrap();
    assert_eq!(outcome.attempts, 3);
    let letters: Vec<_> = letters.iter().take(3).collect();
    for letter in &letters {
        assert_eq!(letter.headers["webhook-id"], letters[0].headers["webhook-id"]);
        Verifier::new(SECRET).unwrap().verify(&letter.body, &letter.headers).unwrap();
    }
}

#[test]
fn a_receiver_that_never_answers_is_given_up_after_the_last_attempt() {
    let secret = Kept::new("silent", SECRET);
    let (url, _letters) = listen(vec![Answer::Silence, Answer::Silence]);
    let hook = Hook::webhook(quick(&url, &secret).timeout(Duration::from_millis(50)).attempts(2));
    let error = hook.carry_out(&hook.plan(&occasion()).unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("tried 2 times: "), "{error}");
}

#[test]
fn a_refusal_is_final_and_a_redirect_is_not_followed() {
    let secret = Kept::new("final", SECRET);
    for line in ["400 Bad Request", "401 Unauthorized", "307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/"] {
        let (url, letters) = listen(vec![status(line)]);
        let hook = Hook::webhook(quick(&url, &secret));
        let error = hook.carry_out(&hook.plan(&occasion()).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the receiver answered {}", &line[..3])), "{error}");
        assert_eq!(letters.iter().count(), 1);
    }
}

#[test]
fn an_answer_without_an_end_is_read_to_a_bound() {
    let secret = Kept::new("endless", SECRET);
    let (url, _letters) = listen(vec![Answer::Endless]);
    let hook = Hook::webhook(quick(&url, &secret));
    let outcome = hook.carry_out(&hook.plan(&occasion()).unwrap()).unwrap();
    assert_eq!(outcome.output.len(), 4096);
}

#[test]
fn a_secret_that_is_none_stops_before_anything_is_sent() {
    let wrong = Kept::new("wrong", "hunter22hunter22hunter22");
    let hook = Hook::webhook(quick("http://127.0.0.1:9/", &wrong));
    let error = hook.carry_out(&hook.plan(&occasion()).unwrap()).unwrap_err().to_string();
    assert!(
        error.starts_with("a signing secret begins with whsec_: the file ") && !error.contains("hunter22"),
        "{error}"
    );
    let missing = Webhook::new("http://127.0.0.1:9/", Secret::variable("RELIABILITY_TEST_NOT_SET")).unwrap();
    let hook = Hook::webhook(missing);
    assert!(matches!(hook.carry_out(&hook.plan(&occasion()).unwrap()), Err(HookError::Secret(_))));
}

#[test]
fn what_cannot_be_meant_is_refused_when_it_is_declared() {
    let secret = || Secret::variable("X");
    for url in ["", "order", "ftp://host/", "http://", "http://user:hunter22@host/", "http:///path"] {
        let error = Webhook::new(url, secret()).unwrap_err().to_string();
        assert!(error.contains("a webhook goes to a URL") && !error.contains("hunter22"), "{error}");
    }
    let webhook = || Webhook::new("http://host/?key=hunter22", secret()).unwrap();
    assert!(!format!("{:?}", webhook()).contains("hunter22"));
    assert!(!Hook::webhook(webhook()).plan(&occasion()).unwrap().text().contains("hunter22"));
    for (name, why) in [("Webhook-Id", "is set already"), ("a b", "has a name that no header can have")] {
        let error = webhook().header(name, secret()).unwrap_err().to_string();
        assert_eq!(error, format!("the header `{name}` {why}"));
    }
    let error = webhook().body(r#"{"to": {version}}"#).unwrap_err().to_string();
    assert!(error.starts_with("the body of a webhook is JSON: "), "{error}");
}
