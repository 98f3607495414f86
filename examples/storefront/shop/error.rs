//! What the shop says when it cannot do what it was asked, and whether that is held against it.
//!
//! The two questions have different answers. A card that the bank declines is an error to the visitor and no verdict on
//! the shop, so the derive calls it ignored; a payment service that fails is the shop's failure, whoever caused it.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use reliability_core::{Outcome, Shed};

use super::services::Fault;
use crate::books::customers::REFUSAL;

/// Why a checkout did not end with a receipt. Variants are bad unless they say otherwise.
#[derive(Debug, Outcome)]
pub(super) enum CheckoutError {
    #[outcome(ignored)]
    Declined,
    PaymentTimedOut,
    PaymentFailed(String),
    #[outcome(shed)]
    Refused(Refused),
}

/// There was no place in the shop. The visitor is told when to come back, with a status that nothing else here has.
#[derive(Debug, Outcome)]
#[outcome(shed)]
pub(super) struct Refused(Shed);

impl From<Shed> for Refused {
    fn from(shed: Shed) -> Self {
        Self(shed)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let seconds = self.0.retry_after().as_secs().max(1).to_string();
        (REFUSAL, [(header::RETRY_AFTER, seconds)], self.0.to_string()).into_response()
    }
}

impl From<Shed> for CheckoutError {
    fn from(shed: Shed) -> Self {
        Self::Refused(Refused(shed))
    }
}

impl From<Fault> for CheckoutError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TimedOut => Self::PaymentTimedOut,
            Fault::Failed(why) => Self::PaymentFailed(why),
        }
    }
}

impl IntoResponse for CheckoutError {
    fn into_response(self) -> Response {
        match self {
            Self::Declined => (StatusCode::PAYMENT_REQUIRED, "the bank declined the card").into_response(),
            Self::PaymentTimedOut => (StatusCode::GATEWAY_TIMEOUT, "the payment took too long").into_response(),
            Self::Refused(refused) => refused.into_response(),
            Self::PaymentFailed(why) => (StatusCode::BAD_GATEWAY, why).into_response(),
        }
    }
}

/// Why there was no home page.
#[derive(Debug, Outcome)]
pub(super) enum HomeError {
    RecommendationsHang,
    NewPageBroken,
    #[outcome(shed)]
    Refused(Refused),
}

impl From<Shed> for HomeError {
    fn from(shed: Shed) -> Self {
        Self::Refused(Refused(shed))
    }
}

impl IntoResponse for HomeError {
    fn into_response(self) -> Response {
        match self {
            Self::RecommendationsHang => {
                (StatusCode::GATEWAY_TIMEOUT, "the recommendations took too long").into_response()
            }
            Self::Refused(refused) => refused.into_response(),
            Self::NewPageBroken => (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong").into_response(),
        }
    }
}

/// Why there were no recommendations.
#[derive(Debug, Outcome)]
pub(super) enum Unavailable {
    Fault(String),
    #[outcome(shed)]
    Refused(Refused),
}

impl From<Shed> for Unavailable {
    fn from(shed: Shed) -> Self {
        Self::Refused(Refused(shed))
    }
}

impl From<Fault> for Unavailable {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TimedOut => Self::Fault("the recommendations took too long".to_owned()),
            Fault::Failed(why) => Self::Fault(why),
        }
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        match self {
            Self::Fault(why) => (StatusCode::BAD_GATEWAY, why).into_response(),
            Self::Refused(refused) => refused.into_response(),
        }
    }
}
