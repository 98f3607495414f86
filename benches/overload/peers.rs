//! Other rules of admission, written from their published formulas, and two bounds: who knows the right limit, and who may
//! order the queue.
#![allow(dead_code)] // the tests use a part

use std::collections::VecDeque;
use std::time::Duration;

use reliability_core::Priority;
use reliability_core::testkit::simulation::{Answer, Order, Request, Service};

/// Vegas over windows of a second: the queue is estimated from the least mean latency that was seen.
pub(crate) struct Vegas {
    limit: f64,
    in_flight: u64,
    least: f64,
    window: Window,
    samples: u64,
}

/// Means of a second, of ten samples at least.
#[derive(Default)]
struct Window {
    start: f64,
    sum: f64,
    count: u64,
    most: u64,
}

impl Window {
    fn add(&mut self, answer: &Answer, in_flight: u64) -> Option<(f64, u64)> {
        let (now, elapsed) = (answer.at.as_secs_f64(), answer.elapsed().as_secs_f64());
        self.sum += elapsed;
        self.count += 1;
        self.most = self.most.max(in_flight);
        if now - self.start < 1.0 || self.count < 10 {
            return None;
        }
        let mean = self.sum / self.count as f64;
        let most = self.most;
        *self = Self { start: now, ..Self::default() };
        Some((mean, most))
    }
}

impl Vegas {
    pub(crate) fn new() -> Self {
        Self { limit: 20.0, in_flight: 0, least: f64::INFINITY, window: Window::default(), samples: 0 }
    }
}

impl Service for Vegas {
    type Permit = ();

    fn admit(&mut self, _request: &Request) -> Option<()> {
        ((self.in_flight as f64) < self.limit.floor()).then(|| self.in_flight += 1)
    }

    fn release(&mut self, (): (), answer: &Answer) {
        let in_flight = self.in_flight;
        self.in_flight -= 1;
        let Some((latency, most)) = self.window.add(answer, in_flight) else { return };
        self.samples += 1;
        if self.samples as f64 > 30.0 * self.limit {
            (self.samples, self.least) = (0, latency);
        }
        self.least = self.least.min(latency);
        let queue = (self.limit * (1.0 - self.least / latency)).ceil();
        if (2 * most) < self.limit as u64 {
            return;
        }
        let step = self.limit.log10().floor().max(1.0);
        if queue <= step {
            self.limit += 6.0 * step;
        } else if queue < 3.0 * step {
            self.limit += step;
        } else if queue > 6.0 * step {
            self.limit -= step;
        }
        self.limit = self.limit.clamp(1.0, 1000.0);
    }
}

/// Gradient2 over windows of a second: the ratio of a long mean to the window's.
pub(crate) struct Gradient2 {
    limit: f64,
    in_flight: u64,
    long: f64,
    windows: u64,
    window: Window,
}

impl Gradient2 {
    pub(crate) fn new() -> Self {
        Self { limit: 20.0, in_flight: 0, long: 0.0, windows: 0, window: Window::default() }
    }
}

impl Service for Gradient2 {
    type Permit = ();

    fn admit(&mut self, _request: &Request) -> Option<()> {
        ((self.in_flight as f64) < self.limit.floor()).then(|| self.in_flight += 1)
    }

    fn release(&mut self, (): (), answer: &Answer) {
        let in_flight = self.in_flight;
        self.in_flight -= 1;
        let Some((latency, most)) = self.window.add(answer, in_flight) else { return };
        self.windows += 1;
        let weight = if self.windows <= 10 { 1.0 / self.windows as f64 } else { 2.0 / 601.0 };
        self.long += (latency - self.long) * weight;
        if self.long / latency > 2.0 {
            self.long *= 0.95;
        }
        if (most as f64) < self.limit / 2.0 {
            return;
        }
        let gradient = (1.5 * self.long / latency).clamp(0.5, 1.0);
        self.limit = (0.8 * self.limit + 0.2 * (gradient * self.limit + 4.0)).clamp(20.0, 200.0);
    }
}

/// A fixed limit with places kept for the higher classes: low up to half of it, normal to 70 %, high to 90 %.
pub(crate) struct Reserve {
    limit: u64,
    in_flight: u64,
}

impl Reserve {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, in_flight: 0 }
    }
}

impl Service for Reserve {
    type Permit = ();

    fn admit(&mut self, request: &Request) -> Option<()> {
        let percent = match request.priority {
            Priority::Critical => 100,
            Priority::High => 90,
            Priority::Normal => 70,
            Priority::Low => 50,
        };
        (self.in_flight * 100 < self.limit * percent).then(|| self.in_flight += 1)
    }

    fn release(&mut self, (): (), _answer: &Answer) {
        self.in_flight -= 1;
    }
}

/// The bound: everybody is let in, the queue is served by importance, and what cannot be answered in time is dropped when
/// its turn comes. Only a service that holds its own queue can do this.
pub(crate) struct Ordered {
    /// The mean service time, which it is told.
    pub(crate) service: Duration,
}

impl Service for Ordered {
    type Permit = ();

    fn admit(&mut self, _request: &Request) -> Option<()> {
        Some(())
    }

    fn release(&mut self, (): (), _answer: &Answer) {}

    fn order(&self) -> Order {
        Order::Important
    }

    fn still_wanted(&mut self, request: &Request, now: Duration) -> bool {
        request.deadline.is_none_or(|deadline| now + self.service < request.arrived + deadline)
    }
}

/// The oracle: it is told the best limit of the server and how much is offered, counts exactly, and asks nobody.
pub(crate) struct Oracle {
    limit: u64,
    in_flight: u64,
    /// What is offered in multiples of what can be served, by time.
    offered: fn(Duration) -> f64,
    recent: VecDeque<u16>,
}

impl Oracle {
    pub(crate) fn new(limit: u64, offered: fn(Duration) -> f64) -> Self {
        Self { limit, in_flight: 0, offered, recent: VecDeque::new() }
    }
}

impl Service for Oracle {
    type Permit = ();

    fn admit(&mut self, request: &Request) -> Option<()> {
        let first = if request.attempt > 1 { 0 } else { 128 };
        let rank = (request.priority as u16) << 8 | first | u16::from(request.level);
        self.recent.push_back(rank);
        if self.recent.len() > 1000 {
            self.recent.pop_front();
        }
        let over = (self.offered)(request.arrived);
        let critical = request.priority == Priority::Critical;
        let most = if over <= 1.0 {
            4 * self.limit
        } else if critical {
            3 * self.limit
        } else {
            self.limit
        };
        if self.in_flight >= most {
            return None;
        }
        if over > 1.0 && !critical {
            // what outranks it takes less than what can be served
            let above = self.recent.iter().filter(|it| **it > rank).count() as f64 / self.recent.len() as f64;
            if above * over > 1.4 {
                return None;
            }
        }
        self.in_flight += 1;
        Some(())
    }

    fn release(&mut self, (): (), _answer: &Answer) {
        self.in_flight -= 1;
    }
}
