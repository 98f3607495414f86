//! Which parts a reading can use.

use super::plan::Known;
use crate::spec::{FeatureSpec, Method, Reading, Window};

/// Whether a feature inside another is taken apart.
pub(super) fn joins(outer: Reading, inner: Reading) -> bool {
    match outer {
        Reading::Journey => matches!(inner, Reading::Journey | Reading::Series),
        // a mean of means is not the mean of all
        Reading::Weighted => false,
        _ => outer == inner,
    }
}

/// Why an objective cannot be a part, if it cannot.
pub(super) fn unfit_slo(reading: Reading, known: &Known, window: Window) -> Option<&'static str> {
    let same = known.window == window;
    match (reading, known.method) {
        (Reading::AnyBadSlice, Method::Timeslices { .. }) | (Reading::RatioSlices, Method::RatioTimeslices { .. }) => {
            (!same).then_some(
                "slices are counted over the objective's own window, and the feature's is another: give both the same",
            )
        }
        (Reading::AnyBadSlice, _) => {
            Some("any-bad-slice reads slices by verdict: the objective's method must be timeslices")
        }
        (Reading::RatioSlices, _) => {
            Some("ratio-slices reads the ratios of slices: the objective's method must be ratio-timeslices")
        }
        (Reading::WeightedBurns | Reading::WorstOf, Method::Timeslices { .. } | Method::RatioTimeslices { .. }) => {
            (!same).then_some(
                "its budget counts slices, which are not counted anew over another window: give both the same",
            )
        }
        _ => None,
    }
}

/// Why a feature cannot be a part, if it cannot.
pub(super) fn unfit_feature(outer: Reading, inner: &FeatureSpec) -> Option<&'static str> {
    let burns = matches!(inner.reading, Reading::WeightedBurns | Reading::WorstOf);
    match outer {
        Reading::Journey if !joins(outer, inner.reading) => {
            Some("a journey needs each of its parts: objectives, journeys and features read as series are accepted")
        }
        Reading::WeightedBurns | Reading::WorstOf if !burns && inner.objective.is_none() => {
            Some("what it has spent of its budget is asked for, and it has no objective")
        }
        Reading::AnyBadSlice | Reading::RatioSlices if outer != inner.reading => {
            Some("slices are asked for: objectives with slices, and features of the same reading, are accepted")
        }
        Reading::Series | Reading::Parallel | Reading::Weighted if burns => {
            Some("it is read as a budget, and a share is asked for: weighted-burns and worst-of accept it")
        }
        _ => None,
    }
}
