//! What the shop says when it cannot do what it was asked, and whether that is held against it.
//!
//! The two questions have different answers. A card that the bank declines is an error to the visitor and no verdict on
//! the shop, so the derive calls it ignored; a payment service that fails is the shop's failure, whoever caused it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use reliability_core::Outcome;

use super::services::Fault;

/// Why a checkout did not end with a receipt. Variants are bad unless they say otherwise.
#[derive(Debug, Outcome)]
pub(super) enum CheckoutError {
    #[outcome(ignored)]
    Declined,
    PaymentTimedOut,
    PaymentFailed(String),
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
            Self::PaymentFailed(why) => (StatusCode::BAD_GATEWAY, why).into_response(),
        }
    }
}

/// Why there was no home page.
#[derive(Debug, Outcome)]
pub(super) enum HomeError {
    RecommendationsHang,
    NewPageBroken,
}

impl IntoResponse for HomeError {
    fn into_response(self) -> Response {
        match self {
            Self::RecommendationsHang => {
                (StatusCode::GATEWAY_TIMEOUT, "the recommendations took too long").into_response()
            }
            Self::NewPageBroken => (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong").into_response(),
        }
    }
}

/// A service that the page is made of did not answer. No type says more, so `Err` is bad.
#[derive(Debug)]
pub(super) struct Unavailable(String);

impl From<Fault> for Unavailable {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TimedOut => Self("the recommendations took too long".to_owned()),
            Fault::Failed(why) => Self(why),
        }
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        (StatusCode::BAD_GATEWAY, self.0).into_response()
    }
}
