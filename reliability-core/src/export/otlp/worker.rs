//! The thread that sends, so that a slow receiver delays no other sink.
//!
//! It holds one report, the newest: counts are cumulative, so a report that could not be sent is contained in the next one
//! and nothing is lost by letting it go. What the protocol calls retryable (429, 502, 503, 504, no connection, no answer in
//! time) is tried again after the receiver's `Retry-After`, else after pauses that double from 1 s to 30 s with some chance
//! in them; everything else is not tried again with the same report. The end is bounded by the time that the stop allows:
//! one more attempt at once, whatever was asked for, and further ones as they fit.
//!
//! Trouble is told when it begins and when it ends. Limit: a `Retry-After` that is a date is taken for none.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use prost::Message;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

use super::render::{self, Manner};
use super::settings::{Settings, shown};
use super::wire::Response;
use crate::clock::{Reading, Timestamp};
use crate::engine::report::Report;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A receiver that asks for more gets tried after this.
const LONGEST_ASKED: Duration = Duration::from_secs(300);
/// How much of an answer is read.
const ANSWER_BYTES: u64 = 64 * 1024;

/// The engine's end of it.
pub(super) struct Worker {
    desk: Arc<Desk>,
    ended: Receiver<()>,
}

#[derive(Default)]
struct Desk {
    work: Mutex<Work>,
    wake: Condvar,
}

#[derive(Default)]
struct Work {
    report: Option<Report>,
    /// When all must be over, on the monotonic clock.
    end: Option<Duration>,
}

impl Worker {
    pub(super) fn start(settings: Settings) -> std::io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let (ended, wait) = mpsc::sync_channel(1);
        let theirs = Arc::clone(&desk);
        let run = move || Sender::new(settings).run(&theirs, &ended);
        thread::Builder::new().name("reliability-otlp".into()).spawn(run)?;
        Ok(Self { desk, ended: wait })
    }

    pub(super) fn offer(&self, report: Report) {
        self.desk.work().report = Some(report);
        self.desk.wake.notify_one();
    }

    /// Waits until the last report has been sent, at most so long.
    pub(super) fn end(&self, within: Duration) {
        self.desk.work().end = Some(Reading::now().monotonic + within);
        self.desk.wake.notify_one();
        let _ = self.ended.recv_timeout(within);
    }
}

impl Drop for Worker {
    /// Whoever was not ended in order ends now: its thread does not outlive it for longer than an attempt.
    fn drop(&mut self) {
        self.desk.work().end.get_or_insert_with(|| Reading::now().monotonic);
        self.desk.wake.notify_one();
    }
}

impl Desk {
    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a report, or until `due` if there is something to try again, or for the end.
    fn wait(&self, due: Option<Duration>) -> (Option<Report>, Option<Duration>) {
        let mut work = self.work();
        loop {
            let left = due.map(|due| due.saturating_sub(Reading::now().monotonic));
            let ready = left.map_or(work.report.is_some(), |left| left.is_zero());
            if ready || work.end.is_some() {
                return (work.report.take(), work.end);
            }
            work = match left {
                Some(left) => self.wake.wait_timeout(work, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.wake.wait(work).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// How an attempt ended.
enum Attempt {
    Arrived,
    /// Not now; the receiver may have said when.
    Later(String, Option<Duration>),
    Refused(String),
}

struct Sender {
    settings: Settings,
    agent: Agent,
    /// The newest failure that has been told about.
    told: Timestamp,
    /// Attempts since the last that arrived.
    failed: u32,
    /// Trouble has been logged, and its end has not.
    troubled: bool,
}

impl Sender {
    fn new(settings: Settings) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("reliability-core/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Self { settings, agent, told: Timestamp::from_unix_nanos(i64::MIN), failed: 0, troubled: false }
    }

    fn run(mut self, desk: &Desk, ended: &SyncSender<()>) {
        let (mut held, mut due) = (None, None);
        loop {
            let (newer, end) = desk.wait(due);
            held = newer.or(held);
            let Some(report) = &held else { break };
            let now = Reading::now().monotonic;
            let left = end.map(|end| end.saturating_sub(now));
            let timeout = left.map_or(self.settings.timeout, |left| left.min(self.settings.timeout));
            let attempt = if timeout.is_zero() {
                Attempt::Refused("no time was left at the stop".into())
            } else {
                self.send(report, timeout)
            };
            due = self.noted(&attempt).map(|pause| Reading::now().monotonic + pause);
            match (due, end) {
                (Some(due), Some(end)) if due < end => thread::sleep(due.saturating_sub(Reading::now().monotonic)),
                (_, Some(_)) => break,
                (None, None) => held = None,
                (Some(_), None) => {}
            }
        }
        let _ = ended.send(());
    }

    fn send(&mut self, report: &Report, timeout: Duration) -> Attempt {
        let manner = Manner { resource: &self.settings.resource, buckets: self.settings.buckets, after: self.told };
        let body = render::request(report, &manner).encode_to_vec();
        let mut request = self.agent.post(&self.settings.endpoint).content_type("application/x-protobuf");
        for (name, value) in &self.settings.headers {
            request = request.header(name, value);
        }
        let mut answer = match request.config().timeout_global(Some(timeout)).build().send(&body) {
            Ok(answer) => answer,
            Err(ureq::Error::TlsRequired) => {
                return Attempt::Refused("an endpoint with https needs the feature `otlp-https`".into());
            }
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => return Attempt::Refused(error.to_string()),
            Err(error) => return Attempt::Later(error.to_string(), None),
        };
        let status = answer.status();
        if status.is_success() {
            self.told = render::told_until(report, self.told);
            let body = answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec().unwrap_or_default();
            let partial = Response::decode(body.as_slice()).ok().and_then(|response| response.partial_success);
            return match partial.filter(|partial| partial.rejected_data_points > 0) {
                Some(partial) => Attempt::Refused(format!(
                    "{} points were rejected: {}",
                    partial.rejected_data_points, partial.error_message
                )),
                None => Attempt::Arrived,
            };
        }
        let why = format!("the receiver answered {status}");
        match status {
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Attempt::Later(why, retry_after(answer.headers())),
            _ => Attempt::Refused(why),
        }
    }

    /// Tells of a change, and gives the pause before the next attempt if there is to be one.
    fn noted(&mut self, attempt: &Attempt) -> Option<Duration> {
        let endpoint = shown(&self.settings.endpoint);
        let (why, pause) = match attempt {
            Attempt::Arrived => {
                if std::mem::take(&mut self.troubled) {
                    tracing::info!(target: "reliability", endpoint, "metrics arrive again over OTLP");
                }
                self.failed = 0;
                return None;
            }
            Attempt::Later(why, asked) => {
                // a receiver that asks for no pause at all is not taken at its word
                (why, Some(asked.map_or_else(|| pause(self.failed), |it| it.clamp(FIRST_PAUSE, LONGEST_ASKED))))
            }
            Attempt::Refused(why) => (why, None),
        };
        self.failed = self.failed.saturating_add(1);
        if !std::mem::replace(&mut self.troubled, true) {
            tracing::warn!(target: "reliability", endpoint, why, "metrics do not arrive over OTLP; told again when they do");
        }
        pause
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The pause after so many failed attempts: doubled each time, between half of it and all of it, so that the processes of a
/// fleet do not come back together.
fn pause(failed: u32) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1 << failed.min(5)).min(LONGEST_PAUSE);
    let chance = (RandomState::new().hash_one(failed) % 1024) as u32;
    whole / 2 + whole / 2 * chance / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_minute_and_are_never_short() {
        for failed in 0..200 {
            let whole = [1, 2, 4, 8, 16, 30][failed.min(5)];
            let pause = pause(failed as u32);
            assert!(
                pause >= Duration::from_secs(whole) / 2 && pause <= Duration::from_secs(whole),
                "{failed}: {pause:?}"
            );
        }
    }

    #[test]
    fn seconds_to_wait_are_read_and_dates_are_not() {
        let asked = |value: &str| {
            retry_after(&HeaderMap::from_iter([("retry-after".parse().unwrap(), value.parse().unwrap())]))
        };
        assert_eq!(asked(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(asked("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
