//! `SliLayer`: an SLI for each method and matched route, without touching the handlers.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use reliability_core::{Objective, tower::SliLayer};
//!
//! let objective = Objective::parse("99.9%").unwrap();
//! let layer = SliLayer::axum()
//!     .declare(move |spec| spec.objective(objective))
//!     .route("POST", "/checkout", |spec| spec.tier(1).owner("payments"))
//!     .except("/health");
//! let app: axum::Router = axum::Router::new().route("/checkout", axum::routing::post(async || "paid")).layer(layer);
//! # }
//! ```
//!
//! Add it last, after everything is merged: axum gives a merged router one fallback, and only what the layer lies around is
//! counted.
//!
//! **When is a request over?** When its body has been sent: good or bad by its status, bad if the body fails, and a dropped
//! call if it is dropped before its end. Event streams (`text/event-stream`) and upgrades are over with their head, because
//! they end when the client leaves.
//!
//! **A handler with `#[sli]`** is counted by that alone. The layer notices when the first such request is polled (the
//! attribute leaves a mark if the function returns an answer to a request) and leaves the route alone from then on. A
//! request that was already under way is then ended as ignored.
//!
//! **Bounds.** At most [`MAX_ROUTES`] routes have SLIs, further ones and paths that match none count as `other`; a method
//! that is not one of the nine standard ones counts as `other` as well, so that nobody can invent series.
//!
//! [`GateLayer`] puts a gate in front. What it refuses is counted as shed. [`JourneyLayer`] begins a user's journey, and joins those of
//! peers.
//!
//! Layer 6: imports admission, http, sli, spec, name, table; with the feature `axum` that room too.

mod body;
mod future;
mod gate;
mod journey;
mod layer;
mod routes;

pub use body::MeasuredBody;
pub use future::MeasuredFuture;
pub use gate::{GateBody, GateFuture, GateLayer, GateService};
pub use journey::{JourneyFuture, JourneyLayer, JourneyService};
pub use layer::{SliLayer, SliService};
pub use routes::MAX_ROUTES;
