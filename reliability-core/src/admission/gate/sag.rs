//! How much slower the server gets the more is inside, and so how far it may be opened.
//!
//! A server whose processors are shared completes less in a second the more is inside. Beyond some number it completes less than
//! arrives; from there on it fills up by itself, and what was open for a long deadline ends in serving nobody. If the rate sinks by
//! a share k for each that is inside beyond the knee c, then at a load r the two are equal with c + (1/r − 1)/k inside. It is opened no
//! further than what holds for four fifths of what it can do: c + 0.25/k and a few more. That is, within one or two, the limit
//! which refuses least of all fixed ones at that load (by the birth-death chain of the shared server with a contention of 0.1,
//! 1 to 16 processors: 6, 9, 16, 29, 56).
//!
//! The rate is counted apart for each level of what was inside, two to an octave. The best level is the one from which on there
//! is nothing to gain, and the completions that are missing above it say how much the server sags. Before enough is known it is
//! taken for one that does, by a tenth for as many as it works on; a server that queues shows soon that it does not, and is opened
//! as far as the deadline allows.
//!
//! Tried: no bound but on a server that sank once: 12 to 100 % refused on one or two processors at 0.8 times. The same bound for
//! all: queues of one to four workers refuse 2 to 4 %. The best level by rate alone: of many levels of a queue the luckiest wins,
//! which is a high one, and nothing is learnt above it. Two levels, split by the knee: as wrong as the knee is.

const LEVELS: usize = 32;
/// Completions that are remembered.
const MEMORY: f64 = 8_000.0;
/// A level with fewer completions has no rate.
const FEW: f64 = 8.0;
/// So many standard deviations are taken off a level's rate, for luck.
const LUCK: f64 = 0.7;
/// As good as the best, of which the lowest level counts.
const NEAR: f64 = 0.92;
/// What is believed at first, and the most that is believed: the share of the rate that is lost when twice as many are
/// inside as the server works on.
const BELIEVED: f64 = 0.1;
/// The weight of that, in completions that have a knee more inside than the best level.
const WEIGHT: f64 = 60.0;
/// So little is no sagging; what is more counts for more, since the best level sags a little as well.
const NOTHING: f64 = 0.01;
const STEEP: f64 = 1.6;
/// 1/0.8 − 1.
const SPARE: f64 = 0.25;
/// A few more: when it is known how much it sags, and in addition while it is not.
const MORE: f64 = 2.5;
const UNSURE: f64 = 5.5;

/// Rates by how many were inside.
#[derive(Debug)]
pub(super) struct Sag {
    levels: [Level; LEVELS],
}

/// Sums over looks that began at this level, older ones weighing less; times in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Level {
    time: f64,
    area: f64,
    completed: f64,
}

impl Level {
    /// Completions in a nanosecond, at least.
    fn rate(&self) -> f64 {
        if self.completed < FEW { 0.0 } else { self.completed / self.time * (1.0 - LUCK / self.completed.sqrt()) }
    }
}

/// 1, 2, 3, 4, from 6, 8, 12, 16 and so on.
fn level(inside: f64) -> usize {
    let inside = inside.max(1.0) as u64;
    let octave = inside.ilog2();
    let half = if octave > 0 { inside >> (octave - 1) & 1 } else { 0 };
    (2 * octave as usize + half as usize).min(LEVELS - 1)
}

impl Sag {
    pub(super) const UNKNOWN: Self = Self { levels: [Level { time: 0.0, area: 0.0, completed: 0.0 }; LEVELS] };

    /// One look: how many were inside at its beginning, and the sum of the times inside.
    pub(super) fn look(&mut self, (before, area): (f64, f64), (time, completed): (f64, f64)) {
        if completed > 0.0 {
            let keep = MEMORY / (MEMORY + completed);
            for it in &mut self.levels {
                (it.time, it.area, it.completed) = (it.time * keep, it.area * keep, it.completed * keep);
            }
        }
        if before >= 1.0 {
            let it = &mut self.levels[level(before)];
            (it.time, it.area, it.completed) = (it.time + time, it.area + area, it.completed + completed);
        }
    }

    /// As many as may be inside without the server sinking by itself.
    pub(super) fn most(&self, knee: f64) -> f64 {
        let knee = knee.max(1.0);
        let rates = self.levels.map(|it| it.rate());
        let rate = rates.into_iter().fold(0.0, f64::max);
        let best = rates.into_iter().position(|it| it >= NEAR * rate).unwrap_or(0);
        let (mut missing, mut weight) = (BELIEVED * WEIGHT, WEIGHT * knee);
        if rate > 0.0 {
            let crowd = self.levels[best].area / self.levels[best].time;
            for it in self.levels[best + 1..].iter().filter(|it| it.time > 0.0) {
                missing += rate * it.time - it.completed;
                weight += it.completed * (it.area / it.time - crowd).max(0.0);
            }
        }
        let sags = ((missing / weight - NOTHING / knee) * STEEP).min(BELIEVED / knee).max(1e-9);
        knee + SPARE / sags + MORE + UNSURE * WEIGHT * knee / weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many looks at a server of four, whose rate sinks by this share for each four more, at all levels up to 40.
    fn seen(contention: f64) -> Sag {
        let mut sag = Sag::UNKNOWN;
        for _ in 0..100 {
            for inside in 1..=40 {
                let inside = f64::from(inside);
                let rate = inside.min(4.0) / (1.0 + contention * (inside - 4.0).max(0.0) / 4.0);
                sag.look((inside, inside * 1e6), (1e6, rate));
            }
        }
        sag
    }

    #[test]
    fn levels_are_in_order_and_never_end() {
        let levels: Vec<_> = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 12.0, 16.0].map(level).into();
        assert_eq!(levels, [0, 0, 2, 3, 4, 4, 5, 5, 6, 7, 8]);
        assert_eq!(level(f64::MAX), LEVELS - 1);
    }

    #[test]
    fn a_server_that_slows_down_is_opened_to_where_it_keeps_up_and_a_queue_as_far_as_the_deadline_allows() {
        let unknown = Sag::UNKNOWN.most(4.0);
        assert!((18.0..24.0).contains(&unknown), "{unknown}");
        let shared = seen(0.1).most(4.0);
        assert!((14.0..22.0).contains(&shared), "{shared}");
        let queue = seen(0.0).most(4.0);
        assert!(queue > 1_000.0, "{queue}");
    }
}
