//! Where a user's compensator runs: a thread of its own behind a bounded queue.
//!
//! The loop only tries to enqueue. The worker reports what came of it, catches panics, and watches the end of the lease: past
//! it, and when the queue's other end is gone, it releases what it has engaged. A call that does not come back cannot be ended; it
//! is reported after its patience, and the queue fills behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use super::compensator::{Compensator, Engagement};
use crate::clock::monotonic_nanos;

const QUEUE: usize = 8;
/// How often the end of the lease is looked at.
const WATCH: Duration = Duration::from_millis(250);
/// How long after a release that failed past the lease's end it is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// The end of the lease in monotonic nanoseconds, for whoever cannot be reverted by a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadline(Arc<AtomicU64>);

impl Deadline {
    /// Stands for so long from now.
    pub(super) fn stand(&self, within: Duration) {
        let within = u64::try_from(within.as_nanos()).unwrap_or(u64::MAX);
        self.0.store(monotonic_nanos().saturating_add(within), Ordering::Release);
    }

    fn is_past(&self) -> bool {
        monotonic_nanos() > self.0.load(Ordering::Acquire)
    }
}

enum Message {
    Engage(Box<Engagement>),
    Release,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// True for an engagement, false for a release.
    pub(super) engaging: bool,
    /// What was done, or why not.
    pub(super) result: Result<String, String>,
    /// Nobody asked for it: the lease was over.
    pub(super) lapsed: bool,
}

/// The loop's end.
pub(super) struct Worker {
    queue: Option<SyncSender<Message>>,
    answers: Receiver<Answer>,
    ended: Receiver<()>,
    pub(super) patience: Duration,
    pub(super) divisible: bool,
    /// How many questions are not answered, and since when.
    open: u32,
    asked: Duration,
    late: bool,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives none.
    pub(super) fn start(mut compensator: Box<dyn Compensator>, deadline: Deadline) -> std::io::Result<Self> {
        let (queue, messages) = mpsc::sync_channel(QUEUE);
        let (tell, answers) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let (patience, divisible) = (compensator.patience(), compensator.is_divisible());
        thread::Builder::new().name("reliability-act".into()).spawn(move || {
            run(&mut *compensator, &deadline, &messages, &|answer| {
                let _ = tell.send(answer);
            });
            drop(end);
        })?;
        let (open, asked, late) = (0, Duration::ZERO, false);
        Ok(Self { queue: Some(queue), answers, ended, patience, divisible, open, asked, late })
    }

    /// Asks it to engage. False if its queue is full.
    pub(super) fn engage(&mut self, now: Duration, engagement: Engagement) -> bool {
        self.ask(now, Message::Engage(Box::new(engagement)))
    }

    /// Asks it to release. False if its queue is full.
    pub(super) fn release(&mut self, now: Duration) -> bool {
        self.ask(now, Message::Release)
    }

    fn ask(&mut self, now: Duration, message: Message) -> bool {
        let taken = self.queue.as_ref().is_some_and(|queue| queue.try_send(message).is_ok());
        if taken {
            if self.open == 0 {
                (self.asked, self.late) = (now, false);
            }
            self.open += 1;
        }
        taken
    }

    /// Whether it still works on what it was asked.
    pub(super) fn is_busy(&self) -> bool {
        self.open > 0
    }

    /// What it has answered since.
    pub(super) fn answer(&mut self) -> Option<Answer> {
        let answer = self.answers.try_recv().ok()?;
        if !answer.lapsed {
            self.open = self.open.saturating_sub(1);
        }
        Some(answer)
    }

    /// True once for each question that has not been answered for longer than its patience.
    pub(super) fn is_late(&mut self, now: Duration) -> bool {
        let late = self.open > 0 && now.saturating_sub(self.asked) > self.patience;
        late && !std::mem::replace(&mut self.late, late)
    }

    /// Has it release everything and end; waits at most so long. Whether it has ended.
    pub(super) fn stop(&mut self, within: Duration) -> bool {
        self.queue = None;
        matches!(self.ended.recv_timeout(within), Err(mpsc::RecvTimeoutError::Disconnected))
    }
}

fn run(compensator: &mut dyn Compensator, deadline: &Deadline, messages: &Receiver<Message>, tell: &dyn Fn(Answer)) {
    let (mut engaged, mut again) = (false, 0);
    loop {
        match messages.recv_timeout(WATCH) {
            Ok(Message::Engage(engagement)) => {
                // whatever comes of it, it may have begun
                engaged = true;
                let result = guarded(|| compensator.engage(&engagement));
                tell(Answer { engaging: true, result, lapsed: false });
            }
            Ok(Message::Release) => {
                let result = release(compensator, &mut engaged);
                tell(Answer { engaging: false, result, lapsed: false });
            }
            Err(RecvTimeoutError::Timeout) if engaged && deadline.is_past() && monotonic_nanos() >= again => {
                again = monotonic_nanos() + AGAIN.as_nanos() as u64;
                let result = release(compensator, &mut engaged);
                tell(Answer { engaging: false, result, lapsed: true });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if engaged {
        let _ = release(compensator, &mut engaged);
    }
}

fn release(compensator: &mut dyn Compensator, engaged: &mut bool) -> Result<String, String> {
    let result = guarded(|| compensator.release());
    // one that failed is tried again when it is asked again
    *engaged &= result.is_err();
    result
}

fn guarded(call: impl FnOnce() -> Result<String, Box<dyn std::error::Error + Send + Sync>>) -> Result<String, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(format!("it panicked: {}", text.unwrap_or_default()))
        }
    }
}
