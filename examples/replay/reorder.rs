//! Requests into minutes, though a log is not in order.
//!
//! A server writes a line when a request ends, several workers write at once, and rotated files are joined in any order. So a line
//! counts into its own minute as long as that lies within [`REACH`] of the latest one: 31 days, which takes at most
//! 0.7 MB, whatever the size of the log. Only then is a minute handed on.
//!
//! - **Later than that** and a line is wrong, since its minute has been judged: named, counted, no event. Sort the log.
//! - **Far ahead** (by more than the same 31 days) is a line taken only if the next one agrees, within the same reach, or none
//!   follows. Else one broken date would make all later lines too late.
//!
//! Between the first minute and the last, a minute without a line was read and empty: a server that writes nothing was not asked.

use std::collections::VecDeque;

use reliability_core::slo::Tally;

use crate::lines::Rejected;
use crate::minutes::Minute;

/// Minutes, from the latest one back, into which a line is still counted.
pub(crate) const REACH: i64 = 31 * 1_440;
const TOO_LATE: &str = "its time is more than 31 days before that of the latest line";
const ASTRAY: &str = "its time is more than 31 days after those of its neighbours";

/// One request: where it stands and what it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) line: u64,
    pub(crate) minute: i64,
    pub(crate) good: bool,
}

/// The minutes that may still grow.
#[derive(Debug, Default)]
pub(crate) struct Reorder {
    /// The minute of the first of `open`.
    base: i64,
    open: VecDeque<Tally>,
    /// Whether a minute was handed on: what comes before `base` then is too late.
    closed: bool,
    ahead: Option<Seen>,
}

impl Reorder {
    /// Counts a request, or names the lines that are thereby known to be wrong, this one or the one before. Hands on the
    /// minutes that are out of reach now.
    pub(crate) fn count(&mut self, seen: Seen, rejected: &mut Rejected, hand_on: &mut impl FnMut(Minute)) {
        if let Some(ahead) = self.ahead.take() {
            if (ahead.minute - seen.minute).abs() < REACH {
                self.place(ahead, hand_on);
            } else {
                rejected.add(ahead.line, ASTRAY);
            }
        }
        let latest = self.base + self.open.len() as i64 - 1;
        if self.open.is_empty() {
            self.base = seen.minute;
        } else if seen.minute >= latest + REACH {
            self.ahead = Some(seen);
            return;
        } else if seen.minute <= latest - REACH || (self.closed && seen.minute < self.base) {
            rejected.add(seen.line, TOO_LATE);
            return;
        }
        self.place(seen, hand_on);
    }

    /// Hands on all that is left.
    pub(crate) fn finish(mut self, hand_on: &mut impl FnMut(Minute)) {
        if let Some(ahead) = self.ahead.take() {
            self.place(ahead, hand_on);
        }
        while let Some(tally) = self.open.pop_front() {
            hand_on(Minute { at: self.base, tally });
            self.base += 1;
        }
    }

    fn place(&mut self, seen: Seen, hand_on: &mut impl FnMut(Minute)) {
        while seen.minute < self.base {
            self.open.push_front(Tally::ZERO);
            self.base -= 1;
        }
        while self.base + self.open.len() as i64 <= seen.minute {
            self.open.push_back(Tally::ZERO);
            if self.open.len() as i64 > REACH
                && let Some(tally) = self.open.pop_front()
            {
                hand_on(Minute { at: self.base, tally });
                self.base += 1;
                self.closed = true;
            }
        }
        let tally = &mut self.open[(seen.minute - self.base) as usize];
        *tally = *tally + if seen.good { Tally::new(1, 0) } else { Tally::new(0, 1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Wrong = Vec<(u64, &'static str)>;

    /// Requests at these minutes, one a line: what is handed on, and the lines that were wrong.
    fn run(minutes: &[i64]) -> (Vec<(i64, u64)>, Wrong) {
        let (mut out, mut rejected, mut reorder) = (Vec::new(), Rejected::default(), Reorder::default());
        let mut hand_on = |minute: Minute| out.push((minute.at, minute.tally.valid()));
        for (line, &minute) in (1..).zip(minutes) {
            reorder.count(Seen { line, minute, good: line % 2 == 0 }, &mut rejected, &mut hand_on);
        }
        reorder.finish(&mut hand_on);
        assert!(out.is_sorted_by(|a, b| a.0 + 1 == b.0), "every minute, in order");
        out.retain(|(_, events)| *events > 0);
        (out, rejected.first.iter().map(|wrong| (wrong.line, wrong.why)).collect())
    }

    #[test]
    fn lines_out_of_order_count_into_their_own_minutes() {
        assert_eq!(run(&[100, 103, 102, 103, 99]), (vec![(99, 1), (100, 1), (102, 1), (103, 2)], vec![]));
        let first = 1_000_000;
        assert_eq!(run(&[first + REACH - 1, first]), (vec![(first, 1), (first + REACH - 1, 1)], vec![]));
        assert_eq!(run(&[first, first + REACH - 1, first]), (vec![(first, 2), (first + REACH - 1, 1)], vec![]));
    }

    #[test]
    fn a_line_beyond_reach_is_wrong_and_no_event() {
        let first = 1_000_000;
        assert_eq!(run(&[first + REACH, first]), (vec![(first + REACH, 1)], vec![(2, TOO_LATE)]));
        let (out, wrong) = run(&[first, first + REACH - 1, first + REACH, first]);
        assert_eq!(out, [(first, 1), (first + REACH - 1, 1), (first + REACH, 1)]);
        assert_eq!(wrong, [(4, TOO_LATE)]);
    }

    #[test]
    fn one_broken_date_far_ahead_is_wrong_and_spoils_nothing() {
        assert_eq!(run(&[100, 90_000_000, 101]), (vec![(100, 1), (101, 1)], vec![(2, ASTRAY)]));
        assert_eq!(run(&[100, 90_000_000, 80_000_000, 101]).1, [(2, ASTRAY), (3, ASTRAY)]);
        assert_eq!(run(&[100 + REACH, 90_000_000, 100]).1, [(2, ASTRAY), (3, TOO_LATE)]);
    }

    #[test]
    fn a_long_silence_is_believed_when_two_lines_end_it_or_nothing_follows() {
        let after = 100 + 3 * REACH;
        assert_eq!(run(&[100, after, after + 1]), (vec![(100, 1), (after, 1), (after + 1, 1)], vec![]));
        assert_eq!(run(&[100, after]), (vec![(100, 1), (after, 1)], vec![]));
        assert_eq!(run(&[100, after, after - 5]), (vec![(100, 1), (after - 5, 1), (after, 1)], vec![]));
    }

    #[test]
    fn what_may_still_grow_is_bounded() {
        let (mut reorder, mut handed) = (Reorder::default(), 0);
        for line in 0..200_000 {
            let seen = Seen { line, minute: (line as i64) * 3, good: true };
            reorder.count(seen, &mut Rejected::default(), &mut |_| handed += 1);
            assert!(reorder.open.len() as i64 <= REACH);
        }
        assert!(handed > 500_000);
    }
}
