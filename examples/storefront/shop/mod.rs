//! The shop: six handlers as anybody would write them, and what they may do without stands in attributes.
//!
//! What is promised stands where it is kept. `#[sli]` says which share of the calls must be good, how fast they must
//! be, which user journey needs them and who looks after them; from then on the library counts. `#[shed]` says how important a
//! call is when not all can be served, `#[degrade]` what to give instead when the whole thing cannot be had, `#[flag]` what
//! a flag chooses between. Everything else here is an ordinary axum service. `Begun` around a handler's last argument belongs to the books that check the library
//! (`books/ledger.rs`), not to the library.

pub(crate) mod asked;
pub(crate) mod capacity;
mod error;
mod home;
pub(crate) mod orders;
pub(crate) mod served;
mod services;
pub(crate) mod switches;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use reliability_core::{Arm, Outcome, degrade, flag, shed, sli};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::books::ledger::{self, Begun, Ledger};
use crate::options::Options;
use crate::world::incident::Incident;
use crate::world::traffic::DEADLINE;
use crate::world::upstream::Addresses;
use asked::Asked;
use capacity::Workers;
use error::{CheckoutError, Refused, Unavailable};
use orders::Orders;
use served::{Answer, Instead};
use services::{ADDITION_LIMIT, HOME_LIMIT, Services};
use switches::{CHECKOUT, FRONT_DOOR, RECOMMENDATIONS};

/// What the shop's threads are called.
pub(crate) const THREADS: &str = "shop";
/// The SLIs of the shop's calls of its services.
pub(crate) const PAYMENTS: &str = "payments";
pub(crate) const RECOMMENDER: &str = "recommender";

/// How long the shop believes that a visitor waits: as long as is true. With a shorter time the gate lets fewer wait inside, and
/// refuses in a burst what could have been served.
const PATIENCE: Duration = DEADLINE;

/// How often somebody who waits for recommendations sees whether they are still wanted.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What became of a visitor's recommendations.
enum ForYou {
    Here(Vec<String>),
    /// Nobody wants any.
    Off,
    Failed,
}

/// What handlers share.
pub(crate) struct Shop {
    seed: u64,
    workers: Workers,
    services: Services,
    orders: Orders,
    last_home: home::Last,
    /// Only for the fault in our own code: the version of the new home page that goes out when the incident begins.
    incident: Incident,
}

impl Shop {
    pub(crate) fn new(options: &Options, addresses: Addresses, incident: Incident) -> Self {
        Self {
            seed: options.seed,
            workers: Workers::new(options.capacity()),
            services: Services::new(addresses),
            orders: Orders::default(),
            last_home: home::Last::default(),
            incident,
        }
    }

    /// Charges what was to be charged later, for as long as it is let.
    pub(crate) async fn charge_later(&self) {
        self.orders.drain(&self.services).await;
    }

    /// What is recommended, if that is switched on. Who waits already when it is switched off is not left waiting.
    async fn for_you(&self, asked: &Asked, limit: Duration) -> ForYou {
        if !RECOMMENDATIONS.enabled_for(&asked.session) {
            return ForYou::Off;
        }
        let mut answer = pin!(self.services.recommendations(&asked.id, limit));
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => {
                    let outcome = if answer.is_ok() { Outcome::Good } else { Outcome::Bad };
                    RECOMMENDATIONS.observe(Arm::On, outcome);
                    return answer.map_or(ForYou::Failed, ForYou::Here);
                }
                () = sleep(LOOK_AGAIN) => {
                    if !RECOMMENDATIONS.enabled_for(&asked.session) {
                        return ForYou::Off;
                    }
                }
            }
        }
    }

    pub(crate) fn orders(&self) -> &Orders {
        &self.orders
    }
}

type Has = State<Arc<Shop>>;

/// The shop's routes, with a ledger of our own around them.
pub(crate) fn router(shop: Arc<Shop>, ledger: Arc<Ledger>) -> Router {
    Router::new()
        .route("/", get(home::home))
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

#[derive(Clone, Debug, Serialize)]
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
    cents: u64,
    paid: bool,
}

/// A page of goods. Recommendations are an addition: without them the page is shorter and still good.
#[sli(name = "browse", objective = "99.9%", latency = "99% < 100ms", feature = "discovery", owner = "catalogue")]
#[shed(FRONT_DOOR, priority = "normal", key = asked.session, deadline = PATIENCE)]
async fn browse(
    State(shop): Has,
    asked: Asked,
    Query(wish): Query<Wish>,
    _: Begun<Request>,
) -> Result<Answer<Json<Page>>, Refused> {
    shop.workers.page(&asked.dice).await;
    let goods = goods(&wish.q);
    if let ForYou::Here(for_you) = shop.for_you(&asked, ADDITION_LIMIT).await {
        return Ok(Answer::whole(Json(Page { goods, for_you })));
    }
    Ok(Answer::instead(Json(Page { goods, for_you: Vec::new() }), Instead::Shorter))
}

#[sli(name = "search", objective = "99.5%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue")]
#[shed(FRONT_DOOR, priority = "normal", key = asked.session, deadline = PATIENCE)]
async fn search(
    State(shop): Has,
    asked: Asked,
    Query(wish): Query<Wish>,
    _: Begun<Request>,
) -> Result<Json<Vec<String>>, Refused> {
    shop.workers.page(&asked.dice).await;
    Ok(Json(goods(&wish.q)))
}

#[sli(name = "cart", objective = "99.9%", latency = "99% < 100ms", feature = "purchase", owner = "orders")]
#[shed(FRONT_DOOR, priority = "high", key = asked.session, deadline = PATIENCE)]
async fn cart(State(shop): Has, asked: Asked, Begun(Json(item)): Begun<Json<Item>>) -> Result<Json<Cart>, Refused> {
    shop.workers.page(&asked.dice).await;
    let each = 100 * item.sku.len() as u64;
    Ok(Json(Cart { items: item.quantity, cents: each * u64::from(item.quantity) }))
}

type Paid = Result<Answer<Json<Receipt>>, CheckoutError>;

#[sli(
    name = "checkout",
    objective = "99.9%",
    latency = "99% < 250ms",
    feature = "purchase",
    owner = "payments",
    depends_on("payments")
)]
#[shed(FRONT_DOOR, priority = "critical", key = asked.session, deadline = PATIENCE)]
#[degrade(CHECKOUT, from = "charge-later", fallback = charge_later)]
async fn checkout(State(shop): Has, asked: Asked, Begun(Json(order)): Begun<Json<Order>>) -> Paid {
    shop.workers.page(&asked.dice).await;
    let cents = order.cents;
    let paid = shop.services.charge(&asked.id, cents).await?;
    if paid { Ok(Answer::whole(Json(Receipt { cents, paid }))) } else { Err(CheckoutError::Declined) }
}

/// The order is accepted, and charged when the payment service is well again.
async fn charge_later(State(shop): Has, asked: Asked, Begun(Json(order)): Begun<Json<Order>>) -> Paid {
    shop.workers.page(&asked.dice).await;
    let cents = order.cents;
    shop.orders.accept(asked.id, cents);
    Ok(Answer::instead(Json(Receipt { cents, paid: false }), Instead::ChargedLater))
}

#[sli(name = "recommendations", objective = "99%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue")]
#[shed(FRONT_DOOR, priority = "low", key = asked.session, deadline = PATIENCE)]
#[flag(RECOMMENDATIONS, otherwise = bestsellers)]
async fn recommendations(
    State(shop): Has,
    asked: Asked,
    _: Begun<Request>,
) -> Result<Answer<Json<Vec<String>>>, Unavailable> {
    shop.workers.page(&asked.dice).await;
    Ok(Answer::whole(Json(shop.services.recommendations(&asked.id, HOME_LIMIT).await?)))
}

/// The same for everybody.
async fn bestsellers(
    State(shop): Has,
    asked: Asked,
    _: Begun<Request>,
) -> Result<Answer<Json<Vec<String>>>, Unavailable> {
    shop.workers.cached(&asked.dice).await;
    Ok(Answer::instead(Json(goods("")), Instead::Static))
}

fn goods(wish: &str) -> Vec<String> {
    let goods = ["kettle", "teapot", "strainer", "cup", "saucer", "spoon"];
    goods.iter().filter(|name| name.contains(wish)).map(|name| (*name).to_owned()).collect()
}
