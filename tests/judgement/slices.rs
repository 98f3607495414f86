//! Slices of time, cut and judged one by one.

use num_bigint::BigInt;
use num_integer::Integer;

use crate::case::{Case, Count, DAY, Exact, Period};
use crate::fraction::Share;
use crate::story::{Story, Sums};
use crate::zones;

/// Good and bad events of a slice.
type Events = (i128, i128);

/// The slices of a history, from before all windows that end in it.
pub(crate) struct Slices {
    minutes: i64,
    /// The first minutes; one more at the end that begins after the history.
    starts: Vec<i64>,
    /// How many begin before each minute, from the first start on.
    begun: Vec<usize>,
    /// Over those before each slice: how many are bad, and how many have events, once all is over.
    bad: Vec<i128>,
    some: Vec<i128>,
    lost: Lost,
}

/// Over the slices before each: the sum of bad / valid over those with events, in parts of a common denominator.
enum Lost {
    No,
    Small { parts: i128, until: Vec<i128> },
    Large { parts: BigInt, until: Vec<BigInt> },
}

impl Slices {
    pub(crate) fn of(case: &Case, story: &Story, sums: &Sums) -> Option<Self> {
        let minutes = case.slice()?;
        let starts = cut(case.period, minutes, story.begins, story.begins - 3 * DAY, story.ends());
        let mut begun = Vec::new();
        for (i, pair) in starts.windows(2).enumerate() {
            begun.push(i);
            begun.resize(begun.len() + (pair[1] - pair[0]) as usize - 1, i + 1);
        }
        begun.push(starts.len() - 1);
        let tallies: Vec<Events> = starts.windows(2).map(|pair| sums.events(pair[0], pair[1])).collect();
        let target = match case.count {
            Count::Verdicts { target, .. } => Some(target),
            _ => None,
        };
        let running = |counts: &dyn Fn(&Events) -> bool| {
            let mut until = vec![0];
            for tally in &tallies {
                until.push(until[until.len() - 1] + i128::from(counts(tally)));
            }
            until
        };
        let bad = running(&|tally| target.is_some_and(|target| is_bad(*tally, target)));
        let some = running(&|tally| tally.0 + tally.1 > 0);
        let lost = if target.is_some() { Lost::No } else { lost(&tallies) };
        Some(Self { minutes, starts, begun, bad, some, lost })
    }

    /// The slices of a window, as positions: those that begin in it, or the one that contains its last minute.
    pub(crate) fn window(&self, from: i64, to: i64) -> (usize, usize) {
        let (first, end) = self.that_begin(from, to);
        (first.min(end - 1), end)
    }

    /// Those that begin in it.
    pub(crate) fn that_begin(&self, from: i64, to: i64) -> (usize, usize) {
        let before = |minute: i64| self.begun[(minute - self.starts[0]).clamp(0, self.begun.len() as i64 - 1) as usize];
        (before(from), before(to))
    }

    /// How many of them are bad, the last one by what it has before `now`.
    pub(crate) fn bad(&self, (first, end): (usize, usize), now: i64, sums: &Sums, target: Exact) -> i128 {
        if first >= end {
            return 0;
        }
        self.bad[end - 1] - self.bad[first] + i128::from(is_bad(self.so_far(end - 1, now, sums), target))
    }

    /// How many of them have events.
    pub(crate) fn some(&self, (first, end): (usize, usize), now: i64, sums: &Sums) -> i128 {
        if first >= end {
            return 0;
        }
        let (good, bad) = self.so_far(end - 1, now, sums);
        self.some[end - 1] - self.some[first] + i128::from(good + bad > 0)
    }

    /// 1 − the mean ratio of those that have events.
    pub(crate) fn mean_lost(&self, (first, end): (usize, usize), now: i64, sums: &Sums) -> Option<Share> {
        let some = self.some((first, end), now, sums);
        if some == 0 {
            return None;
        }
        let (good, bad) = self.so_far(end - 1, now, sums);
        let valid = (good + bad).max(1);
        let divisor = bad.gcd(&valid);
        let (bad, valid) = (bad / divisor, valid / divisor);
        Some(match &self.lost {
            Lost::No => unreachable!("only means are asked for their mean"),
            Lost::Small { parts, until } => {
                let sum = until[end - 1] - until[first];
                let up = sum.checked_mul(valid).and_then(|sum| sum.checked_add(bad.checked_mul(*parts)?));
                let down = parts.checked_mul(valid).and_then(|down| down.checked_mul(some));
                match (up, down) {
                    (Some(up), Some(down)) => Share::new(up, down),
                    _ => large(&sum.into(), &(*parts).into(), bad, valid, some),
                }
            }
            Lost::Large { parts, until } => large(&(&until[end - 1] - &until[first]), parts, bad, valid, some),
        })
    }

    /// The first minutes and the events of some slices.
    pub(crate) fn each(
        &self,
        (first, end): (usize, usize),
        now: i64,
        sums: &Sums,
    ) -> impl Iterator<Item = (i64, Events)> {
        (first..end).map(move |i| (self.starts[i], self.so_far(i, now, sums)))
    }

    /// All slices of the budget's period.
    pub(crate) fn of_period(&self, case: &Case, begins: i64, now: i64) -> i128 {
        let (first, length) = case.period_at(now);
        let count = match case.period {
            // those numbers k with first ≤ begins + k·s < now
            Period::Rolling { .. } => {
                let before = |minute: i64| -(begins - minute).div_euclid(self.minutes);
                before(now) - before(first)
            }
            Period::Month { .. } => (length + self.minutes - 1) / self.minutes,
        };
        count.into()
    }

    fn so_far(&self, i: usize, now: i64, sums: &Sums) -> Events {
        sums.events(self.starts[i], self.starts[i + 1].min(now))
    }
}

/// Where slices begin, from the last start at or before `from` to the first one at or after `to`.
fn cut(period: Period, minutes: i64, origin: i64, from: i64, to: i64) -> Vec<i64> {
    let mut starts = Vec::new();
    match period {
        Period::Rolling { .. } => {
            let mut start = origin - minutes * ((origin - from) / minutes + 1);
            while start < to {
                starts.push(start);
                start += minutes;
            }
            starts.push(start);
        }
        Period::Month { zone } => {
            let (mut first, mut next) = zones::month_at(zone, from);
            let mut start = first + (from - first) / minutes * minutes;
            loop {
                starts.push(start);
                if start >= to {
                    break;
                }
                start += minutes;
                if start >= next {
                    (first, next) = zones::month_at(zone, next);
                    start = first;
                }
            }
        }
    }
    starts
}

fn is_bad((good, bad): Events, target: Exact) -> bool {
    good * target.denom() < target.numer() * (good + bad)
}

fn lost(tallies: &[Events]) -> Lost {
    let reduced = tallies.iter().map(|&(good, bad)| {
        let valid = (good + bad).max(1);
        let divisor = bad.gcd(&valid);
        (bad / divisor, valid / divisor)
    });
    let common = reduced.clone().try_fold(1_i128, |common, (_, valid)| {
        let next = (common / common.gcd(&valid)).checked_mul(valid)?;
        (next < 1 << 80).then_some(next)
    });
    if let Some(parts) = common {
        let mut until = vec![0];
        for (bad, valid) in reduced {
            until.push(until[until.len() - 1] + parts / valid * bad);
        }
        return Lost::Small { parts, until };
    }
    let parts = reduced.clone().fold(BigInt::from(1), |common, (_, valid)| common.lcm(&valid.into()));
    let mut until = vec![BigInt::from(0)];
    for (bad, valid) in reduced {
        until.push(&until[until.len() - 1] + &parts / valid * bad);
    }
    Lost::Large { parts, until }
}

/// (sum / parts + bad / valid) / some
fn large(sum: &BigInt, parts: &BigInt, bad: i128, valid: i128, some: i128) -> Share {
    Share::Large { up: sum * valid + parts * bad, down: parts * valid * some }
}

#[test]
fn a_month_that_is_no_multiple_of_the_slice_ends_in_a_shorter_one() {
    // March 2026 in Paris: 44 580 minutes are 106 slices of seven hours and one of an hour
    let (first, next) = (zones::month(1, 3), zones::month(1, 4));
    let starts = cut(Period::Month { zone: 1 }, 420, first + 50, first - 10, next + 430);
    assert_eq!(starts[1..3], [first, first + 420]);
    let last = starts.iter().position(|start| *start == next).unwrap();
    assert_eq!(next - starts[last - 1], 60);
    assert_eq!(starts[last + 1] - next, 420);
    assert_eq!(starts.len(), 1 + 107 + 3);
}

#[test]
fn slices_of_a_rolling_period_are_cut_from_the_first_minute_in_both_directions() {
    let starts = cut(Period::Rolling { days: 30 }, 7, 100, 80, 115);
    assert_eq!(starts, [79, 86, 93, 100, 107, 114, 121]);
}
