//! The thread that asks what time it is.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, Thread};
use std::time::Duration;

use super::outbox::Outbox;
use super::port::Sink;
use super::shared::Shared;
use crate::clock::{Coarse, Reading, calibrate};
use crate::sli::record::bell;

const TICK: Duration = Duration::from_secs(1);
/// A tick comes this long after the whole second, so that what happened before it has been counted.
const AFTER: Duration = Duration::from_millis(1);
/// After a look that took `t` the loop rests for at least this many times `t`: in a storm of failures its looks cost 1.5 % of
/// a core, and with the ticks and the waking it stays below 2 %.
const REST: u32 = 66;
/// From this many coarse calls a second on, a thread that keeps a coarse clock costs less than reading the precise one.
const COARSE_PAYS: u64 = 200_000;

/// The running loop.
#[derive(Debug)]
pub(crate) struct LoopThread {
    thread: Thread,
    ended: Receiver<()>,
}

impl LoopThread {
    /// Starts the loop and its way out.
    pub(crate) fn start(shared: Arc<Shared>, sinks: Vec<Box<dyn Sink>>) -> std::io::Result<Self> {
        let outbox = Outbox::open(Arc::clone(&shared), sinks)?;
        let (ended, wait) = mpsc::sync_channel(1);
        let run = move || run(&shared, outbox, &ended);
        let handle = thread::Builder::new().name("reliability".into()).spawn(run)?;
        Ok(Self { thread: handle.thread().clone(), ended: wait })
    }

    /// The thread to unpark so that it looks at once.
    pub(crate) fn waker(&self) -> Thread {
        self.thread.clone()
    }

    /// Has it make its last tick and hand everything over; waits at most so long. False if it did not answer in time.
    pub(crate) fn stop(&self, shared: &Shared, within: Duration) -> bool {
        shared.flush_within.store(u64::try_from(within.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        shared.stopping.store(true, Ordering::Release);
        self.thread.unpark();
        self.ended.recv_timeout(within).is_ok()
    }
}

fn run(shared: &Shared, outbox: Outbox, ended: &SyncSender<()>) {
    let me = thread::current();
    // before the first tick, and off everybody's path: it takes about 10 ms
    calibrate();
    bell::listen(me.clone());
    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look(shared, &outbox)));
    bell::leave(&me);
    if looked.is_ok() {
        let mut events = shared.tick(Reading::now);
        let mut driver = shared.driver();
        events.extend(driver.revert(Reading::now()));
        events.push(driver.stopped());
        drop(driver);
        // half of the time, so that a disk that hangs leaves some to those who are told
        shared.end_keeping(Reading::now(), Duration::from_millis(shared.flush_within.load(Ordering::Relaxed)) / 2);
        outbox.send(events);
    } else {
        // nobody judges any more, and the sinks go on being told so: the age of the last look grows in their reports
        while !shared.stopping.load(Ordering::Acquire) {
            outbox.tick();
            thread::park_timeout(TICK);
        }
    }
    outbox.flush(Duration::from_millis(shared.flush_within.load(Ordering::Relaxed)));
    let _ = ended.send(());
}

/// Ticks until it is told to stop.
fn look(shared: &Shared, outbox: &Outbox) {
    outbox.send(vec![shared.driver().started()]);
    let mut now = Reading::now();
    let mut tick_at = now.monotonic;
    let mut before = Duration::ZERO;
    while !shared.stopping.load(Ordering::Acquire) {
        shared.check();
        let mut wake = tick_at;
        if now.monotonic >= tick_at {
            outbox.send(shared.tick(Reading::now));
            outbox.tick();
            Coarse::keep(shared.driver().coarse_calls() >= COARSE_PAYS);
            tick_at = now.monotonic + until_next_second(now);
            wake = tick_at;
        } else if let Some(events) = shared.glance(Reading::now) {
            outbox.send(events);
            // a thread that was set aside while it looked took no time of a core: of two looks the shorter says what one costs
            let took = Reading::now().monotonic.saturating_sub(now.monotonic);
            let cost = took.min(std::mem::replace(&mut before, took));
            bell::stay_quiet((cost * REST).max(bell::QUIET));
        }
        // whatever was found at this look (nothing, if the ring was for another engine): a failure that falls into the
        // quiet time cannot ring
        wake = bell::quiet_until().map_or(wake, |due| wake.min(due));
        wake = shared.next_look().map_or(wake, |due| wake.min(due));
        thread::park_timeout(wake.saturating_sub(Reading::now().monotonic));
        now = Reading::now();
    }
}

fn until_next_second(now: Reading) -> Duration {
    let into = now.wall.unix_nanos().rem_euclid(1_000_000_000) as u64;
    TICK.saturating_sub(Duration::from_nanos(into)) + AFTER
}
