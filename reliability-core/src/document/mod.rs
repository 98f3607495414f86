//! What was promised, in documents that product and tech can both read: `OpenSLO` and this library's own kinds.
//!
//! Text becomes a tree that knows its places ([`Finding`]s point at them), the tree is checked against the types' own JSON Schema
//! and the rules of the specification, and becomes a set of [`Documents`]. A set is then *bound* to the code: which SLI an
//! indicator is, which terms its objectives have, what features and planned time there are. Nothing here reads a file, a clock
//! or a running engine, so all of it can be used in a test, a pipeline or an editor. [`Builder::documents`](crate::Builder::documents)
//! starts a service from files, and follows them.
//!
//! # What a file may hold
//! Several YAML documents. Of `OpenSLO` v1 (`apiVersion: openslo/v1`) the kinds Service, SLO, SLI, `DataSource`,
//! `AlertPolicy`, `AlertCondition` and `AlertNotificationTarget`; v1alpha and v2alpha are read as v1. Of this library (`apiVersion: reliability/v1`) Feature, Policy,
//! Maintenance, Agreement and Binding.
//!
//! Where the text of `OpenSLO` and its reference validator disagree, what either accepts is accepted, with a warning `disputed`.
//!
//! # Which SLI an indicator is
//! In this order: a Binding of that indicator; the annotation `reliability/sli` of the SLO, of its indicator, of the SLI
//! document; else the SLI of the code with the indicator's name. What is measured is whether calls succeed, unless the
//! Binding or the annotation `reliability/latency` names a latency threshold, or the indicator is a threshold metric: then its `value`
//! is the threshold, in seconds unless the Binding says otherwise. Thresholds are counted by the code, so a document can only
//! name those that the code has.
//!
//! # Limits
//! An alert of `OpenSLO` has one window. This library judges by pairs of windows and a guard (`slo`), so an `AlertPolicy` is
//! checked, linted and kept, and does not change when a service pages. Windows are those of the engine: 1 to 90 days, and calendar
//! weeks, months and quarters.
//!
//! Layer 3: imports clock, name, spec, slo.

mod bind;
mod check;
mod codes;
mod declare;
mod desk;
pub(crate) mod kinds;
mod lint;
mod node;
mod older;
mod print;
mod read;
mod references;
mod rules;
mod schema;
mod texts;
mod words;
mod yaml;

use std::sync::Arc;

pub use bind::{Agreed, Bound, Overlay};
pub use codes::explain;
pub use declare::openslo;
use kinds::Document;
pub use kinds::Kind;
pub use lint::Seen;
pub use schema::schema;

use crate::spec::{Finding, SliSpec};

/// A text to read, and what to call it in findings.
#[derive(Clone, Debug)]
pub struct Source {
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Source {
    /// A text of this name.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.file
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[derive(Clone, Debug)]
struct File {
    name: Arc<str>,
    text: String,
}

/// Checked documents, of one file or many.
///
/// ```
/// use reliability_core::document::{Documents, Source};
/// let text = "
/// apiVersion: openslo/v1
/// kind: SLO
/// metadata: { name: checkout-works }
/// spec:
///   service: shop
///   indicatorRef: checkout
///   timeWindow: [{ duration: 30d, isRolling: true }]
///   budgetingMethod: Occurrences
///   objectives: [{ target: 0.999 }]
/// ";
/// let (documents, findings) = Documents::read([Source::new("reliability.yaml", text)]);
/// assert_eq!(documents.len(), 1);
/// assert!(findings.iter().all(|finding| !finding.is_error()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Documents {
    documents: Vec<Document>,
    files: Vec<File>,
}

impl PartialEq for Documents {
    /// Where they stand does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.documents == other.documents
    }
}

impl Documents {
    /// Reads them, and tells all that is wrong at once. Documents with an error are left out; whoever gets errors should use none.
    pub fn read(sources: impl IntoIterator<Item = Source>) -> (Self, Vec<Finding>) {
        read::read(sources.into_iter().collect())
    }

    /// Prints all of them in canonical form, without comments: read again they are the same.
    ///
    /// ```
    /// use reliability_core::document::{Documents, Source};
    /// let text = "{kind: Service, apiVersion: openslo/v1, metadata: {name: shop}}";
    /// let (documents, _) = Documents::read([Source::new("shop.yaml", text)]);
    /// assert_eq!(documents.print(), "apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: shop\nspec: {}\n");
    /// ```
    pub fn print(&self) -> String {
        let mut nodes: Vec<_> = self.documents.iter().map(|document| node::Node::of(&document.value())).collect();
        nodes.iter_mut().for_each(print::sort);
        print::print(&nodes, &[])
    }

    /// Looks up in the code what they speak of.
    pub fn bind(&self, slis: &[SliSpec]) -> (Bound, Vec<Finding>) {
        bind::bind(self, slis)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The policies, each with its document.
    pub(crate) fn policies(&self) -> impl Iterator<Item = (&Document, &kinds::own::PolicyKind)> {
        self.documents.iter().filter_map(|document| match &document.spec {
            kinds::Spec::Policy(policy) => Some((document, &**policy)),
            _ => None,
        })
    }

    /// An error about a document that is found outside of this room. `keys` lead to the place, and are the path.
    pub(crate) fn error(&self, document: &Document, keys: &[String], code: &'static str, message: String) -> Finding {
        let file = self.files.get(document.file);
        let (name, text) = file.map_or(("", ""), |file| (&*file.name, &*file.text));
        let mut desk = desk::Desk::new(name, text);
        let mut node = &*document.node;
        for key in keys {
            let item = || node.items().get(key.trim_matches(['[', ']']).parse::<usize>().ok()?).map(|item| &item.node);
            match node.get(key).or_else(item) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        let path = keys.join(".").replace(".[", "[");
        desk.error(code, node.at, &path, message);
        desk.findings.swap_remove(0)
    }

    /// Kind and name of each.
    pub fn names(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.documents.iter().map(|document| (document.kind, document.name()))
    }
}

/// Formats a file and keeps its comments: keys in their order, block style, two spaces, quotes only where they are needed. Comments
/// stay above or beside what they stood at; blank lines, anchors and tags are not kept. Formatted again it stays as it is.
///
/// ```
/// use reliability_core::document::{Source, format};
/// let text = "kind: Service # what it is\napiVersion: 'openslo/v1'\nmetadata: {name: shop}\n";
/// let formatted = format(&Source::new("shop.yaml", text)).unwrap();
/// assert_eq!(formatted, "apiVersion: openslo/v1\nkind: Service # what it is\nmetadata:\n  name: shop\n");
/// ```
///
/// # Errors
/// If it is no YAML. What its documents say is not checked.
pub fn format(source: &Source) -> Result<String, Vec<Finding>> {
    let mut desk = desk::Desk::new(&source.file, &source.text);
    let mut parsed = yaml::parse(&source.text, &mut desk);
    if !desk.findings.is_empty() {
        return Err(desk.findings);
    }
    parsed.documents.iter_mut().for_each(print::sort);
    Ok(print::print(&parsed.documents, &parsed.after))
}
