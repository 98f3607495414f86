//! Who asks: the request's id, its visitor's session, and the chance that belongs to it.
//!
//! Chance is drawn from the seed and the id, so a request meets the same luck whatever the others do, and two runs of one
//! seed can be compared although the shop behaves differently in them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::Shop;
use crate::books::ledger::REQUEST_ID;
use crate::world::Dice;

/// The header that says whose visit it is: what keeps a visitor on one side of a share.
pub(crate) const SESSION: &str = "x-session";

/// What handlers want to know about a request.
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) session: String,
    pub(super) dice: Dice,
}

impl FromRequestParts<Arc<Shop>> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shop: &Arc<Shop>) -> Result<Self, Infallible> {
        let id = text(&parts.headers, REQUEST_ID);
        let dice = Dice::of(shop.seed, 3, &id);
        Ok(Self { session: text(&parts.headers, SESSION), dice, id })
    }
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("elsewhere").to_owned()
}
