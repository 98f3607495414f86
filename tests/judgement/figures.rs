//! The figures of a history at one instant: budget, burns, coverage, forecast.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::case::{Count, HOUR, Period, WINDOWS};
use crate::fraction::{big, whole};
use crate::judge::Judge;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) period_begins: i64,
    pub(crate) counts: (i128, i128),
    /// Minutes seen, and all of them.
    pub(crate) coverage: (i64, i64),
    pub(crate) left: BigRational,
    pub(crate) measured: Option<BigRational>,
    pub(crate) burns: [Option<BigRational>; WINDOWS.len()],
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forecast {
    pub(crate) straight_1h: Option<BigRational>,
    pub(crate) straight_6h: Option<BigRational>,
    pub(crate) replayed: Option<i64>,
}

/// What the budget is made of: 1 − lost / (allowed × of), with each loss as (minute, amount).
struct Spent {
    lost: BigRational,
    of: i128,
    each: Vec<(i64, BigRational)>,
}

impl Judge<'_> {
    pub(crate) fn figures(&self, t: i64) -> Figures {
        let (first, length) = self.case.period_at(t);
        let minutes = match self.case.period {
            Period::Rolling { .. } => length,
            Period::Month { .. } => t - first,
        };
        Figures {
            period_begins: first,
            counts: self.sums.events(first, t),
            coverage: (self.sums.seen(first, t, false), minutes),
            left: self.left(&self.spent(first, t)),
            measured: self.measured(first, t),
            burns: WINDOWS.map(|window| self.burn(window, t)),
        }
    }

    pub(crate) fn forecast(&self, t: i64) -> Forecast {
        let (first, length) = self.case.period_at(t);
        let spent = self.spent(first, t);
        let left = self.left(&spent);
        let burn = |window: i64| self.burn(window, t).filter(|burn| !burn.is_zero());
        if !left.is_positive() {
            return Forecast { straight_1h: Some(whole(0)), straight_6h: Some(whole(0)), replayed: Some(0) };
        }
        let straight = |window: i64| Some(&left * whole(length.into()) / burn(window)?);
        Forecast {
            straight_1h: straight(HOUR),
            straight_6h: straight(6 * HOUR),
            replayed: straight(6 * HOUR).and_then(|_| self.replayed(t, &spent, &burn(6 * HOUR)?)),
        }
    }

    /// The first whole minute at which the burn has eaten what is left and what comes back until then.
    fn replayed(&self, t: i64, spent: &Spent, burn: &BigRational) -> Option<i64> {
        let (first, length) = self.case.period_at(t);
        let rolls = matches!(self.case.period, Period::Rolling { .. });
        let last = if rolls { length } else { first + length - t };
        let per_loss = (big(self.case.allowed) * whole(spent.of.max(1))).recip();
        let mut left = self.left(spent);
        let minutes_at_once = whole(length.into()) / burn;
        let reached = |left: &BigRational| (left * &minutes_at_once).ceil().to_integer();
        let mut from = 1;
        for (minute, amount) in &spent.each {
            // it is out of the window once minute < first + d
            let leaves = minute - first + 1;
            if !rolls || leaves > last {
                break;
            }
            let d = reached(&left).max(BigInt::from(from));
            if d < BigInt::from(leaves) {
                return d.to_i64();
            }
            left += amount * &per_loss;
            from = leaves;
        }
        let d = reached(&left).max(BigInt::from(from));
        if d <= BigInt::from(last) { d.to_i64() } else { None }
    }

    fn left(&self, spent: &Spent) -> BigRational {
        if spent.of == 0 {
            return whole(1);
        }
        whole(1) - &spent.lost / (big(self.case.allowed) * whole(spent.of))
    }

    fn spent(&self, first: i64, t: i64) -> Spent {
        let Some(slices) = &self.slices else {
            let (good, bad) = self.sums.events(first, t);
            let story = self.story;
            let minutes = story.begins.max(first)..t;
            let failures = minutes.map(|minute| (minute, story.minutes[(minute - story.begins) as usize].bad));
            let each = failures.filter(|(_, bad)| *bad > 0).map(|(minute, bad)| (minute, whole(bad.into()))).collect();
            return Spent { lost: whole(bad), of: good + bad, each };
        };
        let range = slices.that_begin(first, t);
        let some = slices.each(range, t, &self.sums).filter(|(_, (good, bad))| good + bad > 0);
        if let Count::Verdicts { target, .. } = self.case.count {
            let bad = some.filter(|(_, (good, bad))| good * target.denom() < target.numer() * (good + bad));
            let each: Vec<_> = bad.map(|(start, _)| (start, whole(1))).collect();
            let of = slices.of_period(self.case, self.story.begins, t);
            return Spent { lost: whole(each.len() as i128), of, each };
        }
        let lost = slices.mean_lost(range, t, &self.sums);
        let each: Vec<_> =
            some.map(|(start, (good, bad))| (start, BigRational::new(bad.into(), (good + bad).into()))).collect();
        let of = each.len() as i128;
        Spent { lost: lost.map_or(whole(0), |mean| mean.exactly() * whole(of)), of, each }
    }

    /// The budget of the slices that have events alone.
    fn measured(&self, first: i64, t: i64) -> Option<BigRational> {
        let (Count::Verdicts { target, .. }, Some(slices)) = (self.case.count, &self.slices) else { return None };
        let range = slices.that_begin(first, t);
        let some = slices.some(range, t, &self.sums);
        if some == 0 {
            return Some(whole(1));
        }
        let bad = slices.bad(range, t, &self.sums, target);
        Some(whole(1) - whole(bad) / (whole(some) * big(self.case.allowed)))
    }
}

/// For comparison with a figure of the engine's.
pub(crate) fn float(exact: &BigRational) -> f64 {
    exact.to_f64().unwrap_or(f64::NAN)
}
