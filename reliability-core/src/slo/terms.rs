//! Everything that decides how counts are judged.

use super::alert::NoData;
use super::guard::Guard;
use super::history::Resolution;
use super::pairs::Policy;
use crate::spec::{Method, Objective, Window};

/// The terms of one SLO. They can change while counts go on: see [`SloState::change`](super::SloState::change).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Terms {
    /// The share that must be good.
    pub objective: Objective,
    /// The period of the budget.
    pub window: Window,
    /// Whether events or slices are counted.
    pub method: Method,
    /// What pairs make of missing data.
    pub no_data: NoData,
    /// What a page must be able to prove; `None` pages by the plain ratio.
    pub guard: Option<Guard>,
    /// Whose shares and factors the pairs have.
    pub policy: Policy,
    /// How finely the far past is kept.
    pub resolution: Resolution,
}

impl Terms {
    /// Events counted, held without data, guarded by [`Guard::DEFAULT`], with the pairs of the window.
    pub const fn new(objective: Objective, window: Window) -> Self {
        Self {
            objective,
            window,
            method: Method::Occurrences,
            no_data: NoData::Hold,
            guard: Some(Guard::DEFAULT),
            policy: Policy::ByWindow,
            resolution: Resolution::Compact,
        }
    }

    /// The same with another objective.
    #[must_use]
    pub const fn objective(mut self, objective: Objective) -> Self {
        self.objective = objective;
        self
    }

    /// The same over another period.
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// The same counted in another way.
    #[must_use]
    pub const fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The same with another reading of missing data.
    #[must_use]
    pub const fn no_data(mut self, no_data: NoData) -> Self {
        self.no_data = no_data;
        self
    }

    /// The same with another guard, or none.
    #[must_use]
    pub const fn guard(mut self, guard: Option<Guard>) -> Self {
        self.guard = guard;
        self
    }

    /// The same with another policy's pairs.
    #[must_use]
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The same kept more finely, or less.
    #[must_use]
    pub const fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = resolution;
        self
    }
}
