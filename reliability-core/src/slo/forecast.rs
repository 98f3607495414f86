//! When the budget will be gone, if things go on as they do.
//!
//! The straight line divides what is left by how fast it goes. It is what most tools print, and it is wrong when old
//! failures are about to leave a rolling period: they give back what they took. The replay lets them leave, minute by
//! minute, while the burn of the last six hours goes on. What is counted as allowed stays what it is now.
//!
//! A forecast is a figure for people: nothing is decided by it.

use std::time::Duration;

use super::burn::{BurnRate, Share};

/// Minutes until the budget is spent: 0 when it is, `None` when nothing burns or it will last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forecast {
    /// What is left × period / the burn rate of the last hour.
    pub straight_1h_minutes: Option<f64>,
    /// The same with that of the last six hours.
    pub straight_6h_minutes: Option<f64>,
    /// At the burn of the last six hours, while old failures leave the period: the first whole minute at which nothing is
    /// left. `None` also when a calendar period ends before.
    pub replayed_minutes: Option<f64>,
}

/// The budget now, as it goes into a forecast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlook {
    /// The exact share left, as a fraction.
    pub(super) left: (i128, i128),
    /// What is bad in the period, of what.
    pub(super) spent: Share,
    /// The period, and how much of it is still to be considered: the rest of a calendar one, all of a rolling one.
    pub(super) period: Duration,
    pub(super) horizon: Duration,
}

impl Outlook {
    pub(super) fn straight(&self, burn: Option<BurnRate>) -> Option<f64> {
        if self.is_spent() {
            return Some(0.0);
        }
        let burn = burn.map(BurnRate::as_f64).filter(|burn| *burn > 0.0)?;
        let left = self.left.0 as f64 / self.left.1 as f64;
        Some(left * minutes(self.period) as f64 / burn)
    }

    /// `gone(d)` is how much of what is bad now will have left the period in `d` minutes.
    pub(super) fn replayed(&self, burn: Option<BurnRate>, gone: impl Fn(i64) -> u128) -> Option<f64> {
        if self.is_spent() {
            return Some(0.0);
        }
        let burn = burn.filter(|burn| burn.share().bad > 0)?;
        // nothing goes faster than the straight line: the search begins a minute before its end
        let earliest = self.straight(Some(burn))?.floor() - 1.0;
        let last = minutes(self.horizon);
        if earliest > last as f64 {
            return None;
        }
        let first = (earliest as i64).max(1);
        (first..=last)
            .find(|minute| self.is_spent_after(*minute, burn.share(), gone(*minute)))
            .map(|minute| minute as f64)
    }

    const fn is_spent(&self) -> bool {
        self.left.0 <= 0
    }

    /// Whether bad − gone + burn × allowed × minute / period ≥ allowed, where burn × allowed is the burning share of what
    /// the period counts.
    fn is_spent_after(&self, minute: i64, burning: Share, gone: u128) -> bool {
        let (left, allowed) = self.left;
        let back = gone.min(self.spent.bad);
        let exact = || {
            let back = i128::try_from(back).ok()?.checked_mul(1_000_000_000)?;
            let scale = i128::try_from(burning.of).ok()?.checked_mul(minutes(self.period).into())?;
            let kept = left.checked_add(back)?.checked_mul(scale)?;
            let burnt = i128::try_from(burning.bad).ok()?.checked_mul(i128::try_from(self.spent.of).ok()?)?;
            let burnt = burnt.checked_mul(i128::from(minute).checked_mul(1_000_000_000)?)?;
            Some(burnt >= kept)
        };
        exact().unwrap_or_else(|| {
            let kept = (left as f64 + back as f64 * 1e9) / allowed as f64;
            let share = burning.bad as f64 / burning.of as f64 * self.spent.of as f64 * 1e9 / allowed as f64;
            share * minute as f64 / minutes(self.period) as f64 >= kept
        })
    }
}

const fn minutes(length: Duration) -> i64 {
    (length.as_secs() / 60) as i64
}
