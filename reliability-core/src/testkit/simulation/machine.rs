//! The two servers: workers with a queue before them, and processors that all requests share.
//!
//! Time is in whole nanoseconds. The shared server keeps one number, how far a request that was there from the start would
//! have come: all progress alike, so a request ends when that number has grown by its work, and nobody is touched in between.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::service::Order;
use super::setting::Server;

/// A job's place in the run's list.
pub(super) type Slot = usize;

#[derive(Debug)]
pub(super) enum Machine {
    Queue(Queue),
    Shared(Shared),
}

impl Machine {
    pub(super) fn new(server: Server, order: Order) -> Self {
        match server {
            Server::Queue { .. } => Self::Queue(Queue {
                free: server.width(),
                running: BinaryHeap::new(),
                waiting: Waiting::new(order),
                turn: 0,
            }),
            Server::Shared { contention, .. } => Self::Shared(Shared {
                width: f64::from(server.width()),
                contention: if contention.is_finite() { contention.max(0.0) } else { 0.0 },
                progress: 0.0,
                at: 0,
                running: BinaryHeap::new(),
                turn: 0,
            }),
        }
    }

    /// When the next job ends.
    pub(super) fn next_end(&self) -> Option<u64> {
        match self {
            Self::Queue(it) => it.running.peek().map(|Reverse((at, _, _))| *at),
            Self::Shared(it) => it.next_end(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Queue {
    free: u32,
    running: BinaryHeap<Reverse<(u64, u64, Slot)>>,
    pub(super) waiting: Waiting,
    turn: u64,
}

impl Queue {
    pub(super) fn has_free(&self) -> bool {
        self.free > 0
    }

    pub(super) fn start(&mut self, slot: Slot, until: u64) {
        self.free = self.free.saturating_sub(1);
        self.turn += 1;
        self.running.push(Reverse((until, self.turn, slot)));
    }

    pub(super) fn end(&mut self) -> Option<Slot> {
        let Reverse((_, _, slot)) = self.running.pop()?;
        self.free += 1;
        Some(slot)
    }
}

/// What waits, in the order in which it is served.
#[derive(Debug)]
pub(super) enum Waiting {
    Line { line: VecDeque<Slot>, newest: bool },
    Ranked { heap: BinaryHeap<(u32, Reverse<u64>, Slot)>, turn: u64 },
}

impl Waiting {
    fn new(order: Order) -> Self {
        match order {
            Order::Oldest => Self::Line { line: VecDeque::new(), newest: false },
            Order::Newest => Self::Line { line: VecDeque::new(), newest: true },
            Order::Important => Self::Ranked { heap: BinaryHeap::new(), turn: 0 },
        }
    }

    pub(super) fn push(&mut self, slot: Slot, importance: u32) {
        match self {
            Self::Line { line, .. } => line.push_back(slot),
            Self::Ranked { heap, turn } => {
                *turn += 1;
                heap.push((importance, Reverse(*turn), slot));
            }
        }
    }

    pub(super) fn pop(&mut self) -> Option<Slot> {
        match self {
            Self::Line { line, newest } => {
                if *newest {
                    line.pop_back()
                } else {
                    line.pop_front()
                }
            }
            Self::Ranked { heap, .. } => heap.pop().map(|(_, _, slot)| slot),
        }
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    width: f64,
    contention: f64,
    /// Nanoseconds of work that a request has got which was there from the start.
    progress: f64,
    at: u64,
    running: BinaryHeap<Reverse<(Goal, u64, Slot)>>,
    turn: u64,
}

/// A finite number that can be put in order.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Goal(f64);

impl Eq for Goal {}

impl PartialOrd for Goal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Goal {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Shared {
    fn speed(&self) -> f64 {
        let n = self.running.len() as f64;
        if n <= self.width {
            return 1.0;
        }
        self.width / n / (1.0 + self.contention * (n - self.width) / self.width)
    }

    pub(super) fn advance(&mut self, now: u64) {
        self.progress += now.saturating_sub(self.at) as f64 * self.speed();
        self.at = self.at.max(now);
    }

    fn next_end(&self) -> Option<u64> {
        let Reverse((Goal(goal), _, _)) = self.running.peek()?;
        Some(self.at.saturating_add(((goal - self.progress).max(0.0) / self.speed()).ceil() as u64))
    }

    /// After [`advance`](Self::advance).
    pub(super) fn start(&mut self, slot: Slot, work: u64) {
        self.turn += 1;
        self.running.push(Reverse((Goal(self.progress + work as f64), self.turn, slot)));
    }

    /// After [`advance`](Self::advance) to the time that [`Machine::next_end`] gave.
    pub(super) fn end(&mut self) -> Option<Slot> {
        self.running.pop().map(|Reverse((_, _, slot))| slot)
    }
}
