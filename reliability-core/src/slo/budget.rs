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

use super::burn::{Share, product};
use super::history::Period;
use super::tally::Tally;
use crate::spec::Objective;

const BILLION: i128 = 1_000_000_000;

/// The share of allowed failures that is left over a period: 1 − bad / (all × (1 − objective)), where the budgeting method
/// says whether events or slices are counted, and which slices are all.
///
/// ```
/// use reliability_core::Objective;
/// use reliability_core::slo::{ErrorBudget, Tally};
/// let budget = ErrorBudget::of(Tally::new(599_880, 120), Objective::parse("99.9%")?);
/// assert_eq!(budget.remaining(), 0.8);
/// assert_eq!(budget.failures_left(), 480.0);
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorBudget {
    share: Share,
    /// In how many parts the share is counted: 1 where events or slices are, more where ratios are added up.
    scale: u64,
    objective: Objective,
}

impl Period {
    /// Its events as they flatter least; see the head of this file.
    pub fn at_worst(self) -> Tally {
        let known = self.certain + self.edge.failures();
        if self.carried.worsens(known) { known + self.carried } else { known }
    }
}

impl ErrorBudget {
    /// The budget of certain counts of events.
    pub fn of(tally: Tally, objective: Objective) -> Self {
        Self::shared(tally.into(), 1, objective)
    }

    pub(super) const fn shared(share: Share, scale: u64, objective: Objective) -> Self {
        Self { share, scale, objective }
    }

    /// The lowest budget that the uncertain parts of a period allow; see the head of this file.
    pub fn over(period: Period, objective: Objective) -> Self {
        Self::of(period.at_worst(), objective)
    }

    /// The exact share left as a fraction: a numerator that is negative when overspent, and a positive denominator. 1/1
    /// without anything to count.
    pub fn fraction(self) -> (i128, i128) {
        // both products stay below 2¹²⁷, see `Share`
        let allowed = self.share.of as i128 * i128::from(self.objective.error_ppb());
        let spent = self.share.bad as i128 * BILLION;
        if allowed == 0 { (1, 1) } else { (allowed - spent, allowed) }
    }

    /// The share left, for display: at most 1, below 0 when overspent, 1 without anything to count.
    pub fn remaining(self) -> f64 {
        let (left, allowed) = self.fraction();
        left as f64 / allowed as f64
    }

    /// Whether nothing is left. Never without anything to count.
    pub fn is_spent(self) -> bool {
        self.fraction().0 <= 0
    }

    /// How many more of the events (or slices) so far could have failed: negative when overspent, 0 without any.
    pub fn failures_left(self) -> f64 {
        if self.share.of == 0 {
            return 0.0;
        }
        self.fraction().0 as f64 / (BILLION as f64 * self.scale as f64)
    }

    /// Compares what is left, exactly, also between objectives.
    pub fn cmp_remaining(self, other: Self) -> Ordering {
        let ((left, of), (other_left, other_of)) = (self.fraction(), other.fraction());
        match (left.signum().cmp(&other_left.signum()), left < 0) {
            (Ordering::Equal, negative) => {
                let (a, b) = (
                    product(left.unsigned_abs(), other_of.unsigned_abs()),
                    product(other_left.unsigned_abs(), of.unsigned_abs()),
                );
                if negative { b.cmp(&a) } else { a.cmp(&b) }
            }
            (order, _) => order,
        }
    }

    pub(super) const fn share(self) -> Share {
        self.share
    }
}
