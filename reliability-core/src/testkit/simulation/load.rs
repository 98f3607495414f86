//! How much arrives when: a line of steps and ramps, in multiples of what the service can do.

use std::time::Duration;

/// The load over time, in multiples of the server's capacity: 0.5 is half of it, 10 ten times as much.
///
/// Arrivals are open-loop: they come at this rate, independently of each other, whatever became of those before.
///
/// ```
/// use reliability_core::testkit::simulation::Load;
/// use std::time::Duration;
///
/// let s = Duration::from_secs;
/// let load = Load::steady(0.5).step(s(10), 10.0).step(s(30), 0.5).ramp(s(40), s(60), 1.5);
/// assert_eq!([load.at(s(0)), load.at(s(10)), load.at(s(35)), load.at(s(50)), load.at(s(90))], [0.5, 10.0, 0.5, 1.0, 1.5]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// In order; the last one goes on for ever.
    pieces: Vec<Piece>,
}

/// From `from` on the load goes in a straight line from `start` to `end`, which it reaches at `until`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from: f64,
    until: f64,
    start: f64,
    end: f64,
}

/// A load that can be: neither negative nor endless.
fn sane(load: f64) -> f64 {
    if load.is_finite() { load.clamp(0.0, 1e6) } else { 0.0 }
}

impl Load {
    /// The same load from the beginning on. What is negative or no number counts as none.
    #[must_use]
    pub fn steady(load: f64) -> Self {
        let load = sane(load);
        Self { pieces: vec![Piece { from: 0.0, until: f64::INFINITY, start: load, end: load }] }
    }

    /// Another load from `at` on. Steps and ramps are given in order of time; one before the last begins with it.
    #[must_use]
    pub fn step(self, at: Duration, load: f64) -> Self {
        self.ramp(at, at, load)
    }

    /// A straight line from what was at `from` to `load` at `until`, and `load` from then on.
    #[must_use]
    pub fn ramp(mut self, from: Duration, until: Duration, load: f64) -> Self {
        let last = self.pieces.last().map_or(0.0, |it| it.from);
        let (from, load) = (from.as_secs_f64().max(last), sane(load));
        let until = until.as_secs_f64().max(from);
        let start = self.value(from);
        if let Some(last) = self.pieces.last_mut() {
            last.until = from;
        }
        if until > from {
            self.pieces.push(Piece { from, until, start, end: load });
        }
        self.pieces.push(Piece { from: until, until: f64::INFINITY, start: load, end: load });
        self
    }

    /// The load at a time.
    pub fn at(&self, time: Duration) -> f64 {
        self.value(time.as_secs_f64())
    }

    fn piece(&self, time: f64) -> Option<&Piece> {
        self.pieces.iter().rev().find(|it| it.from <= time).or(self.pieces.first())
    }

    pub(super) fn value(&self, time: f64) -> f64 {
        self.piece(time).map_or(0.0, |it| {
            if it.start.to_bits() == it.end.to_bits() {
                return it.end;
            }
            it.start + (it.end - it.start) * ((time - it.from) / (it.until - it.from)).clamp(0.0, 1.0)
        })
    }

    /// The most that the load is from `time` to the end of its piece, and that end.
    pub(super) fn bound(&self, time: f64) -> (f64, f64) {
        self.piece(time).map_or((0.0, f64::INFINITY), |it| (it.start.max(it.end), it.until))
    }
}
