//! The two services that the shop calls, each on a loopback port of its own, and the fault that is put into one of them.
//!
//! During the incident the payment service does what overloaded services do: some calls are refused quickly, some are
//! answered late, many still work. The recommendation service stays well, so that a reader sees which journey is hurt and
//! which is not.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::{Dice, Incident};

/// During the incident: the share of charges that are refused, and of those that are late.
const REFUSED: f64 = 0.35;
const LATE: f64 = 0.25;
/// Share of the cards that the bank declines, always.
const DECLINED: f64 = 0.02;

/// Where the services listen.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) payments: String,
    pub(crate) recommendations: String,
}

struct Service {
    incident: Incident,
    dice: Dice,
}

/// Starts both.
///
/// # Errors
/// If the system gives no port.
pub(crate) async fn start(seed: u64, incident: Incident) -> std::io::Result<Addresses> {
    let service = |user| Arc::new(Service { incident, dice: Dice::new(seed, user) });
    let payments = Router::new().route("/charge", post(charge)).with_state(service(1));
    let recommendations = Router::new().route("/for-you", get(for_you)).with_state(service(2));
    Ok(Addresses { payments: serve(payments).await?, recommendations: serve(recommendations).await? })
}

async fn serve(app: Router) -> std::io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn charge(State(service): State<Arc<Service>>) -> StatusCode {
    let (fault, declined) = (service.dice.share(), service.dice.share() < DECLINED);
    let fault = if service.incident.is_on() { fault } else { 1.0 };
    if fault < REFUSED {
        sleep(service.dice.millis(2.0..15.0)).await;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let late = if fault < REFUSED + LATE { service.dice.millis(300.0..1_500.0) } else { Duration::ZERO };
    sleep(late + service.dice.millis(12.0..45.0)).await;
    if declined { StatusCode::PAYMENT_REQUIRED } else { StatusCode::OK }
}

async fn for_you(State(service): State<Arc<Service>>) -> Json<Value> {
    sleep(service.dice.millis(2.0..9.0)).await;
    Json(json!(["kettle", "teapot", "strainer"]))
}
