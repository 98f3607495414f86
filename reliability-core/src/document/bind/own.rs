//! Features, planned time and agreements.

use std::time::Duration;

use super::{Agreed, Became, Binding};
use crate::document::check::closest;
use crate::document::kinds::Document;
use crate::document::kinds::own::{
    AgreementKind, BindingKind, FeatureKind, MaintenanceKind, MissingName, PartKind, ReadingName,
};
use crate::document::node::{At, Node};
use crate::document::references::walk;
use crate::document::{read, texts};
use crate::slo::Maintenance;
use crate::spec::{Component, FeatureSpec, Missing, Objective, PartSpec, Reading};

impl<'a> Binding<'a> {
    pub(super) fn feature(&mut self, document: &'a Document, feature: &'a FeatureKind) {
        let mut spec = FeatureSpec::new(document.name(), reading(feature.reading));
        spec.title.clone_from(&document.metadata.display_name);
        spec.objective = feature.objective.as_ref().and_then(|target| Objective::parse(target.as_str()).ok());
        if let Some(window) = feature.window.as_ref().and_then(|window| texts::window(window.as_str()).ok()) {
            spec = spec.window(window);
        }
        for (i, part) in feature.parts.iter().enumerate() {
            let node = document.node.at(&["spec", "parts"]).and_then(|parts| parts.items().get(i));
            let at =
                |key: &str| node.and_then(|item| item.node.get(key)).map_or_else(At::default, |node: &Node| node.at);
            let of = match (&part.slo, &part.feature) {
                (Some(slo), _) => self.component(document, at("slo"), &format!("spec.parts[{i}].slo"), slo.as_str()),
                (None, Some(feature)) => Some(Component::Feature(feature.as_str().to_owned())),
                (None, None) => None,
            };
            let Some(of) = of else { continue };
            spec = spec.part(self::part(of, part));
        }
        self.bound.features.push(spec);
    }

    /// What the name of an SLO means: of a document, or of the engine.
    fn component(&mut self, document: &Document, at: At, path: &str, name: &str) -> Option<Component> {
        match self.became.get(name) {
            Some(Became::Slo(slo)) => return Some(Component::Slo(slo.clone())),
            Some(Became::Feature(feature)) => return Some(Component::Feature(feature.clone())),
            None if self.promises.iter().any(|promise| promise.slo == name) => {
                return Some(Component::Slo(name.to_owned()));
            }
            None => {}
        }
        let known: Vec<&str> =
            self.became.keys().copied().chain(self.promises.iter().map(|promise| &*promise.slo)).collect();
        let message = match closest(name, &known) {
            Some(close) => format!("there is no SLO {name}; {close} is the closest"),
            None => format!("there is no SLO {name}"),
        };
        let accepted = known.join(", ");
        self.desk(document).error("unknown-slo", at, path, message).found(name).accepted(accepted);
        None
    }

    pub(super) fn maintenance(&mut self, document: &'a Document, planned: &'a MaintenanceKind) {
        let (from, to) = (texts::instant(planned.from.as_str()), texts::instant(planned.to.as_str()));
        let (Some(from), Some(to)) = (from, to) else { return };
        let Some(mut maintenance) = Maintenance::new(document.title(), from, to) else { return };
        for sli in planned.slis.iter().flatten() {
            if self.spec(sli.as_str()).is_none() {
                let at = read::place(document, &["spec", "slis"]);
                self.unknown_sli(document, at, "spec.slis", sli.as_str());
            }
            maintenance = maintenance.of([sli.as_str()]);
        }
        if planned.charged == Some(false) {
            maintenance = maintenance.not_charged();
        }
        self.bound.maintenance.push(maintenance);
    }

    pub(super) fn agreement(&mut self, document: &'a Document, agreement: &'a AgreementKind) {
        let at = read::place(document, &["spec", "slo"]);
        let component = self.component(document, at, "spec.slo", agreement.slo.as_str());
        let (Ok(target), Ok(window)) =
            (Objective::parse(agreement.target.as_str()), texts::window(agreement.window.as_str()))
        else {
            return;
        };
        let (slo, objective) = match component {
            None => return,
            Some(Component::Feature(feature)) => {
                let spec = self.bound.features.iter().find(|spec| spec.name == feature);
                let objective = spec.and_then(|spec| spec.objective);
                (feature, objective)
            }
            Some(Component::Slo(slo)) => {
                let overlay = self.bound.overlay(&slo).map(|overlay| overlay.objective);
                let promised = self.promises.iter().find(|promise| promise.slo == slo);
                let objective = overlay.or(promised.map(|promise| promise.terms.objective));
                (slo, objective)
            }
        };
        let Some(objective) = objective else {
            let message = "the feature has no objective that could keep a promise";
            self.desk(document).error("no-margin", at, "spec.slo", message);
            return;
        };
        if target >= objective {
            let at = read::place(document, &["spec", "target"]);
            let message = format!(
                "{slo} aims at {objective}: a promise to a customer is looser than that, so that there is time to act before it breaks"
            );
            let made = self.desk(document).error("no-margin", at, "spec.target", message);
            made.found(target).accepted(format!("below {objective}"));
            return;
        }
        self.bound.agreements.push(Agreed {
            name: document.name().to_owned(),
            customer: agreement.customer.clone(),
            slo,
            target,
            window,
            objective,
            exclusions: agreement.exclusions.clone().unwrap_or_default(),
            remedy: agreement.remedy.clone(),
        });
    }

    /// The names in a policy: what is not there would never be known to be in trouble.
    pub(super) fn policy(&mut self, document: &'a Document) {
        let mut named = Vec::new();
        walk(&document.node, &mut String::new(), &mut |key, node, path| {
            if let Some(name) = node.scalar().filter(|_| path.starts_with("spec.")) {
                named.push((key, name, node.at, path.to_owned()));
            }
        });
        for (key, name, at, path) in named {
            match key {
                "detected" | "stalled" | "dependency" | "sli" | "steer" if self.spec(name).is_none() => {
                    self.unknown_sli(document, at, &path, name);
                }
                "slo" => drop(self.component(document, at, &path, name)),
                _ => {}
            }
        }
    }

    /// A binding that nobody needs may still name an SLI that is not there.
    pub(super) fn check_binding(&mut self, document: &'a Document, binding: &'a BindingKind) {
        if self.spec(binding.sli.as_str()).is_none() {
            let at = read::place(document, &["spec", "sli"]);
            self.unknown_sli(document, at, "spec.sli", binding.sli.as_str());
        }
    }
}

fn part(of: Component, part: &PartKind) -> PartSpec {
    let mut spec = PartSpec::new(of).weight(part.weight.unwrap_or(1));
    if part.required == Some(false) {
        spec = spec.optional();
    }
    let missing = match part.missing.unwrap_or_default() {
        MissingName::Ignored => Missing::Ignored,
        MissingName::Good => Missing::Good,
        MissingName::Bad => Missing::Bad,
        MissingName::Unknown => Missing::Unknown,
    };
    let after = part.missing_after.as_ref().map_or(Duration::ZERO, |after| texts::span(after.as_str()));
    spec.missing(missing, after)
}

fn reading(name: ReadingName) -> Reading {
    match name {
        ReadingName::Journey => Reading::Journey,
        ReadingName::Series => Reading::Series,
        ReadingName::Parallel => Reading::Parallel,
        ReadingName::Weighted => Reading::Weighted,
        ReadingName::WeightedBurns => Reading::WeightedBurns,
        ReadingName::WorstOf => Reading::WorstOf,
        ReadingName::AnyBadSlice => Reading::AnyBadSlice,
        ReadingName::RatioSlices => Reading::RatioSlices,
    }
}
