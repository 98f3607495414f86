//! Outcomes of HTTP: 5xx is bad, everything else is good unless you say otherwise.
//!
//! A client's mistake (4xx) is no failure of the service. Where it is one (a 404 that means lost data, a 429 of our own
//! making), say so: [`client_errors_bad`], [`client_errors_ignored`], or a function of your own as `outcome = …`.
//!
//! A gate's refusal as an answer ([`Refusal`]), and the headers by which an ask ([`ask_header`]) and a
//! journey ([`baggage_header`], [`note_journey`]) go on to the next service.
//!
//! Layer 6: imports admission, sli.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::admission::{ASK_HEADER, Ask, Shed};
use crate::sli::journey::{Baggage, JOURNEY_HEADER, Verdicts};
use crate::sli::{Classify, Outcome};

impl Classify for StatusCode {
    fn classify(&self) -> Outcome {
        if self.is_server_error() { Outcome::Bad } else { Outcome::Good }
    }
}

/// What bears a gate's refusal is shed, whatever its status.
impl<B> Classify for Response<B> {
    fn classify(&self) -> Outcome {
        if self.extensions().get::<Shed>().is_some() { Outcome::Shed } else { self.status().classify() }
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

/// The header by which the task's ask goes on with a call to another service, which reads it where it trusts us
/// ([`GateLayer::trust`](crate::tower::GateLayer::trust)). A deadline is what is left of it.
///
/// ```
/// use reliability_core::{Priority, admission, http::ask_header};
///
/// let (name, value) = admission::with(Priority::Critical, ask_header);
/// assert_eq!((name.as_str(), value.to_str().unwrap()), ("reliability-ask", "critical"));
/// ```
pub fn ask_header() -> (HeaderName, HeaderValue) {
    let value = HeaderValue::try_from(Ask::current().to_string());
    // its text is ASCII, so there is always a value
    (HeaderName::from_static(ASK_HEADER), value.unwrap_or(HeaderValue::from_static("normal")))
}

/// The header `baggage` that takes the journeys of this task to the next service; `None` if it is on none. Append it to what stands
/// there already.
///
/// ```
/// use reliability_core::{Feature, Journey, http::baggage_header};
/// static SEARCH: Feature = Feature::new("search-over-http");
///
/// let (name, value) = Journey::begin(&SEARCH).enter(baggage_header).unwrap();
/// assert_eq!((name.as_str(), value.to_str().unwrap()), ("baggage", "reliability-journey=search-over-http"));
/// ```
pub fn baggage_header() -> Option<(HeaderName, HeaderValue)> {
    let baggage = Baggage::current();
    if baggage.is_empty() {
        return None;
    }
    Some((HeaderName::from_static("baggage"), HeaderValue::try_from(baggage.to_string()).ok()?))
}

/// The journeys that the headers `baggage` of a request name; none where they are no baggage.
pub fn baggage_of(headers: &HeaderMap) -> Baggage {
    let read = |value: &HeaderValue| Baggage::parse(value.to_str().ok()?).ok();
    headers.get_all("baggage").iter().filter_map(read).find(|baggage| !baggage.is_empty()).unwrap_or_default()
}

/// Adds what the answer of a trusted service tells about its parts to the journeys of this task.
///
/// ```
/// use reliability_core::http::note_journey;
/// note_journey(&http::HeaderMap::new()); // nothing told, nothing noted
/// ```
pub fn note_journey(headers: &HeaderMap) {
    for told in headers.get_all(JOURNEY_HEADER) {
        if let Ok(told) = told.to_str() {
            Verdicts::note(told);
        }
    }
}

/// Says why a request was refused: the name of a [`ShedReason`](crate::ShedReason).
pub const SHED_HEADER: &str = "reliability-shed";

/// `no` where a caller should not try again by itself.
pub const RETRY_HEADER: &str = "reliability-retry";

/// How a refusal is answered.
///
/// ```
/// use http::StatusCode;
/// use reliability_core::{Classify, Outcome, Priority, Shed, ShedReason, http::Refusal};
///
/// let shed = Shed::new("front-door", ShedReason::Overload, Priority::Low);
/// let response = Refusal::default().response(&shed, ());
/// assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
/// assert_eq!(response.headers()["retry-after"], "1");
/// assert_eq!(response.headers()["reliability-retry"], "no");
/// assert_eq!(response.classify(), Outcome::Shed); // neither good, nor bad by its status
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    too_many: bool,
    retries: bool,
    grpc: bool,
}

impl Refusal {
    /// 429 instead of 503, `RESOURCE_EXHAUSTED` instead of `UNAVAILABLE`.
    #[must_use]
    pub const fn too_many_requests(self) -> Self {
        Self { too_many: true, ..self }
    }

    /// Tells the caller that it may try again after a while, instead of not at all.
    #[must_use]
    pub const fn allow_retries(self) -> Self {
        Self { retries: true, ..self }
    }

    /// As a gRPC status, if the request's headers say that it is one of gRPC.
    #[must_use]
    pub fn for_request(self, headers: &HeaderMap) -> Self {
        let kind = headers.get(CONTENT_TYPE);
        Self { grpc: kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")), ..self }
    }

    /// The answer, with this body.
    pub fn response<B>(self, shed: &Shed, body: B) -> Response<B> {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(SHED_HEADER, HeaderValue::from_static(shed.reason().name()));
        if self.grpc {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            headers.insert("grpc-status", HeaderValue::from_static(if self.too_many { "8" } else { "14" }));
            headers.insert("grpc-retry-pushback-ms", self.pushback(shed));
            if let Ok(message) = HeaderValue::try_from(shed.to_string()) {
                headers.insert("grpc-message", message);
            }
        } else {
            let seconds = shed.retry_after().as_millis().div_ceil(1_000).max(1) as u64;
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            if !self.retries {
                headers.insert(RETRY_HEADER, HeaderValue::from_static("no"));
            }
            *response.status_mut() =
                if self.too_many { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::SERVICE_UNAVAILABLE };
        }
        response.extensions_mut().insert(*shed);
        response
    }

    /// Milliseconds until a gRPC client may try again; a negative number forbids it.
    fn pushback(self, shed: &Shed) -> HeaderValue {
        if self.retries {
            HeaderValue::from(shed.retry_after().as_millis() as u64)
        } else {
            HeaderValue::from_static("-1")
        }
    }
}
