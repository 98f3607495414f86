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
    /// Starts the thread if there is any sink. Without a thread (the system gave none) nothing goes out, which is said.
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

fn run(shared: &Shared, mut sinks: Vec<Box<dyn Sink>>, queue: &Receiver<Message>) {
    while let Ok(message) = queue.recv() {
        match message {
            Message::Event(event) => each(&mut sinks, |sink| sink.event(&event)),
            Message::Tick => report(shared, &mut sinks),
            Message::Flush(within, done) => {
                report(shared, &mut sinks);
                each(&mut sinks, |sink| sink.flush(within));
                let _ = done.send(());
                return;
            }
        }
    }
}

fn report(shared: &Shared, sinks: &mut Vec<Box<dyn Sink>>) {
    let mut report = None;
    each(sinks, |sink| {
        if sink.wants_report() {
            sink.report(report.get_or_insert_with(|| shared.report()));
        }
    });
}

/// Calls each sink; one that panics is not called again.
fn each(sinks: &mut Vec<Box<dyn Sink>>, mut call: impl FnMut(&mut dyn Sink)) {
    sinks.retain_mut(|sink| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call(sink.as_mut()))).is_ok());
}
