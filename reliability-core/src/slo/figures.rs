//! What there is to know about an SLO at one instant.

use super::budget::ErrorBudget;
use super::burn::BurnRate;
use super::history::WINDOWS;
use super::observed::Coverage;
use super::tally::Tally;
use crate::clock::Timestamp;

/// The figures of an SLO at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Figures {
    /// The instant.
    pub now: Timestamp,
    /// The first minute observed, or the beginning of this generation: before that nothing is known.
    pub since: Timestamp,
    /// When the budget's period began.
    pub period_begins: Timestamp,
    /// How much of the period was observed; minutes before `since` were not.
    pub coverage: Coverage,
    /// The events of the period, from the slot in which it begins.
    pub counts: Tally,
    /// What is left.
    pub budget: ErrorBudget,
    /// The same with only those slices for a denominator that have events; `None` unless slices are judged by verdict.
    pub measured: Option<ErrorBudget>,
    /// The burn rate over each of [`WINDOWS`]; `None` without events, or without a slice that has some.
    pub burn: [Option<BurnRate>; WINDOWS.len()],
}

/// How a budget was spent over its period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// From the period's beginning, or the history's where that is later, to now.
    pub points: Vec<CurvePoint>,
}

/// What was left at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The instant.
    pub at: Timestamp,
    /// What had not been spent since the period began, of what is allowed by its traffic until now.
    pub remaining: f64,
    /// Whether at least 90 % of the minutes since the point before were observed.
    pub observed: bool,
}
