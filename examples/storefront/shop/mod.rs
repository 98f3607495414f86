//! The shop: six handlers as anybody would write them, each with one attribute.
//!
//! What is promised stands where it is kept. The attribute says which share of the calls must be good, how fast they must
//! be, which user journey needs them and who looks after them; from then on the library counts. Everything else here is
//! an ordinary axum service. `Begun` around a handler's last argument belongs to the books that check the library
//! (`books/ledger.rs`), not to the library.

pub(crate) mod asked;
pub(crate) mod capacity;
mod error;
pub(crate) mod served;
mod services;

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use reliability_core::sli;
use serde::{Deserialize, Serialize};

use crate::books::ledger::{self, Begun, Ledger};
use crate::options::Options;
use crate::world::Dice;
use crate::world::incident::{Incident, Kind};
use crate::world::upstream::Addresses;
use asked::Asked;
use capacity::Workers;
use error::{CheckoutError, HomeError, Unavailable};
use served::{Answer, Instead};
use services::{ADDITION_LIMIT, HOME_LIMIT, Services};

/// What the shop's threads are called.
pub(crate) const THREADS: &str = "shop";

/// Share of the calls of the new home page that fail once it is broken.
const NEW_HOME_FAILS: f64 = 0.6;

/// What handlers share.
pub(crate) struct Shop {
    seed: u64,
    workers: Workers,
    services: Services,
    /// Only for the fault in our own code: the version of the new home page that goes out when the incident begins.
    incident: Incident,
}

impl Shop {
    pub(crate) fn new(options: &Options, addresses: Addresses, incident: Incident) -> Self {
        let (workers, services) = (Workers::new(options.capacity()), Services::new(addresses));
        Self { seed: options.seed, workers, services, incident }
    }
}

type Has = State<Arc<Shop>>;

/// The shop's routes, with a ledger of our own around them.
pub(crate) fn router(shop: Arc<Shop>, ledger: Arc<Ledger>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/browse", get(browse))
        .route("/search", get(search))
        .route("/cart", post(cart))
        .route("/checkout", post(checkout))
        .route("/recommendations", get(recommendations))
        .route_layer(middleware::from_fn_with_state(ledger, ledger::keep))
        .with_state(shop)
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

/// The page that everybody sees first. It is made of the recommendations and waits for them.
#[sli(name = "home", objective = "99.9%", latency = "99% < 250ms", feature = "discovery", owner = "catalogue")]
async fn home(State(shop): Has, asked: Asked, _: Begun<Request>) -> Result<Answer<Json<Page>>, HomeError> {
    shop.workers.page(&asked.dice).await;
    let for_you = shop.services.recommendations(&asked.id, HOME_LIMIT).await;
    let for_you = for_you.map_err(|_| HomeError::RecommendationsHang)?;
    let new = Dice::of(shop.seed, 4, &asked.session).share() < 0.5;
    if new && shop.incident.is(Kind::BadDeploy) && asked.dice.share() < NEW_HOME_FAILS {
        return Err(HomeError::NewPageBroken);
    }
    Ok(Answer::whole(Json(Page { goods: goods(""), for_you })))
}

/// A page of goods. Recommendations are an addition: without them the page is shorter and still good.
#[sli(name = "browse", objective = "99.9%", latency = "99% < 250ms", feature = "discovery", owner = "catalogue")]
async fn browse(State(shop): Has, asked: Asked, Query(wish): Query<Wish>, _: Begun<Request>) -> Answer<Json<Page>> {
    shop.workers.page(&asked.dice).await;
    let goods = goods(&wish.q);
    match shop.services.recommendations(&asked.id, ADDITION_LIMIT).await {
        Ok(for_you) => Answer::whole(Json(Page { goods, for_you })),
        Err(_) => Answer::instead(Json(Page { goods, for_you: Vec::new() }), Instead::Shorter),
    }
}

#[sli(name = "search", objective = "99.5%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue")]
async fn search(State(shop): Has, asked: Asked, Query(wish): Query<Wish>, _: Begun<Request>) -> Json<Vec<String>> {
    shop.workers.page(&asked.dice).await;
    Json(goods(&wish.q))
}

#[sli(name = "cart", objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "orders")]
async fn cart(State(shop): Has, asked: Asked, Begun(Json(item)): Begun<Json<Item>>) -> Json<Cart> {
    shop.workers.page(&asked.dice).await;
    let each = 100 * item.sku.len() as u64;
    Json(Cart { items: item.quantity, cents: each * u64::from(item.quantity) })
}

#[sli(name = "checkout", objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "payments")]
async fn checkout(
    State(shop): Has,
    asked: Asked,
    Begun(Json(order)): Begun<Json<Order>>,
) -> Result<Json<Receipt>, CheckoutError> {
    shop.workers.page(&asked.dice).await;
    let paid = shop.services.charge(&asked.id, order.cents).await?;
    if paid { Ok(Json(Receipt { paid_cents: order.cents })) } else { Err(CheckoutError::Declined) }
}

#[sli(name = "recommendations", objective = "99%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue")]
async fn recommendations(State(shop): Has, asked: Asked, _: Begun<Request>) -> Result<Json<Vec<String>>, Unavailable> {
    shop.workers.page(&asked.dice).await;
    Ok(Json(shop.services.recommendations(&asked.id, HOME_LIMIT).await?))
}

fn goods(wish: &str) -> Vec<String> {
    let goods = ["kettle", "teapot", "strainer", "cup", "saucer", "spoon"];
    goods.iter().filter(|name| name.contains(wish)).map(|name| (*name).to_owned()).collect()
}
