//! How the shop calls the services it needs: pooled connections, a time limit on every call, an error that says which it was.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reliability_core::{Classify, Outcome, sli};
use tokio::time::timeout;

use crate::books::ledger::REQUEST_ID;
use crate::world::upstream::Addresses;

/// A customer who pays is told after this long that it did not work, before patience ends.
const PAYMENT_LIMIT: Duration = Duration::from_millis(800);
/// A page is not held up for what is only nice to have.
pub(super) const ADDITION_LIMIT: Duration = Duration::from_millis(100);
/// Longer than any visitor waits, as limits are that nobody ever needed.
pub(super) const HOME_LIMIT: Duration = Duration::from_secs(3);

/// What a service did instead of answering.
pub(crate) enum Fault {
    TimedOut,
    Failed(String),
}

impl Classify for Fault {
    fn classify(&self) -> Outcome {
        Outcome::Bad
    }
}

/// The shop's side of its services.
pub(crate) struct Services {
    client: Client<HttpConnector, Full<Bytes>>,
    addresses: Addresses,
}

impl Services {
    pub(crate) fn new(addresses: Addresses) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), addresses }
    }

    /// True if the bank accepts the card. Measured by itself, because the checkout may do without it.
    #[sli(name = "payments", objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "payments")]
    pub(crate) async fn charge(&self, order: &str, cents: u64) -> Result<bool, Fault> {
        let uri = format!("http://{}/charge", self.addresses.payments);
        let request = Request::post(uri).header(REQUEST_ID, order).body(Full::from(cents.to_string()));
        match self.call(request, PAYMENT_LIMIT).await? {
            (StatusCode::PAYMENT_REQUIRED, _) => Ok(false),
            (status, _) if status.is_success() => Ok(true),
            (status, _) => Err(Fault::Failed(format!("the payment service said {status}"))),
        }
    }

    /// What is recommended. Measured by itself, so that a slow page and a slow service can be told apart.
    #[sli(name = "recommender", objective = "99%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue")]
    pub(crate) async fn recommendations(&self, visit: &str, limit: Duration) -> Result<Vec<String>, Fault> {
        let uri = format!("http://{}/for-you", self.addresses.recommendations);
        let request = Request::get(uri).header(REQUEST_ID, visit).body(Full::default());
        let (_, body) = self.call(request, limit).await?;
        serde_json::from_slice(&body).map_err(|error| Fault::Failed(error.to_string()))
    }

    async fn call(
        &self,
        request: axum::http::Result<Request<Full<Bytes>>>,
        limit: Duration,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let request = request.map_err(|error| Fault::Failed(error.to_string()))?;
        let answer = async {
            let response = self.client.request(request).await.map_err(|error| Fault::Failed(error.to_string()))?;
            let status = response.status();
            let body = response.into_body().collect().await.map_err(|error| Fault::Failed(error.to_string()))?;
            Ok((status, body.to_bytes()))
        };
        timeout(limit, answer).await.map_err(|_| Fault::TimedOut)?
    }
}
