//! The shop: five handlers as anybody would write them, each with one attribute.
//!
//! What is promised stands where it is kept. The attribute says which share of the calls must be good, how fast they must
//! be, which user journey needs them and who looks after them; from then on the library counts. Everything else here is
//! an ordinary axum service. `Begun` around a handler's last argument belongs to the books that check the library
//! (`books/ledger.rs`), not to the library.

mod error;
mod services;

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use reliability_core::sli;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::books::ledger::{self, Begun, Ledger};
use crate::world::Dice;
use crate::world::upstream::Addresses;
use error::{CheckoutError, Unavailable};
use services::Services;

struct Shop {
    services: Services,
    /// How long the shelves take to answer.
    shelves: Dice,
}

type Has = State<Arc<Shop>>;

/// The shop's routes, with a ledger of our own around them.
pub(crate) fn router(seed: u64, addresses: Addresses, ledger: Arc<Ledger>) -> Router {
    let shop = Shop { services: Services::new(addresses), shelves: Dice::new(seed, 3) };
    Router::new()
        .route("/browse", get(browse))
        .route("/search", get(search))
        .route("/cart", post(cart))
        .route("/checkout", post(checkout))
        .route("/recommendations", get(recommendations))
        .route_layer(middleware::from_fn_with_state(ledger, ledger::keep))
        .with_state(Arc::new(shop))
}

#[derive(Debug, Deserialize)]
struct Wish {
    #[serde(default)]
    q: String,
}

#[derive(Debug, Serialize)]
struct Page {
    goods: Vec<String>,
    for_you: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Item {
    sku: String,
    quantity: u32,
}

#[derive(Debug, Serialize)]
struct Cart {
    items: u32,
    cents: u64,
}

#[derive(Debug, Deserialize)]
struct Order {
    cents: u64,
}

#[derive(Debug, Serialize)]
struct Receipt {
    paid_cents: u64,
}

/// A page of goods. Recommendations are an addition: without them the page is shorter and still good.
#[sli(name = "browse", objective = "99.9%", latency = "99% < 100ms", feature = "discovery", owner = "catalogue")]
async fn browse(State(shop): Has, Query(wish): Query<Wish>, _: Begun<Request>) -> Json<Page> {
    sleep(shop.shelves.millis(1.0..5.0)).await;
    let for_you = shop.services.recommendations().await.unwrap_or_default();
    Json(Page { goods: goods(&wish.q), for_you })
}

#[sli(name = "search", objective = "99.5%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue")]
async fn search(State(shop): Has, Query(wish): Query<Wish>, _: Begun<Request>) -> Json<Vec<String>> {
    sleep(shop.shelves.millis(4.0..30.0)).await;
    Json(goods(&wish.q))
}

#[sli(name = "cart", objective = "99.9%", latency = "99% < 100ms", feature = "purchase", owner = "orders")]
async fn cart(State(shop): Has, Begun(Json(item)): Begun<Json<Item>>) -> Json<Cart> {
    sleep(shop.shelves.millis(1.0..6.0)).await;
    let each = 100 * item.sku.len() as u64;
    Json(Cart { items: item.quantity, cents: each * u64::from(item.quantity) })
}

#[sli(name = "checkout", objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "payments")]
async fn checkout(State(shop): Has, Begun(Json(order)): Begun<Json<Order>>) -> Result<Json<Receipt>, CheckoutError> {
    sleep(shop.shelves.millis(1.0..4.0)).await;
    let paid = shop.services.charge(order.cents).await?;
    if paid { Ok(Json(Receipt { paid_cents: order.cents })) } else { Err(CheckoutError::Declined) }
}

#[sli(name = "recommendations", objective = "99%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue")]
async fn recommendations(State(shop): Has, _: Begun<Request>) -> Result<Json<Vec<String>>, Unavailable> {
    Ok(Json(shop.services.recommendations().await?))
}

fn goods(wish: &str) -> Vec<String> {
    let goods = ["kettle", "teapot", "strainer", "cup", "saucer", "spoon"];
    goods.iter().filter(|name| name.contains(wish)).map(|name| (*name).to_owned()).collect()
}
