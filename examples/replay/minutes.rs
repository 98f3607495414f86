//! What readers hand over: minutes that somebody read, oldest first.
//!
//! A minute that is not handed over was read by nobody. One with no events was: the difference decides what an alert may
//! conclude from silence.

use reliability_core::slo::Tally;

/// A minute that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Minute {
    /// Counted from the Unix epoch.
    pub(crate) at: i64,
    /// What happened in it.
    pub(crate) tally: Tally,
}

/// The counts of a step that begins at the minute `at`, over its `minutes`: whole events, the odd ones to the earliest.
pub(crate) fn spread(at: i64, tally: Tally, minutes: i64) -> impl Iterator<Item = Minute> {
    let part = move |count: u64, nth: i64| {
        let minutes = minutes as u64;
        count / minutes + u64::from((nth as u64) < count % minutes)
    };
    (0..minutes).map(move |nth| Minute { at: at + nth, tally: Tally::new(part(tally.good, nth), part(tally.bad, nth)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_spread_in_whole_events_earliest_first() {
        let minutes: Vec<_> = spread(100, Tally::new(17, 3), 5).collect();
        let goods: Vec<_> = minutes.iter().map(|minute| minute.tally.good).collect();
        let bads: Vec<_> = minutes.iter().map(|minute| minute.tally.bad).collect();
        assert_eq!((goods, bads), (vec![4, 4, 3, 3, 3], vec![1, 1, 1, 0, 0]));
        assert_eq!((minutes[0].at, minutes[4].at), (100, 104));
        let whole = Minute { at: 7, tally: Tally::new(u64::MAX, 1) };
        assert_eq!(spread(7, whole.tally, 1).collect::<Vec<_>>(), [whole]);
    }
}
