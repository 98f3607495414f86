//! From files to checked documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::check::Check;
use super::desk::Desk;
use super::kinds::openslo::Metadata;
use super::kinds::{Document, Kind, OPENSLO, OWN, Schemas, Spec};
use super::node::{At, Content, Node};
use super::{Documents, File, Source, older, references, rules, yaml};
use crate::spec::Finding;

/// Reads everything and tells all that is wrong with it, in order of files and lines.
pub(super) fn read(sources: Vec<Source>) -> (Documents, Vec<Finding>) {
    let mut documents = Documents::default();
    let mut findings = Vec::new();
    let mut known: BTreeMap<(Kind, String), (usize, u32)> = BTreeMap::new();
    for source in sources {
        let place = documents.files.len();
        let mut desk = Desk::new(&source.file, &source.text);
        let parsed = yaml::parse(&source.text, &mut desk);
        for node in parsed.documents {
            let Some(document) = one(&mut desk, node, place) else { continue };
            let key = (document.kind, document.name().to_owned());
            if let Some((file, line)) = known.get(&key) {
                let at = document.node.at(&["metadata", "name"]).map_or(document.node.at, |name| name.at);
                let first = documents.files.get(*file).map_or(&*source.file, |file| &*file.name);
                let message = format!("a second {} of this name; the first is in {first}, line {line}", key.0);
                desk.error("duplicate", at, "metadata.name", message).found(&key.1);
                continue;
            }
            known.insert(key, (place, document.node.at.line));
            documents.documents.push(document);
        }
        desk.findings.sort_by_key(|finding| (finding.line, finding.column));
        findings.append(&mut desk.findings);
        documents.files.push(File { name: desk.file, text: source.text });
    }
    findings.extend(references::check(&documents));
    (documents, findings)
}

/// A document, if nothing is wrong with it.
fn one(desk: &mut Desk<'_>, mut node: Node, file: usize) -> Option<Document> {
    if !matches!(node.content, Content::Map(_)) {
        let made = desk.error("no-document", node.at, "", "a document is a map").found(node.describe());
        made.accepted("apiVersion, kind, metadata and spec");
        return None;
    }
    let before = desk.findings.iter().filter(|finding| finding.is_error()).count();
    let (kind, version) = identify(desk, &node)?;
    older::convert(version, kind, &mut node, desk);
    let mut check = Check { desk, path: String::new() };
    for entry in
        node.entries().iter().filter(|entry| !["apiVersion", "kind", "metadata", "spec"].contains(&&*entry.key))
    {
        check.within(&entry.key, |check| {
            check.unknown_key(&entry.key, entry.at, &["apiVersion", "kind", "metadata", "spec"]);
        });
    }
    let schemas = Schemas::get();
    match node.get("metadata") {
        Some(metadata) => check.within("metadata", |check| check.check(metadata, &schemas.metadata)),
        None => check.missing("metadata", node.at),
    }
    match node.get("spec") {
        Some(spec) => check.within("spec", |check| check.check(spec, schemas.spec(kind))),
        // nothing in it is needed
        None if kind == Kind::Service => {}
        None => check.missing("spec", node.at),
    }
    rules::document(&mut check, kind, &node);
    if desk.findings.iter().filter(|finding| finding.is_error()).count() > before {
        return None;
    }
    let metadata =
        node.get("metadata").map(Node::value).and_then(|value| serde_json::from_value::<Metadata>(value).ok());
    let spec = node.get("spec").map_or_else(|| serde_json::json!({}), |spec| without_nulls(spec.value()));
    match (metadata, Spec::of(kind, spec)) {
        (Some(metadata), Ok(spec)) => Some(Document { kind, metadata, spec, node: Arc::new(node), file }),
        (_, wrong) => {
            // the checks before have a gap: better a poor message than none
            let why = wrong.err().map(|error| error.to_string()).unwrap_or_default();
            desk.error("unreadable", node.at, "", format!("the document cannot be read: {why}"));
            None
        }
    }
}

/// A key without a value counts as not there.
fn without_nulls(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        serde_json::Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// Which version of which specification a document is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V1Alpha,
    V2Alpha,
    Own,
}

fn identify(desk: &mut Desk<'_>, node: &Node) -> Option<(Kind, Version)> {
    let Some(api) = node.get("apiVersion") else {
        desk.error("missing", node.at, "apiVersion", "the key apiVersion is missing").accepted(accepted());
        return None;
    };
    let version = match api.scalar().unwrap_or_default() {
        OPENSLO => Version::V1,
        "openslo.com/v1" => {
            let message = "the text of OpenSLO has openslo.com/v1 of late, its reference reader knows openslo/v1 alone";
            desk.warning("disputed", api.at, "apiVersion", message);
            Version::V1
        }
        "openslo/v1alpha" | "openslo.com/v1alpha" => Version::V1Alpha,
        "openslo.com/v2alpha" | "openslo/v2alpha" => Version::V2Alpha,
        OWN => Version::Own,
        _ => {
            let message = "this version of documents is not known";
            desk.error("unknown-version", api.at, "apiVersion", message).found(api.describe()).accepted(accepted());
            return None;
        }
    };
    let fits = |kind: &&Kind| match version {
        Version::V1 | Version::V2Alpha => !kind.is_own(),
        Version::V1Alpha => matches!(kind, Kind::Service | Kind::Slo),
        Version::Own => kind.is_own(),
    };
    let Some(kind) = node.get("kind") else {
        desk.error("missing", node.at, "kind", "the key kind is missing");
        return None;
    };
    let text = kind.scalar().unwrap_or_default();
    if let Some(known) = Kind::ALL.iter().filter(fits).find(|known| known.name() == text) {
        return Some((*known, version));
    }
    let names: Vec<_> = Kind::ALL.iter().filter(fits).map(|kind| kind.name()).collect();
    let message = match super::check::closest(text, &names) {
        Some(close) => format!("there is no kind {text} in this version; {close} is the closest"),
        None => "there is no such kind in this version".to_owned(),
    };
    desk.error("unknown-kind", kind.at, "kind", message).found(kind.describe()).accepted(names.join(", "));
    None
}

fn accepted() -> String {
    format!("{OPENSLO}, openslo/v1alpha, openslo.com/v2alpha, {OWN}")
}

/// Where a document stands in a file of its own kind of trouble: the place of its name, else of all of it.
pub(super) fn place(document: &Document, keys: &[&str]) -> At {
    document.node.at(keys).or(document.node.at(&["metadata", "name"])).map_or(document.node.at, |node| node.at)
}
