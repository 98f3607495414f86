//! The way out: sinks on a thread of their own, behind a bounded queue.
//!
//! A log that writes to a blocked pipe must not stop the loop. So the loop only tries to enqueue; what does not fit is
//! dropped, counted, and shown in every report.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use super::event::Event;
use super::port::Sink;
use super::shared::Shared;
use crate::clock::monotonic_nanos;

const QUEUE: usize = 1024;

enum Message {
    Event(Box<Event>),
    /// A second has passed: reports are due.
    Tick,
    /// The last message: flush within this time and say so.
    Flush(Duration, SyncSender<()>),
}

/// The loop's end of the queue.
pub(super) struct Outbox {
    queue: Option<SyncSender<Message>>,
    shared: Arc<Shared>,
}

impl Outbox {
    /// Starts the thread if there is any sink.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn open(shared: Arc<Shared>, sinks: Vec<Box<dyn Sink>>) -> std::io::Result<Self> {
        if sinks.is_empty() {
            return Ok(Self { queue: None, shared });
        }
        let (queue, received) = mpsc::sync_channel(QUEUE);
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("reliability-out".into()).spawn(move || run(&theirs, sinks, &received))?;
        Ok(Self { queue: Some(queue), shared })
    }

    pub(super) fn send(&self, events: Vec<Event>) {
        let Some(queue) = &self.queue else { return };
        for event in events {
            if queue.try_send(Message::Event(Box::new(event))).is_err() {
                self.shared.dropped_events.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn tick(&self) {
        if let Some(queue) = &self.queue {
            // a sink that is a second behind gets the next report
            let _ = queue.try_send(Message::Tick);
        }
    }

    /// Has everything handed over, and waits for it at most so long.
    pub(super) fn flush(self, within: Duration) {
        let Some(queue) = self.queue else { return };
        let (done, finished) = mpsc::sync_channel(1);
        let mut message = Message::Flush(within, done);
        let mut left = within;
        // a queue that is full of events is given its time to empty, for this message carries the last counts
        while let Err(TrySendError::Full(again)) = queue.try_send(message) {
            if left.is_zero() {
                return;
            }
            let pause = left.min(Duration::from_millis(5));
            thread::sleep(pause);
            left -= pause;
            message = again;
        }
        let _ = finished.recv_timeout(left);
    }
}

/// A sink, and whether it has ever wanted a report.
struct Door {
    sink: Box<dyn Sink>,
    reads: bool,
}

fn run(shared: &Shared, sinks: Vec<Box<dyn Sink>>, queue: &Receiver<Message>) {
    let mut doors: Vec<_> = sinks.into_iter().map(|sink| Door { sink, reads: false }).collect();
    while let Ok(message) = queue.recv() {
        match message {
            Message::Event(event) => each(&mut doors, |door| door.sink.event(&event)),
            Message::Tick => report(shared, &mut doors, false),
            Message::Flush(within, done) => {
                report(shared, &mut doors, true);
                // one that is slow has no claim to the time of those behind it, and none of them to more than is left
                let begun = monotonic_nanos();
                let left = || within.saturating_sub(Duration::from_nanos(monotonic_nanos().saturating_sub(begun)));
                let mut waiting = doors.len() as u32;
                each(&mut doors, |door| {
                    door.sink.flush(left() / waiting.max(1));
                    waiting = waiting.saturating_sub(1);
                });
                let _ = done.send(());
                return;
            }
        }
    }
}

/// Gives a report to whoever wants one, and the last to whoever has ever wanted one: it may not have been due.
fn report(shared: &Shared, doors: &mut Vec<Door>, last: bool) {
    let mut report = None;
    each(doors, |door| {
        let wants = door.sink.wants_report();
        door.reads |= wants;
        if wants || last && door.reads {
            door.sink.report(report.get_or_insert_with(|| shared.report()));
        }
    });
}

/// Calls each sink; one that panics is not called again.
fn each(doors: &mut Vec<Door>, mut call: impl FnMut(&mut Door)) {
    doors.retain_mut(|door| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call(door))).is_ok());
}
