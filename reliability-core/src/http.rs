//! Outcomes of HTTP: 5xx is bad, everything else is good unless you say otherwise.
//!
//! A client's mistake (4xx) is no failure of the service. Where it is one (a 404 that means lost data, a 429 of our own
//! making), say so: [`client_errors_bad`], [`client_errors_ignored`], or a function of your own as `outcome = …`.
//!
//! Layer 6: imports sli.

use http::{Response, StatusCode};

use crate::sli::{Classify, Outcome};

impl Classify for StatusCode {
    fn classify(&self) -> Outcome {
        if self.is_server_error() { Outcome::Bad } else { Outcome::Good }
    }
}

impl<B> Classify for Response<B> {
    fn classify(&self) -> Outcome {
        self.status().classify()
    }
}

/// What axum's handlers return beside a response: a status and a body.
impl<T> Classify for (StatusCode, T) {
    fn classify(&self) -> Outcome {
        self.0.classify()
    }
}

/// A status, headers and a body.
impl<H, T> Classify for (StatusCode, H, T) {
    fn classify(&self) -> Outcome {
        self.0.classify()
    }
}

/// Something that bears a status.
pub trait HasStatus {
    /// The status.
    fn http_status(&self) -> StatusCode;
}

impl HasStatus for StatusCode {
    fn http_status(&self) -> StatusCode {
        *self
    }
}

impl<B> HasStatus for Response<B> {
    fn http_status(&self) -> StatusCode {
        self.status()
    }
}

/// A classifier for which 4xx is bad too.
///
/// ```
/// use http::StatusCode;
/// use reliability_core::{Outcome, http::client_errors_bad};
/// assert_eq!(client_errors_bad(&StatusCode::NOT_FOUND), Outcome::Bad);
/// ```
pub fn client_errors_bad(answer: &impl HasStatus) -> Outcome {
    let status = answer.http_status();
    if status.is_client_error() { Outcome::Bad } else { status.classify() }
}

/// A classifier for which 4xx has no say.
pub fn client_errors_ignored(answer: &impl HasStatus) -> Outcome {
    let status = answer.http_status();
    if status.is_client_error() { Outcome::Ignored } else { status.classify() }
}
