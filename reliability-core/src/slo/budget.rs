//! What is left of the failures that an objective allows.
//!
//! A budget is signed and never clamped: how far it is overspent says how long a freeze will last. It is kept as the counts
//! it was made of, so that two budgets compare without rounding.
//!
//! **Never flatter.** Through the edge slot of a compact history the period's start runs somewhere. Counting the slot as a whole
//! or not at all is not a bound: if its failures came after the start and its successes before, the truth is worse than
//! both (1000 good, edge 10 000 good and 10 bad: 0.09 % or 0 %, in truth up to 0.99 %). So each event is counted or not as is worse: the
//! failures are in, the successes are out. Within 30 days that is at most one slot of 2880 too few in the
//! denominator, 0.035 % of what was spent at even traffic. What a jump of the line carries can be days, for which that would be
//! too harsh: it counts as a whole or not at all, whichever is worse.

use std::cmp::Ordering;

use super::burn::product;
use super::history::Period;
use super::tally::Tally;
use crate::spec::Objective;

const BILLION: u64 = 1_000_000_000;

/// The share of allowed failures that is left over a period: 1 − bad / (valid × (1 − objective)).
///
/// ```
/// use reliability_core::Objective;
/// use reliability_core::slo::{ErrorBudget, Tally};
/// let budget = ErrorBudget::of(Tally::new(599_880, 120), Objective::parse("99.9%")?);
/// assert_eq!(budget.remaining(), 0.8);
/// assert_eq!(budget.failures_left(), 480);
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorBudget {
    tally: Tally,
    objective: Objective,
}

impl ErrorBudget {
    /// The budget of certain counts.
    pub const fn of(tally: Tally, objective: Objective) -> Self {
        Self { tally, objective }
    }

    /// The lowest budget that the uncertain parts of a period allow; see the head of this file.
    pub fn over(period: Period, objective: Objective) -> Self {
        let known = period.certain + period.edge.failures();
        if period.carried.worsens(known) {
            Self::of(known + period.carried, objective)
        } else {
            Self::of(known, objective)
        }
    }

    /// The counts it was made of.
    pub const fn tally(self) -> Tally {
        self.tally
    }

    /// The exact share left as a fraction: a numerator that is negative when overspent, and a positive denominator. 1/1
    /// without any event.
    pub fn fraction(self) -> (i128, i128) {
        // both products stay below 2⁶⁴ × 2³⁰
        let allowed = i128::from(self.tally.valid()) * i128::from(self.objective.error_ppb());
        let spent = i128::from(self.tally.bad) * i128::from(BILLION);
        if allowed == 0 { (1, 1) } else { (allowed - spent, allowed) }
    }

    /// The share left, for display: at most 1, below 0 when overspent, 1 without any event.
    pub fn remaining(self) -> f64 {
        let (left, allowed) = self.fraction();
        left as f64 / allowed as f64
    }

    /// Whether nothing is left. Never without events.
    pub fn is_spent(self) -> bool {
        self.fraction().0 <= 0
    }

    /// How many more of the events so far could have failed, rounded down: negative when overspent, 0 without any event.
    pub fn failures_left(self) -> i128 {
        self.billionths_left().div_euclid(i128::from(BILLION))
    }

    /// The same with its fraction, for display.
    pub fn failures_left_f64(self) -> f64 {
        self.billionths_left() as f64 / BILLION as f64
    }

    /// The one with less left; of equals the first.
    #[must_use]
    pub fn worse_of(self, other: Self) -> Self {
        if other.cmp_remaining(self) == Ordering::Less { other } else { self }
    }

    /// Compares what is left, exactly, also between objectives.
    pub fn cmp_remaining(self, other: Self) -> Ordering {
        let spent = |a: Self, b: Self| {
            let bad = u128::from(a.tally.bad) * u128::from(b.tally.valid().max(1));
            product(bad, b.objective.error_ppb().into())
        };
        spent(other, self).cmp(&spent(self, other))
    }

    fn billionths_left(self) -> i128 {
        if self.tally.valid() == 0 { 0 } else { self.fraction().0 }
    }
}
