//! Names by which documents refer to each other.
//!
//! What lies in the code (SLIs, switches) is looked up later, where the code is known: see `bind`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Documents;
use super::desk::Desk;
use super::kinds::{Document, Kind, Spec};
use super::node::Node;
use crate::spec::Finding;

pub(super) fn check(documents: &Documents) -> Vec<Finding> {
    let names: BTreeSet<(Kind, &str)> = documents.documents.iter().map(|known| (known.kind, known.name())).collect();
    let bound: BTreeSet<&str> = documents.documents.iter().filter_map(|document| bound(&document.spec)).collect();
    let mut findings = Vec::new();
    for (place, file) in documents.files.iter().enumerate() {
        let mut desk = Desk::new(&file.name, &file.text);
        for document in documents.documents.iter().filter(|document| document.file == place) {
            of(document, &names, &bound, &mut desk);
        }
        findings.append(&mut desk.findings);
    }
    findings
}

fn of(document: &Document, names: &BTreeSet<(Kind, &str)>, bound: &BTreeSet<&str>, desk: &mut Desk<'_>) {
    walk(&document.node, &mut String::new(), &mut |key, node, path| {
        let kind = match key {
            "indicatorRef" => Kind::Sli,
            "alertPolicyRef" => Kind::AlertPolicy,
            "conditionRef" => Kind::AlertCondition,
            "targetRef" => Kind::AlertNotificationTarget,
            "metricSourceRef" => Kind::DataSource,
            _ => return,
        };
        let Some(name) = node.scalar() else { return };
        if names.contains(&(kind, name)) || kind == Kind::Sli && bound.contains(name) {
            return;
        }
        let known: Vec<_> = names.iter().filter(|(known, _)| *known == kind).map(|(_, name)| *name).collect();
        if kind == Kind::Sli {
            let message = "there is no SLI document of this name: an SLI of the code must have it";
            desk.warning("unresolved", node.at, path, message).found(name);
        } else {
            let message = format!("there is no {kind} of this name");
            desk.error("unresolved", node.at, path, message).found(name).accepted(or_none(&known));
        }
    });
    if let Spec::Slo(slo) = &document.spec {
        let services: Vec<_> = names.iter().filter(|(kind, _)| *kind == Kind::Service).map(|(_, name)| *name).collect();
        if !services.is_empty() && !services.contains(&&*slo.service) {
            let at = super::read::place(document, &["spec", "service"]);
            let message = "there is no Service of this name, though there are others";
            desk.warning("unresolved", at, "spec.service", message).found(&slo.service).accepted(services.join(", "));
        }
    }
}

/// A binding says by itself what an indicator is.
fn bound(spec: &Spec) -> Option<&str> {
    match spec {
        Spec::Binding(binding) => Some(binding.indicator.as_str()),
        _ => None,
    }
}

fn or_none(known: &[&str]) -> String {
    if known.is_empty() { "there are none".into() } else { known.join(", ") }
}

/// Every key of a tree with its value and path.
pub(super) fn walk<'n>(node: &'n Node, path: &mut String, visit: &mut impl FnMut(&'n str, &'n Node, &str)) {
    let before = path.len();
    for entry in node.entries() {
        if before > 0 {
            path.push('.');
        }
        path.push_str(&entry.key);
        visit(&entry.key, &entry.node, path);
        walk(&entry.node, path, visit);
        path.truncate(before);
    }
    for (i, item) in node.items().iter().enumerate() {
        let _ = write!(path, "[{i}]");
        walk(&item.node, path, visit);
        path.truncate(before);
    }
}
