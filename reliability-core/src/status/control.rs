//! A person's hand on what acts: `POST /reliability/control/…`, there only where tokens were given.
//!
//! `kill-switch {on}`, `policy {policy, do: engage|release|automatic}`, `switch {switch, value: text|null}`,
//! `approval {id, digest, answer: approve|decline}`, and `whoami {}`, which changes nothing. Each is JSON, answered with JSON;
//! what is wrong names the field, the value, and what is accepted. Nothing is changed by GET. Without a token the answer is
//! 401 before anything is read; an order is at most 4 KiB.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::order::{LONGEST, Order, PolicyWord, Refusal, read};
use super::token::{ControlToken, bearer};
use super::{Live, headers};
use crate::Handle;
use crate::compensate::{ApprovalError, ControlError};

/// Answers an order of this path.
pub(super) async fn control(live: &Live, tokens: &[ControlToken], path: &'static str, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        let refusal = Refusal::new("orders are given by POST").field("method", head.method.as_str()).accepts(["POST"]);
        return ([(ALLOW, "POST")], answer(StatusCode::METHOD_NOT_ALLOWED, &refusal.json())).into_response();
    }
    let Some(by) = bearer(tokens, &head.headers) else {
        let refusal = Refusal::new("an order needs a token that is known").accepts(["Authorization: Bearer <token>"]);
        return ([(WWW_AUTHENTICATE, "Bearer")], answer(StatusCode::UNAUTHORIZED, &refusal.json())).into_response();
    };
    if !is_json(&head.headers) {
        let refusal = Refusal::new("an order is JSON").field("content-type", content_type(&head.headers));
        return answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, &refusal.accepts(["application/json"]).json());
    }
    let Ok(body) = to_bytes(body, LONGEST).await else {
        let refusal = Refusal::new(format!("an order is at most {LONGEST} bytes long, and complete"));
        return answer(StatusCode::PAYLOAD_TOO_LARGE, &refusal.json());
    };
    let order = match read(path, &body) {
        Some(Ok(order)) => order,
        Some(Err(refusal)) => return answer(StatusCode::BAD_REQUEST, &refusal.json()),
        None => return answer(StatusCode::NOT_FOUND, &Refusal::new("there is no such order").json()),
    };
    match carry_out(live.handle(), &order, by) {
        Ok(()) => answer(StatusCode::OK, &json!({"done": true, "by": by})),
        Err((status, refusal)) => answer(status, &refusal.json()),
    }
}

pub(super) fn answer(status: StatusCode, json: &Value) -> Response {
    (status, headers(), [(CONTENT_TYPE, "application/json")], Body::from(json.to_string())).into_response()
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Said in so many words: a form, which any page may send, never is.
fn is_json(headers: &HeaderMap) -> bool {
    let essence = content_type(headers).split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn carry_out(handle: &Handle, order: &Order, by: &str) -> Result<(), (StatusCode, Refusal)> {
    match order {
        Order::Whoami => Ok(()),
        Order::KillSwitch { on } => {
            handle.kill_switch(*on, Some(by));
            Ok(())
        }
        Order::Policy { policy, what } => match what {
            PolicyWord::Engage => handle.engage(policy, Some(by)),
            PolicyWord::Release => handle.release(policy, Some(by)),
            PolicyWord::Automatic => handle.automatic(policy, Some(by)),
        }
        .map_err(|error| refused(&error)),
        Order::Switch { switch, value } => {
            handle.set_switch(switch, value.as_deref(), Some(by)).map_err(|error| refused(&error))
        }
        Order::Approval { id, digest, yes } => {
            handle.approve(id, digest, by, *yes).map_err(|error| unapproved(&error, id, digest))
        }
    }
}

fn refused(error: &ControlError) -> (StatusCode, Refusal) {
    let refusal = Refusal::new(error.to_string());
    match error {
        ControlError::UnknownPolicy { name, known } => {
            (StatusCode::NOT_FOUND, refusal.field("policy", name.as_str()).accepts(known.iter().cloned()))
        }
        ControlError::UnknownSwitch { name, known } => {
            (StatusCode::NOT_FOUND, refusal.field("switch", name.as_str()).accepts(known.iter().cloned()))
        }
        ControlError::Value { value, accepted, .. } => {
            (StatusCode::BAD_REQUEST, refusal.field("value", value.as_str()).accepts([accepted.clone()]))
        }
        ControlError::Shadow { name } => (StatusCode::CONFLICT, refusal.field("policy", name.as_str())),
        ControlError::Killed => (StatusCode::CONFLICT, refusal),
        ControlError::Busy => (StatusCode::SERVICE_UNAVAILABLE, refusal),
    }
}

fn unapproved(error: &ApprovalError, id: &str, digest: &str) -> (StatusCode, Refusal) {
    let refusal = Refusal::new(error.to_string());
    match error {
        ApprovalError::Unknown => (StatusCode::NOT_FOUND, refusal.field("id", id)),
        ApprovalError::OtherPlan => (StatusCode::CONFLICT, refusal.field("digest", digest)),
        ApprovalError::Requester => (StatusCode::FORBIDDEN, refusal),
        _ => (StatusCode::CONFLICT, refusal),
    }
}
