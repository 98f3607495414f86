//! May one deploy now, and must one go back? For pipelines, which read a status and a line of JSON.
//!
//! `GET /reliability/gate` answers 200 with `{verdict: go|stop|unknown, roll_back, reasons[], slos[], running, known_good}`; with
//! `?fail=stop` a stop is 409 instead, for pipelines that look at the status alone. *Unknown* is 200 in both: too little is
//! known, and whether that stops a pipeline is for the pipeline to say (Argo Rollouts' web metric reads `verdict` and has a
//! condition for success and one for failure, and calls the rest inconclusive).
//!
//! `POST /reliability/gate/rollback` answers 200 only when one should go back now, else 409, as Flagger's rollback webhook reads
//! it; its body is not looked at. It changes nothing: it is a POST because Flagger sends one.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Live;
use super::control::answer;
use super::order::Refusal;
use crate::compensate::{GateVerdict, Verdict, verdict};

/// The verdict.
pub(super) fn gate(live: &Live, query: Option<&str>) -> Response {
    let fails = match query.unwrap_or_default() {
        "" => false,
        "fail=stop" => true,
        other => {
            let (name, value) = other.split_once('=').unwrap_or((other, ""));
            let known = name == "fail" && !value.contains('&');
            let refusal = if known {
                Refusal::new("`fail` says which verdict is a failure").field(name, value).accepts(["stop"])
            } else {
                Refusal::new(format!("there is no parameter {name:?}")).field(name, value).accepts(["fail"])
            };
            return answer(StatusCode::BAD_REQUEST, &refusal.json());
        }
    };
    let verdict = verdict(&live.handle().report());
    let status = if fails && verdict.verdict == Verdict::Stop { StatusCode::CONFLICT } else { StatusCode::OK };
    answer(status, &rendered(&verdict))
}

/// Whether to go back now.
pub(super) fn rollback(live: &Live) -> Response {
    let verdict = verdict(&live.handle().report());
    answer(if verdict.roll_back { StatusCode::OK } else { StatusCode::CONFLICT }, &rendered(&verdict))
}

fn rendered(verdict: &GateVerdict) -> Value {
    let slos = verdict.slos.iter().map(|slo| {
        json!({
            "name": slo.slo, "budget_remaining": rounded(slo.budget_remaining), "coverage": rounded(slo.coverage),
            "paging": slo.paging, "detected": slo.detected,
        })
    });
    json!({
        "verdict": verdict.verdict.as_str(),
        "roll_back": verdict.roll_back,
        "reasons": verdict.reasons,
        "slos": slos.collect::<Vec<_>>(),
        "running": verdict.running,
        "known_good": verdict.known_good,
    })
}

/// At most 12 significant digits, as in the report.
fn rounded(value: f64) -> Value {
    let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(f64::NAN);
    serde_json::Number::from_f64(rounded).map_or(Value::Null, Value::Number)
}
