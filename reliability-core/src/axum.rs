//! What only axum knows: which route a request matched, and which types are answers.
//!
//! Layer 6: imports admission, http, sli, tower.

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::response::{IntoResponse, Response};
use http::Extensions;

use crate::admission::Shed;
use crate::http::Refusal;
use crate::sli::probe::Responds;
use crate::tower::SliLayer;

impl<T: IntoResponse> Responds for T {}

/// A refusal as an answer: 503 with `Retry-After`, which a [`SliLayer`] counts as shed. Another answer is made by [`Refusal`].
///
/// ```
/// use axum::response::IntoResponse;
/// use reliability_core::{Gate, Priority, Shed};
/// static DOOR: Gate = Gate::new("handler-door");
///
/// async fn handler() -> Result<&'static str, Shed> {
///     let _permit = DOOR.admit(Priority::High)?;
///     Ok("hello")
/// }
/// ```
impl IntoResponse for Shed {
    fn into_response(self) -> Response {
        Refusal::default().response(&self, Body::empty())
    }
}

/// The route that axum matched, as it was written: `/cart/{id}`.
fn matched_path(extensions: &Extensions) -> Option<&str> {
    extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

impl SliLayer {
    /// A layer for an axum router: add it with `Router::layer`, after the routes.
    pub fn axum() -> Self {
        Self::new(matched_path)
    }
}
