//! A driver takes a set of features in, with the SLIs that count their journeys.

use super::{Features, JourneySli, journey_slis};
use crate::engine::driver::{Before, Driver};
use crate::sli::Sli;
use crate::sli::record::meter::Meter;
use crate::slo::ZoneError;
use crate::slo::composite::{FeatureError, FeatureFault};
use crate::spec::{FeatureSpec, Objective, Window};
use crate::sync::Arc;

impl Driver {
    /// Judges these features from now on, and no others. `meter` finds the meter of an SLI.
    ///
    /// # Errors
    /// With all that is wrong; then those of before stay.
    pub(crate) fn set_features(
        &mut self,
        specs: Vec<FeatureSpec>,
        meter: &dyn Fn(&Sli) -> Arc<Meter>,
    ) -> Result<(), FeatureError> {
        let prepared = Features::prepare(specs, self.engine.slis())?;
        let journeys = journey_slis(&prepared)?;
        // all that may fail comes first
        for feature in &prepared.set.features {
            let (feature, window) = (&feature.spec().name, feature.spec().window);
            if window.as_calendar().is_none() {
                continue;
            }
            let faults = |error| FeatureError { faults: vec![FeatureFault::Zone { feature: feature.clone(), error }] };
            crate::slo::History::new(window, crate::slo::Resolution::Compact, self.engine.now()).map_err(faults)?;
        }
        for journey in &journeys {
            self.check_name(journey)?;
        }
        let gone: Vec<_> = self
            .journeys
            .iter()
            .filter(|name| !journeys.iter().any(|kept| kept.spec.name == **name))
            .copied()
            .collect();
        for name in gone {
            self.let_go(name);
        }
        for journey in &journeys {
            let feature = journey.rule.name().to_owned();
            self.count_journeys(journey, meter)
                .map_err(|error| FeatureError { faults: vec![FeatureFault::Zone { feature, error }] })?;
        }
        self.engine.replace_features(prepared)?;
        self.engine.features().declare(self.engine.slis(), &self.sources);
        Ok(())
    }

    /// An SLI of the service may bear the name that journeys would be counted under.
    fn check_name(&self, journey: &JourneySli) -> Result<(), FeatureError> {
        let name = journey.spec.name;
        if !self.names.contains(name) || self.journeys.contains(name) {
            return Ok(());
        }
        let reason = "another indicator bears the name that its journeys are counted under: give one of both another";
        let fault =
            FeatureFault::Unfit { feature: journey.rule.name().to_owned(), part: format!("indicator {name}"), reason };
        Err(FeatureError { faults: vec![fault] })
    }

    /// Judges the journeys of a feature by what it promises now.
    fn count_journeys(&mut self, journey: &JourneySli, meter: &dyn Fn(&Sli) -> Arc<Meter>) -> Result<(), ZoneError> {
        let JourneySli { rule, spec } = journey;
        let promised = self.engine.slis().iter().find(|sli| sli.spec.name == spec.name).map(|sli| sli.slos.first());
        let terms = |objective: Objective, window: Window| {
            move |terms: crate::slo::Terms| terms.objective(objective).window(window)
        };
        match (promised, spec.objective) {
            (Some(None), None) => return Ok(()),
            (Some(Some(slo)), Some(objective)) => {
                let (name, before) = (slo.name.clone(), *slo.state.terms());
                let after = terms(objective, spec.window)(before);
                return if after == before { Ok(()) } else { self.change(&name, after).unwrap_or(Ok(())) };
            }
            (Some(_), _) => self.let_go(spec.name),
            (None, _) => {}
        }
        let meter = meter(rule.sli());
        let before = Before::of(&meter);
        self.add_as(meter, before, *spec)?;
        self.journeys.insert(spec.name);
        Ok(())
    }

    /// Forgets an SLI that counted journeys.
    fn let_go(&mut self, name: &str) {
        let Some(place) = self.engine.slis().iter().position(|sli| sli.spec.name == name) else { return };
        self.engine.remove(place);
        self.sources.remove(place);
        self.reads.remove(place);
        self.names.remove(name);
        self.journeys.remove(name);
    }

    /// The features as they were declared.
    pub(crate) fn features(&self) -> Vec<FeatureSpec> {
        self.engine.features().specs().to_vec()
    }
}
