//! The load: visits sent when the plan says so, whatever became of those before.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, sleep_until};

use super::Clock;
use super::plan::{Plan, Visit};
use super::visitor::{self, Lines};
use crate::books::clients::{Books, Seen};

/// What the ids of our visits begin with.
pub(crate) const VISIT: &str = "visit-";

/// Sends visits until `stop` says so. Those that are open then go on by themselves; the books say when they have ended.
pub(crate) async fn run(
    plan: Plan,
    clock: Clock,
    lines: Arc<Lines>,
    books: Arc<Books>,
    mut stop: watch::Receiver<bool>,
) {
    let first = clock.elapsed();
    for visit in plan {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            () = sleep_until(clock.instant(first + visit.at)) => {}
        }
        tokio::spawn(pay(visit, Arc::clone(&lines), Arc::clone(&books)));
    }
}

/// One visit from beginning to end.
async fn pay(visit: Visit, lines: Arc<Lines>, books: Arc<Books>) {
    let id: Arc<str> = format!("{VISIT}{}", visit.number).into();
    books.send(&id, visit.page);
    let request = match visitor::request(visit.page, &id, visit.malformed) {
        Ok(request) => request,
        Err(error) => return books.note(&id, Seen::Broken(error.to_string())),
    };
    let call = lines.call(request);
    let seen = match visit.hangs_up_after {
        None => ended(call.await),
        Some(patience) => tokio::select! {
            biased;
            answer = call => ended(answer),
            () = lose(patience) => Seen::HungUp,
        },
    };
    books.note(&id, seen);
}

/// Without any patience, the request is begun and dropped in the same breath; a timer would wait a millisecond.
async fn lose(patience: Duration) {
    if patience.is_zero() { tokio::task::yield_now().await } else { sleep(patience).await }
}

fn ended(answer: Result<axum::http::StatusCode, String>) -> Seen {
    answer.map_or_else(Seen::Broken, Seen::Answer)
}
