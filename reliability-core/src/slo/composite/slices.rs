//! The slices of an SLO as a feature reads them.

use super::evaluate::SliceFact;
use crate::slo::SloState;

impl SliceFact {
    /// The slices of an SLO's period by verdict; `None` if it counts events.
    pub fn of(state: &SloState) -> Option<Self> {
        let slices = state.slices()?;
        let bad: Vec<_> = slices.each().filter(|(_, bad)| *bad > 0).map(|(begins, _)| begins).collect();
        let period = slices.period();
        let all = u64::try_from(period.of).unwrap_or(u64::MAX);
        // those that left by a jump and still count have no place in time any more
        let carried = u64::try_from(period.bad).unwrap_or(u64::MAX).saturating_sub(bad.len() as u64);
        Some(Self { all, carried, bad })
    }

    /// What the ratios of an SLO's slices lack in sum, and the sum that they could have; `None` if it counts events.
    pub fn ratios(state: &SloState) -> Option<(u128, u128)> {
        let period = state.slices()?.period();
        Some((period.bad, period.of))
    }
}
