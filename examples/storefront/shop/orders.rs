//! Orders that were accepted and are charged later: the promise behind the checkout's second rung.
//!
//! An order waits until the payment service takes it, the oldest first. While the service fails, one order is tried at a time
//! and then a pause is made; since these calls are counted like all others, they also tell the library how that service is,
//! without a customer who waits for it. What is tried again keeps its number, and the bank charges no number twice.
//!
//! Nothing is lost: at the end of a run each accepted order is charged, declined or in the list of those that are not yet, and the
//! bank's own book is asked whether it agrees.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use super::services::Services;
use crate::world::upstream::Bank;

/// How long the queue rests when it is empty, and when the service has failed.
const EMPTY: Duration = Duration::from_millis(20);
const FAILED: Duration = Duration::from_millis(250);
/// How many are charged at once after one has gone well.
const AT_ONCE: usize = 8;

/// An order to be charged.
#[derive(Clone, Debug)]
struct Order {
    id: String,
    cents: u64,
}

/// The queue and what became of what was in it.
#[derive(Default)]
pub(crate) struct Orders(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Order>,
    accepted: u64,
    charged: Vec<String>,
    declined: u64,
    attempts: u64,
    most_waiting: usize,
}

/// What became of the orders, for the summary.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Later {
    pub(crate) accepted: u64,
    pub(crate) charged: u64,
    pub(crate) declined: u64,
    /// Calls of the payment service for these orders.
    pub(crate) attempts: u64,
    /// The longest that the queue was.
    pub(crate) most_waiting: usize,
    /// Accepted and not charged when the run ended, by request id.
    pub(crate) uncharged: Vec<String>,
    /// Orders that the shop takes for charged and the bank knows nothing of.
    pub(crate) unknown_to_the_bank: Vec<String>,
}

impl Later {
    /// Whether each accepted order is accounted for.
    pub(crate) fn agrees(&self) -> bool {
        self.unknown_to_the_bank.is_empty()
            && self.accepted == self.charged + self.declined + self.uncharged.len() as u64
    }
}

impl Orders {
    fn open(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an order; from here on it is charged, declined or listed.
    pub(crate) fn accept(&self, id: String, cents: u64) {
        let inner = &mut *self.open();
        inner.accepted += 1;
        inner.waiting.push_back(Order { id, cents });
        inner.most_waiting = inner.most_waiting.max(inner.waiting.len());
    }

    pub(crate) fn waiting(&self) -> usize {
        self.open().waiting.len()
    }

    /// Charges what waits, for as long as it is let. An order stays in the queue while it is tried, so that one whose attempt is
    /// cut off is still listed.
    pub(crate) async fn drain(&self, services: &Services) {
        let mut at_once = 1;
        loop {
            let next: Vec<Order> = self.open().waiting.iter().take(at_once).cloned().collect();
            if next.is_empty() {
                sleep(EMPTY).await;
                continue;
            }
            let tries = next.iter().map(|order| self.charge(services, order));
            let all_went_well = futures_util::future::join_all(tries).await.into_iter().all(|well| well);
            at_once = if all_went_well { AT_ONCE } else { 1 };
            if !all_went_well {
                sleep(FAILED).await;
            }
        }
    }

    async fn charge(&self, services: &Services, order: &Order) -> bool {
        let paid = services.charge(&order.id, order.cents).await;
        let inner = &mut *self.open();
        inner.attempts += 1;
        let Some(at) = inner.waiting.iter().position(|waiting| waiting.id == order.id) else { return true };
        let Some(order) = inner.waiting.remove(at) else { return true };
        match paid {
            Ok(true) => inner.charged.push(order.id),
            Ok(false) => inner.declined += 1,
            Err(_) => {
                // the others need not wait for this one
                inner.waiting.push_back(order);
                return false;
            }
        }
        true
    }

    /// What became of all of them.
    pub(crate) fn told(&self, bank: &Bank) -> Later {
        let inner = &*self.open();
        Later {
            accepted: inner.accepted,
            charged: inner.charged.len() as u64,
            declined: inner.declined,
            attempts: inner.attempts,
            most_waiting: inner.most_waiting,
            uncharged: inner.waiting.iter().map(|order| order.id.clone()).collect(),
            unknown_to_the_bank: inner.charged.iter().filter(|id| !bank.has_charged(id)).cloned().collect(),
        }
    }
}
