//! Features that are read by journey: the SLI that counts their journeys, and who failed in them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Prepared;
use crate::clock::Timestamp;
use crate::engine::driver::Source;
use crate::engine::judged::Judged;
use crate::engine::report::SloKind;
use crate::sli::journey::{PARTS, PartRule, Rule};
use crate::slo::composite::{Composite, Composites, FeatureError, FeatureFault, Part};
use crate::slo::{History, Resolution, Tally};
use crate::spec::{Component, Reading, SliSpec, Window};

/// The SLI by which the journeys of a feature are judged.
pub(in crate::engine) struct JourneySli {
    pub(in crate::engine) rule: &'static Rule,
    /// What it declares in this engine.
    pub(in crate::engine) spec: SliSpec,
}

fn journeys(set: &Composites) -> impl Iterator<Item = &Composite> {
    set.features.iter().filter(|feature| feature.spec().reading == Reading::Journey)
}

/// The SLIs that a set needs for its journeys.
///
/// # Errors
/// If journeys of a feature would have had more parts than a rule has places for.
pub(in crate::engine) fn journey_slis(prepared: &Prepared) -> Result<Vec<JourneySli>, FeatureError> {
    let (mut needed, mut faults) = (Vec::new(), Vec::new());
    for feature in journeys(&prepared.set) {
        let spec = feature.spec();
        let rule = Rule::named(&spec.name);
        if !rule.has_room_for(feature.parts().iter().map(|part| part.component().name())) {
            faults.push(FeatureFault::TooManyOfJourney { feature: spec.name.clone() });
        }
        let declared = SliSpec::new(rule.sli().name()).window(spec.window);
        let declared = spec.objective.map_or(declared, |objective| declared.objective(objective));
        needed.push(JourneySli { rule, spec: declared });
    }
    if faults.is_empty() { Ok(needed) } else { Err(FeatureError { faults }) }
}

impl Prepared {
    /// Tells requests what their journeys need.
    pub(in crate::engine) fn declare(&self, slis: &[Judged], sources: &[Source]) {
        for feature in journeys(&self.set) {
            let here = |slo: &str| {
                slis.iter().zip(sources).find_map(|(sli, source)| {
                    let slo = sli.slos.iter().find(|known| known.name == slo)?;
                    let threshold = match slo.kind {
                        SloKind::Availability => None,
                        SloKind::Latency(threshold) => Some(threshold.as_nanos() as f64),
                    };
                    Some((source.meter.root(), threshold))
                })
            };
            let part = |part: &Part| match part.component() {
                Component::Slo(_) => Some((part.component().name().to_owned(), part.is_required(), part.missing())),
                Component::Feature(_) => None,
            };
            let parts: Vec<_> = feature.parts().iter().filter_map(part).collect();
            let rules: Vec<_> = parts
                .iter()
                .take(PARTS)
                .map(|(slo, required, missing)| PartRule {
                    slo,
                    here: here(slo),
                    required: *required,
                    missing: *missing,
                })
                .collect();
            Rule::named(&feature.spec().name).declare(&rules);
        }
    }
}

/// Failed journeys by part.
#[derive(Debug, Default)]
pub(super) struct Blames(BTreeMap<(String, String), Blame>);

#[derive(Debug)]
struct Blame {
    rule: &'static Rule,
    window: Window,
    /// Failed journeys in which it failed: bad where it alone did, good where others did too.
    history: History,
    before: Tally,
}

impl Blames {
    /// For another set; what was counted for a part that stays is kept.
    pub(super) fn fitted(mut self, set: &Composites, now: Timestamp) -> Self {
        let mut fitted = BTreeMap::new();
        for feature in journeys(set) {
            let (name, window) = (&feature.spec().name, feature.spec().window);
            let rule = Rule::named(name);
            for part in feature.parts() {
                let key = (name.clone(), part.component().name().to_owned());
                let kept = self.0.remove(&key).filter(|blame| blame.window == window);
                let made = || {
                    let history = History::new(window, Resolution::Compact, now).ok()?;
                    Some(Blame { rule, window, history, before: counted(rule, &key.1) })
                };
                if let Some(blame) = kept.or_else(made) {
                    fitted.insert(key, blame);
                }
            }
        }
        Self(fitted)
    }

    pub(super) fn advance(&mut self, now: Timestamp, missed: Duration) {
        for ((_, part), blame) in &mut self.0 {
            let total = counted(blame.rule, part).since(blame.before);
            blame.history.advance(now, total, missed);
        }
    }

    pub(super) fn of(&self, feature: &str, part: &str) -> Option<Tally> {
        let period = self.0.get(&(feature.to_owned(), part.to_owned()))?.history.period();
        Some(period.certain + period.edge)
    }
}

fn counted(rule: &Rule, part: &str) -> Tally {
    let (alone, together) = rule.blamed(part);
    Tally::new(together, alone)
}
