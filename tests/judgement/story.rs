//! What happened, minute by minute.

/// One minute of a history.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Minute {
    pub(crate) good: u64,
    pub(crate) bad: u64,
    /// Whether somebody read it.
    pub(crate) seen: bool,
    /// Whether the pairs are judged at its end: not while the process is down or hangs.
    pub(crate) judged: bool,
}

impl Minute {
    pub(crate) const fn of(good: u64, bad: u64) -> Self {
        Self { good, bad, seen: true, judged: true }
    }
}

/// A history: its first minute since 1970, and all minutes from there.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) begins: i64,
    pub(crate) minutes: Vec<Minute>,
}

impl Story {
    /// The minute after the last.
    pub(crate) fn ends(&self) -> i64 {
        self.begins + self.minutes.len() as i64
    }
}

/// The same, summed up from the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    begins: i64,
    /// Good, bad, minutes seen.
    until: Vec<(i128, i128, i64)>,
}

impl Sums {
    pub(crate) fn of(story: &Story) -> Self {
        let mut until = vec![(0, 0, 0)];
        for minute in &story.minutes {
            let (good, bad, seen) = until[until.len() - 1];
            until.push((good + i128::from(minute.good), bad + i128::from(minute.bad), seen + i64::from(minute.seen)));
        }
        Self { begins: story.begins, until }
    }

    /// Good and bad events with from ≤ minute < to.
    pub(crate) fn events(&self, from: i64, to: i64) -> (i128, i128) {
        let (from, to) = (self.at(from), self.at(to));
        (to.0 - from.0, to.1 - from.1)
    }

    /// The minutes with from ≤ minute < to that were seen. Those before the first count where `begins`.
    pub(crate) fn seen(&self, from: i64, to: i64, begins: bool) -> i64 {
        let before = if begins { (self.begins.min(to) - from).max(0) } else { 0 };
        self.at(to).2 - self.at(from).2 + before
    }

    fn at(&self, minute: i64) -> (i128, i128, i64) {
        self.until[(minute - self.begins).clamp(0, self.until.len() as i64 - 1) as usize]
    }
}
