//! Features that SLIs name and nobody declared.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::judged::{Judged, Slo};
use crate::engine::report::SloKind;
use crate::name;
use crate::slo::composite::MAX_COMPONENTS;
use crate::spec::{FeatureSpec, Missing, PartSpec, Reading, Window};

/// A series for each name that SLIs give and no spec has; over the window that all of them have, else over 30 days.
pub(super) fn undeclared(specs: &[FeatureSpec], slis: &[Judged]) -> Vec<FeatureSpec> {
    let mut features: BTreeMap<&str, Vec<&Slo>> = BTreeMap::new();
    for sli in slis {
        let Some(slo) = sli.slos.iter().find(|slo| slo.kind == SloKind::Availability) else { continue };
        for feature in sli.spec.features.iter().filter(|feature| name::check(feature).is_ok()) {
            features.entry(feature).or_default().push(slo);
        }
    }
    features.retain(|feature, slos| slos.len() <= MAX_COMPONENTS && !specs.iter().any(|spec| spec.name == *feature));
    let series = |(feature, slos): (&str, Vec<&Slo>)| {
        let window = |slo: &Slo| slo.state.terms().window;
        let all_alike = slos.windows(2).all(|two| window(two[0]) == window(two[1]));
        let spec = FeatureSpec::new(feature, Reading::Series);
        let spec = spec.window(slos.first().filter(|_| all_alike).map_or(Window::DEFAULT, |slo| window(slo)));
        let part = |slo: &Slo| PartSpec::slo(slo.name.clone()).missing(Missing::Ignored, Duration::ZERO);
        slos.into_iter().fold(spec, |spec, slo| spec.part(part(slo)))
    };
    features.into_iter().map(series).collect()
}
