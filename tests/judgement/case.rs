//! What is asked of a history, as plain data and fractions.

use num_rational::Ratio;

use crate::zones;

/// An exact fraction; all that are made here are small.
pub(crate) type Exact = Ratio<i128>;

pub(crate) const HOUR: i64 = 60;
pub(crate) const DAY: i64 = 24 * HOUR;
/// The seven windows in minutes.
pub(crate) const WINDOWS: [i64; 7] = [5, 30, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Period {
    Rolling {
        days: i64,
    },
    /// The calendar month of a zone of the table.
    Month {
        zone: usize,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    /// Occurrences.
    Events,
    /// Timeslices of so many minutes, good from `target` on.
    Verdicts { minutes: i64, target: Exact },
    /// Ratio timeslices of so many minutes.
    Means { minutes: i64 },
}

/// Whose shares and period the factors are computed from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shares {
    OwnPeriod,
    Days(i64),
}

/// The low-traffic guard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    pub(crate) alpha: Exact,
    pub(crate) floor: i128,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// 1 − objective.
    pub(crate) allowed: Exact,
    pub(crate) period: Period,
    pub(crate) count: Count,
    pub(crate) shares: Shares,
    pub(crate) hold: bool,
    pub(crate) begins: bool,
    pub(crate) guard: Option<Proof>,
}

/// A rule long/short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) name: &'static str,
    pub(crate) long: i64,
    pub(crate) short: i64,
    pub(crate) page: bool,
    pub(crate) factor: Exact,
}

impl Case {
    /// The pairs that are judged: those that can be reached and, where the factors follow from the budget's own period, whose
    /// long window fits into it.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        // name, long, short, page, shares in per mille from 28 days up and below
        let table = [
            ("1h/5m", HOUR, 5, true, 20, 80),
            ("6h/30m", 6 * HOUR, 30, true, 50, 125),
            ("1d/2h", DAY, 2 * HOUR, false, 100, 200),
            ("3d/6h", 3 * DAY, 6 * HOUR, false, 100, 420),
        ];
        let (days, by_name) = match (self.shares, self.period) {
            (Shares::Days(days), _) => (days, true),
            (Shares::OwnPeriod, Period::Rolling { days }) => (days, false),
            (Shares::OwnPeriod, Period::Month { .. }) => (30, false),
        };
        let mut pairs = Vec::new();
        for (name, long, short, page, share, share_below) in table {
            let share = Exact::new(if days >= 28 { share } else { share_below }, 1_000);
            let mut factor = share * Exact::from_integer((days * DAY).into()) / Exact::from_integer(long.into());
            if factor < Exact::from_integer(1) && days != 28 {
                factor = Exact::from_integer(1);
            }
            let fits = by_name || long <= days * DAY;
            if fits && factor * self.allowed < Exact::from_integer(1) {
                pairs.push(Pair { name, long, short, page, factor });
            }
        }
        pairs
    }

    /// The minutes in a slice.
    pub(crate) fn slice(&self) -> Option<i64> {
        match self.count {
            Count::Events => None,
            Count::Verdicts { minutes, .. } | Count::Means { minutes } => Some(minutes),
        }
    }

    /// The budget's period at `t`: its first minute, and its length.
    pub(crate) fn period_at(&self, t: i64) -> (i64, i64) {
        match self.period {
            Period::Rolling { days } => (t - days * DAY, days * DAY),
            Period::Month { zone } => {
                let (first, next) = zones::month_at(zone, t);
                (first, next - first)
            }
        }
    }
}
