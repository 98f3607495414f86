//! What was counted, written down by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use reliability_core::slo::composite::{Composites, Evidence, Fact, FeatureError, Known, Leaf, Part, SliceFact};
use reliability_core::slo::{ErrorBudget, Tally};
use reliability_core::{FeatureSpec, Method, Objective, PartSpec, Reading, Timestamp, Window};

/// Objectives with their counts. Each is of 99 % unless said otherwise.
#[derive(Debug, Default)]
pub(crate) struct World {
    facts: BTreeMap<String, Fact>,
    slices: BTreeMap<String, SliceFact>,
    ratios: BTreeMap<String, (u128, u128)>,
    blames: BTreeMap<String, Tally>,
    known: BTreeMap<String, Known>,
    leaves: Vec<Leaf>,
}

pub(crate) fn objective(text: &str) -> Objective {
    Objective::parse(text).expect("an objective")
}

impl World {
    /// Objectives of 99 % with so many good and bad events.
    pub(crate) fn of(counts: &[(&str, u64, u64)]) -> Self {
        let mut world = Self::default();
        for (name, good, bad) in counts {
            world.count(name, *good, *bad, "99%");
        }
        world
    }

    pub(crate) fn count(&mut self, name: &str, good: u64, bad: u64, of: &str) {
        let counts = Tally::new(good, bad);
        let own = Some(ErrorBudget::of(counts, objective(of)));
        self.facts.insert(name.into(), Fact { counts, own, quiet: Duration::ZERO });
        let known = Known { objective: objective(of), window: Window::DEFAULT, method: Method::Occurrences };
        self.known.insert(name.into(), known);
    }

    pub(crate) fn quiet_for(&mut self, name: &str, quiet: Duration) {
        self.facts.get_mut(name).expect("it is known").quiet = quiet;
    }

    pub(crate) fn method(&mut self, name: &str, method: &str) {
        self.known.get_mut(name).expect("it is known").method = Method::parse(method).expect("a method");
    }

    /// The minutes in which a part was bad, of so many.
    pub(crate) fn bad_minutes(&mut self, name: &str, all: u64, bad: &[i64]) {
        self.method(name, "timeslices 1m 99%");
        let bad = bad.iter().map(|minute| Timestamp::from_unix_seconds(minute * 60)).collect();
        self.slices.insert(name.into(), SliceFact { all, carried: 0, bad });
    }

    pub(crate) fn ratios(&mut self, name: &str, lack: u128, of: u128) {
        self.method(name, "ratio-timeslices 1m");
        self.ratios.insert(name.into(), (lack, of));
    }

    /// The journeys of a feature, and those of a part that failed: alone and with others.
    pub(crate) fn journeys(&mut self, feature: &str, good: u64, bad: u64) {
        self.facts.insert(feature.into(), Fact { counts: Tally::new(good, bad), own: None, quiet: Duration::ZERO });
    }

    pub(crate) fn blame(&mut self, part: &str, alone: u64, together: u64) {
        self.blames.insert(part.into(), Tally::new(together, alone));
    }

    pub(crate) fn compose(&mut self, specs: Vec<FeatureSpec>) -> Result<Composites, FeatureError> {
        let set = Composites::new(specs, &self.known)?;
        self.leaves.clone_from(&set.leaves);
        Ok(set)
    }
}

impl Evidence for World {
    fn fact(&self, leaf: usize) -> Fact {
        self.facts.get(self.leaves[leaf].of.name()).copied().unwrap_or_default()
    }
    fn slices(&self, leaf: usize) -> Option<SliceFact> {
        self.slices.get(self.leaves[leaf].of.name()).cloned()
    }
    fn ratios(&self, leaf: usize) -> Option<(u128, u128)> {
        self.ratios.get(self.leaves[leaf].of.name()).copied()
    }
    fn blame(&self, _: usize, part: &Part) -> Option<Tally> {
        self.blames.get(part.component().name()).copied()
    }
}

/// A feature of objectives.
pub(crate) fn feature(name: &str, reading: Reading, parts: &[&str]) -> FeatureSpec {
    parts.iter().fold(FeatureSpec::new(name, reading), |spec, part| spec.part(PartSpec::slo(*part)))
}
