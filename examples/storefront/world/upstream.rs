//! The two services that the shop calls, each on a loopback port of its own, and the faults that are put into them.
//!
//! In the payments incident the payment service does what overloaded services do: some calls are refused quickly, some are
//! answered late, many still work. In the recommendations incident that service accepts calls and hangs, the fault that
//! hurts callers most. The other one stays well, so that a reader sees which journey is hurt and which is not.
//!
//! The bank keeps a book of its own about what it has charged, by order: one that is sent again is not charged again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::Dice;
use super::incident::{Incident, Kind};
use crate::books::ledger::REQUEST_ID;

/// During the payments incident: the share of charges that are refused, and of those that are late.
const REFUSED: f64 = 0.35;
const LATE: f64 = 0.25;
/// Share of the cards that the bank declines, always.
const DECLINED: f64 = 0.02;
/// During the recommendations incident: how long a call takes, in milliseconds.
const HANGS: std::ops::Range<f64> = 1_500.0..30_000.0;

/// Where the services listen.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) payments: String,
    pub(crate) recommendations: String,
}

/// Which orders the bank has charged.
#[derive(Default)]
pub(crate) struct Bank(Mutex<HashSet<String>>);

impl Bank {
    fn charge(&self, order: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(order.to_owned());
    }

    pub(crate) fn has_charged(&self, order: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(order)
    }
}

struct Service {
    seed: u64,
    incident: Incident,
    bank: Arc<Bank>,
}

/// Starts both.
///
/// # Errors
/// If the system gives no port.
pub(crate) async fn start(seed: u64, incident: Incident, bank: &Arc<Bank>) -> std::io::Result<Addresses> {
    let service = Arc::new(Service { seed, incident, bank: Arc::clone(bank) });
    let payments = Router::new().route("/charge", post(charge)).with_state(Arc::clone(&service));
    let recommendations = Router::new().route("/for-you", get(for_you)).with_state(service);
    Ok(Addresses { payments: serve(payments).await?, recommendations: serve(recommendations).await? })
}

async fn serve(app: Router) -> std::io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn charge(State(service): State<Arc<Service>>, headers: HeaderMap) -> StatusCode {
    let order = order(&headers);
    let dice = Dice::of(service.seed, 1, &order);
    let (fault, declined) = (dice.share(), dice.share() < DECLINED);
    let fault = if service.incident.is(Kind::Payments) { fault } else { 1.0 };
    if fault < REFUSED {
        sleep(dice.millis(2.0..15.0)).await;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let late = if fault < REFUSED + LATE { dice.millis(300.0..1_500.0) } else { Duration::ZERO };
    sleep(late + dice.millis(12.0..45.0)).await;
    if declined {
        return StatusCode::PAYMENT_REQUIRED;
    }
    service.bank.charge(&order);
    StatusCode::OK
}

async fn for_you(State(service): State<Arc<Service>>, headers: HeaderMap) -> Json<Value> {
    let dice = Dice::of(service.seed, 2, &order(&headers));
    let hangs = service.incident.is(Kind::Recommendations);
    sleep(dice.millis(if hangs { HANGS } else { 2.0..9.0 })).await;
    Json(json!(["kettle", "teapot", "strainer"]))
}

fn order(headers: &HeaderMap) -> String {
    headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned()
}
