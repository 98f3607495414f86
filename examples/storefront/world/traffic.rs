//! The load: visits sent when the plan says so, whatever became of those before.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, sleep_until};

use super::Clock;
use super::load::Lag;
use super::plan::{Leaves, Visit};
use super::visitor::{self, Lines};
use crate::books::clients::{Books, Got, Seen};

/// What the ids of our visits begin with.
pub(crate) const VISIT: &str = "visit-";
/// How long a visitor waits who does not hang up earlier by whim: the deadline, counted from the moment of sending.
pub(crate) const DEADLINE: Duration = Duration::from_secs(1);

/// Sends visits until `stop` says so. Those that are open then go on by themselves; the books say when they have ended.
pub(crate) async fn run(
    plan: impl Iterator<Item = Visit>,
    clock: Clock,
    lag: Arc<Lag>,
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
        lag.note(clock.elapsed().saturating_sub(first + visit.at));
        tokio::spawn(make(visit, Arc::clone(&lines), Arc::clone(&books)));
    }
}

/// One visit from beginning to end.
async fn make(visit: Visit, lines: Arc<Lines>, books: Arc<Books>) {
    let id: Arc<str> = format!("{VISIT}{}", visit.number).into();
    books.send(&id, visit.page);
    let request = match visitor::request(&visit, &id) {
        Ok(request) => request,
        Err(error) => return books.note(&id, Seen::Broken(error.to_string())),
    };
    let deadline = sleep(DEADLINE);
    let visited = async {
        match visit.leaves {
            None => ended(lines.call(request).await),
            Some(Leaves::AtTheHead) => {
                lines.call_for_the_head(request).await.map_or_else(Seen::Broken, |()| Seen::HungUp)
            }
            Some(leaves) => tokio::select! {
                biased;
                answer = lines.call(request) => ended(answer),
                () = lose(leaves) => Seen::HungUp,
            },
        }
    };
    // dropping the call closes the connection, as for those who hang up by whim
    let seen = tokio::select! {
        biased;
        seen = visited => seen,
        () = deadline => Seen::GaveUp,
    };
    books.note(&id, seen);
}

/// Who leaves at once begins the request and drops it in the same breath; a timer would wait a millisecond.
async fn lose(leaves: Leaves) {
    match leaves {
        Leaves::AtOnce | Leaves::AtTheHead => tokio::task::yield_now().await,
        Leaves::HalfSent(patience) | Leaves::After(patience) => sleep(patience).await,
    }
}

fn ended(answer: Result<Got, String>) -> Seen {
    answer.map_or_else(Seen::Broken, Seen::Answer)
}
