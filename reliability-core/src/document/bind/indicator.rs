//! Which SLI of the code an indicator is, and what of it is measured.

use std::time::Duration;

use super::Binding;
use crate::document::kinds::openslo::{Goal, Indicator, Operator, SliSpec as IndicatorSpec};
use crate::document::kinds::own::{BindingKind, UnitName};
use crate::document::kinds::text::{Label, Span};
use crate::document::kinds::{Document, Spec};
use crate::document::node::At;
use crate::document::{read, texts};
use crate::slo::SloKind;

/// An indicator, looked up.
pub(super) struct Found {
    pub(super) sli: String,
    pub(super) kind: SloKind,
}

impl<'a> Binding<'a> {
    /// The indicator of an SLO or of one of its objectives; `None` after an error was told.
    pub(super) fn indicator(
        &mut self,
        document: &'a Document,
        inline: Option<&'a Indicator>,
        reference: Option<&'a Label>,
        goal: &Goal,
        keys: &[&str],
    ) -> Option<Found> {
        let name = reference.or(inline.map(|inline| &inline.metadata.name))?.as_str();
        let described = self.described(name);
        let annotation = |key: &str| {
            let inline = inline.and_then(|inline| inline.metadata.annotations.get(key)).map(String::as_str);
            let own = if keys.is_empty() { document.annotation(key) } else { None };
            own.or(inline).or_else(|| described.and_then(|(sli, _)| sli.annotation(key)))
        };
        let binding = self.binding(name);
        let sli =
            binding.map(|binding| binding.sli.as_str()).or(annotation("reliability/sli")).unwrap_or(name).to_owned();
        let latency = binding.and_then(|binding| binding.latency.as_ref()).map(Span::as_str);
        let at = place(document, keys);
        if let Some(latency) = latency.or(annotation("reliability/latency")) {
            return Some(Found { sli, kind: SloKind::Latency(texts::span(latency)) });
        }
        let spec = inline.map(|inline| &inline.spec).or(described.map(|(_, spec)| spec));
        if spec.is_none_or(|spec| spec.threshold_metric.is_none()) {
            return Some(Found { sli, kind: SloKind::Availability });
        }
        let unit = binding.and_then(|binding| binding.unit).unwrap_or_default();
        self.threshold(document, at, goal, unit).map(|threshold| Found { sli, kind: SloKind::Latency(threshold) })
    }

    fn threshold(&mut self, document: &Document, at: At, goal: &Goal, unit: UnitName) -> Option<Duration> {
        if matches!(goal.op, Some(Operator::Gt | Operator::Gte)) {
            let message = "the code counts calls that are fast enough: only lte and lt can be judged here";
            self.desk(document).error("not-judged", at, "spec.objectives", message).accepted("lte, lt");
            return None;
        }
        let per_unit = match unit {
            UnitName::S => 1e9,
            UnitName::Ms => 1e6,
            UnitName::Us => 1e3,
        };
        let nanos = goal.value.map(|value| (value * per_unit).round()).filter(|nanos| (1.0..1e15).contains(nanos));
        if nanos.is_none() {
            let message = "a threshold metric is bound to a latency, so its value is a duration above 0";
            self.desk(document).error("not-judged", at, "spec.objectives", message);
        }
        nanos.map(|nanos| Duration::from_nanos(nanos as u64))
    }

    fn binding(&self, indicator: &str) -> Option<&'a BindingKind> {
        self.documents.documents.iter().find_map(|document| match &document.spec {
            Spec::Binding(binding) if binding.indicator.as_str() == indicator => Some(&**binding),
            _ => None,
        })
    }

    /// The SLI document of this name.
    fn described(&self, name: &str) -> Option<(&'a Document, &'a IndicatorSpec)> {
        self.documents.documents.iter().find_map(|document| match &document.spec {
            Spec::Sli(sli) if document.name() == name => Some((document, &**sli)),
            _ => None,
        })
    }
}

/// Where the indicator is named.
pub(super) fn place(document: &Document, keys: &[&str]) -> At {
    let whole: Vec<&str> = ["spec"].iter().chain(keys).copied().collect();
    let with = |last: &'static [&'static str]| whole.iter().copied().chain(last.iter().copied()).collect::<Vec<_>>();
    let node = |keys: &[&str]| document.node.at(keys).map(|node| node.at);
    node(&with(&["indicatorRef"]))
        .or_else(|| node(&with(&["indicator", "metadata", "name"])))
        .unwrap_or_else(|| read::place(document, &["spec", "objectives"]))
}
