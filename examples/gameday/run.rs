//! What one run of a scenario left behind, as plain data for the table and the chart.

use std::ops::Range;

/// How the requests of one second ended for the customers who sent them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Second {
    /// Answered in full and in time.
    pub(crate) full: u64,
    /// Answered in time with something cheaper.
    pub(crate) degraded: u64,
    /// Refused on purpose.
    pub(crate) shed: u64,
    /// An error, or no answer in time.
    pub(crate) failed: u64,
}

impl Second {
    /// All that were sent.
    pub(crate) fn asked(self) -> u64 {
        self.full + self.degraded + self.shed + self.failed
    }

    /// The customer did not get what was asked for: an error, no answer in time, or a refusal.
    pub(crate) fn lost(self) -> u64 {
        self.failed + self.shed
    }
}

impl std::ops::AddAssign for Second {
    fn add_assign(&mut self, other: Self) {
        self.full += other.full;
        self.degraded += other.degraded;
        self.shed += other.shed;
        self.failed += other.failed;
    }
}

/// Something that the library did, at a second since the start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) at: f64,
    /// One word for the chart.
    pub(crate) word: &'static str,
    /// The event's own sentence.
    pub(crate) sentence: String,
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// By the second in which a request was first sent.
    pub(crate) seconds: Vec<Second>,
    /// The same by class, most important first.
    pub(crate) classes: Vec<(&'static str, Second)>,
    pub(crate) marks: Vec<Mark>,
    /// The share of its budget that the watched objective spent.
    pub(crate) spent: f64,
    /// Whether it would have paged somebody.
    pub(crate) paged: bool,
}

impl Run {
    /// All seconds together.
    pub(crate) fn total(&self) -> Second {
        self.within(0..self.seconds.len())
    }

    /// The seconds of a stretch together.
    pub(crate) fn within(&self, stretch: Range<usize>) -> Second {
        let mut sum = Second::default();
        self.seconds.iter().skip(stretch.start).take(stretch.len()).for_each(|second| sum += *second);
        sum
    }

    /// When the first thing of this word happened.
    pub(crate) fn first(&self, word: &str) -> Option<f64> {
        self.marks.iter().find(|mark| mark.word == word).map(|mark| mark.at)
    }

    /// When the last thing of this word happened.
    pub(crate) fn last(&self, word: &str) -> Option<f64> {
        self.marks.iter().rfind(|mark| mark.word == word).map(|mark| mark.at)
    }
}
