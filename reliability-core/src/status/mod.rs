//! The status page: `GET /reliability` for people, `GET /reliability.json` for programs. Reading only.
//!
//! An axum router to merge or nest into the service's own. It has no cookie and no secret, takes no parameters, and every
//! name or text from elsewhere is escaped. Never use it as a readiness probe: a service whose budget is spent still serves,
//! and one that is taken out of rotation for it would spend it faster.
//!
//! Layer 6: imports engine (reports, events), slo, spec, reliability (the handle).

mod page;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::Handle;

/// The routes `/reliability` and `/reliability.json`.
///
/// ```
/// # use reliability_core::{Reliability, status};
/// let reliability = Reliability::builder().start()?;
/// let app: axum::Router = axum::Router::new().merge(status::router(reliability.handle()));
/// # Ok::<(), reliability_core::StartError>(())
/// ```
pub fn router<S: Clone + Send + Sync + 'static>(handle: Handle) -> Router<S> {
    let for_json = handle.clone();
    Router::new()
        .route("/reliability", get(move || std::future::ready(page(&handle))))
        .route("/reliability.json", get(move || std::future::ready(json(&for_json))))
}

fn page(handle: &Handle) -> impl IntoResponse + use<> {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(page::render(&handle.report())))
}

fn json(handle: &Handle) -> impl IntoResponse + use<> {
    let headers =
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    // rendering cannot fail: every key is a text and every number is finite
    (headers, serde_json::to_string(&handle.report()).unwrap_or_default())
}
