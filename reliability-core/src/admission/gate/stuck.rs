//! Requests that never end.
//!
//! A call that hangs for ever, or a permit that somebody keeps, is inside for good. If it is the only one, and the gate refuses for
//! what was slow before, then nothing is completed that could show otherwise, and one request keeps all others out. So where
//! requests are refused, and for a while nobody was let in and nobody left, those inside count as gone, and the law looks at what
//! comes after them. If those hang too, the next try comes after twice the time.
//!
//! What counts as gone is never more than what is inside, and fades with completions: who ends after all is in nobody's way.

/// Nothing moves for so long, in nanoseconds, and for so many service times. With 4 of them one processor refused 83 instead of
/// 21 % at 0.8 times: an exponential service rests that long after every fiftieth completion.
const LEAST: f64 = 100e6;
const MOST: f64 = 5e9;
const SERVICES: f64 = 20.0;
/// So many are tried at once, until one of them ends.
const TRIED: f64 = 4.0;
/// Completions after which half of it is forgotten.
const MEMORY: f64 = 4_000.0;

#[derive(Debug)]
pub(super) struct Stuck {
    count: f64,
    /// For how long nothing has moved, and how long that may be.
    still: f64,
    patience: f64,
}

impl Stuck {
    pub(super) const NONE: Self = Self { count: 0.0, still: 0.0, patience: LEAST };

    /// One look: how many of those inside go on.
    pub(super) fn look(
        &mut self,
        inside: f64,
        time: f64,
        (admitted, completed, refused): (f64, f64, f64),
        service: f64,
    ) -> f64 {
        self.count = (self.count * MEMORY / (MEMORY + completed)).min(inside);
        if completed > 0.0 {
            self.patience = LEAST;
        }
        self.still = if admitted + completed > 0.0 || refused <= 0.0 { 0.0 } else { self.still + time };
        if self.still > self.patience.max(SERVICES * service) {
            (self.count, self.still) = (inside, 0.0);
            self.patience = (2.0 * self.patience).min(MOST);
        }
        inside - self.count
    }

    /// As many as may be inside beside those that are gone.
    pub(super) fn most(&self) -> f64 {
        if self.patience > LEAST { TRIED } else { f64::MAX }
    }
}
