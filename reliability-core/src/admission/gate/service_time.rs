//! How long the service takes where nothing queues, of two memories: the long one is the figure, and where the short one
//! differs from it by nearly a third, something has changed and the long one begins again from there.

use super::tuning::Tuning;

/// The service time, from looks at which nothing queued: time inside / completions.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) short: Sum,
    pub(super) long: Sum,
    /// Nanoseconds; 0 before anything is known.
    pub(super) time: f64,
}

/// Time inside and completions, older ones weighing less.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    area: f64,
    pub(super) completed: f64,
}

impl Sum {
    pub(super) const NOTHING: Self = Self { area: 0.0, completed: 0.0 };

    /// Adds to it; what is older than so many completions fades.
    pub(super) fn add(&mut self, area: f64, completed: f64, memory: f64) {
        let keep = memory / (memory + completed);
        self.area = self.area * keep + area;
        self.completed = self.completed * keep + completed;
    }

    pub(super) fn time(self) -> f64 {
        if self.completed > 0.0 { self.area / self.completed } else { 0.0 }
    }
}

impl Service {
    /// Takes this for all that is known.
    pub(super) fn begin_again(&mut self, seen: Sum) {
        (self.short, self.long, self.time) = (seen, seen, seen.time());
    }

    pub(super) const UNKNOWN: Self = Self { short: Sum::NOTHING, long: Sum::NOTHING, time: 0.0 };

    pub(super) fn add(&mut self, area: f64, completed: f64, tuning: &Tuning) {
        self.short.add(area, completed, tuning.short);
        self.long.add(area, completed, tuning.long);
        let (short, long) = (self.short.time(), self.long.time());
        if self.short.completed > 0.8 * tuning.short && (short - long).abs() > tuning.changed * long {
            self.long = self.short;
        }
        self.time = self.long.time();
    }
}
