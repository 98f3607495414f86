//! What only axum knows: which route a request matched, and which types are answers.
//!
//! Layer 6: imports sli, tower.

use axum::extract::MatchedPath;
use axum::response::IntoResponse;
use http::Extensions;

use crate::sli::probe::Responds;
use crate::tower::SliLayer;

impl<T: IntoResponse> Responds for T {}

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
