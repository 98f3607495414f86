//! The home page on every rung: as it should be, as it was a moment ago, as it always is.
//!
//! The page that everybody sees first is made of recommendations and waits for them, longer than any visitor does. There are two
//! of it: the one that all had until lately, and a new one behind a flag, for half of the visitors.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Request, State};
use reliability_core::{degrade, flag, shed, sli};

use super::asked::Asked;
use super::error::HomeError;
use super::served::{Answer, Instead};
use super::services::HOME_LIMIT;
use super::switches::{FRONT_DOOR, HOME, NEW_HOME};
use super::{ForYou, Has, PATIENCE, Page, Shop, goods};
use crate::books::ledger::Begun;
use crate::world::incident::Kind;

/// Share of the calls of the new home page that fail once it is broken.
const NEW_HOME_FAILS: f64 = 0.6;

type Made = Result<Answer<Json<Page>>, HomeError>;

/// The last home page that was made for somebody.
#[derive(Default)]
pub(super) struct Last(Mutex<Option<Arc<Page>>>);

impl Last {
    fn keep(&self, page: &Page) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(page.clone()));
    }

    fn page(&self) -> Option<Arc<Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The new home page. The version of it that goes out when the bad deploy begins is broken.
#[sli(name = "home", objective = "99.9%", latency = "99% < 250ms", feature = "discovery", owner = "catalogue")]
#[shed(FRONT_DOOR, priority = "normal", key = asked.session, deadline = PATIENCE)]
#[flag(NEW_HOME, otherwise = old_home, key = asked.session)]
#[degrade(HOME, from = "cached", fallback = cached_home)]
#[degrade(HOME, from = "static", fallback = static_home)]
pub(super) async fn home(State(shop): Has, asked: Asked, _: Begun<Request>) -> Made {
    let made = full(&shop, &asked).await;
    if shop.incident.is(Kind::BadDeploy) && asked.dice.share() < NEW_HOME_FAILS {
        return Err(HomeError::NewPageBroken);
    }
    made
}

/// The one that all had until lately.
#[degrade(HOME, from = "cached", fallback = cached_home)]
#[degrade(HOME, from = "static", fallback = static_home)]
async fn old_home(State(shop): Has, asked: Asked, _: Begun<Request>) -> Made {
    full(&shop, &asked).await
}

async fn full(shop: &Shop, asked: &Asked) -> Made {
    shop.workers.page(&asked.dice).await;
    match shop.for_you(asked, HOME_LIMIT).await {
        ForYou::Here(for_you) => {
            let page = Page { goods: goods(""), for_you };
            shop.last_home.keep(&page);
            Ok(Answer::whole(Json(page)))
        }
        ForYou::Off => Ok(Answer::instead(Json(Page { goods: goods(""), for_you: Vec::new() }), Instead::Shorter)),
        ForYou::Failed => Err(HomeError::RecommendationsHang),
    }
}

/// As it was for somebody a moment ago.
async fn cached_home(State(shop): Has, asked: Asked, begun: Begun<Request>) -> Made {
    let Some(page) = shop.last_home.page() else { return static_home(State(shop), asked, begun) };
    shop.workers.cached(&asked.dice).await;
    Ok(Answer::instead(Json(Page::clone(&page)), Instead::Cached))
}

/// Nobody's work, and never wrong.
#[expect(clippy::unnecessary_wraps, reason = "a fallback gives what it stands in for gives")]
fn static_home(State(_): Has, _: Asked, _: Begun<Request>) -> Made {
    let for_you = vec!["our best".to_owned()];
    Ok(Answer::instead(Json(Page { goods: Vec::new(), for_you }), Instead::Static))
}
