//! What must be together and what must not: the rules of each kind that types cannot say.
//!
//! Where the text of `OpenSLO` and its reference validator disagree, documents that either accepts are accepted, with a warning of
//! the code `disputed` that says what the other one thinks.
//!
//! Layer 2 (in `document`): imports nothing.

mod alerts;
mod metadata;
mod openslo;
mod own;

use super::check::Check;
use super::kinds::Kind;
use super::node::{At, Node};

/// Checks a document whose form is right. `calendar` windows and the like are looked at here.
pub(super) fn document(check: &mut Check<'_, '_>, kind: Kind, node: &Node) {
    if let Some(metadata) = node.get("metadata") {
        check.within("metadata", |check| metadata::rules(check, metadata));
    }
    let Some(spec) = node.get("spec") else { return };
    check.within("spec", |check| match kind {
        Kind::Slo => openslo::slo(check, spec),
        Kind::Sli => openslo::sli(check, spec),
        Kind::AlertPolicy => alerts::policy(check, spec),
        Kind::AlertCondition => alerts::condition(check, spec),
        Kind::Feature => own::feature(check, spec),
        Kind::Policy => own::policy(check, spec),
        Kind::Maintenance => own::maintenance(check, spec),
        Kind::Service | Kind::DataSource | Kind::AlertNotificationTarget | Kind::Agreement | Kind::Binding => {}
    });
}

/// Of these keys at most one may be there, and with `needed` exactly one.
fn one_of(check: &mut Check<'_, '_>, node: &Node, keys: &[&str], needed: bool) {
    let there: Vec<_> = keys.iter().filter(|key| node.get(key).is_some()).collect();
    let accepted = format!("exactly one of {}", keys.join(", "));
    if there.is_empty() && needed {
        let message = format!("one of {} is missing", keys.join(", "));
        let path = check.path.clone();
        check.desk.error("missing", node.at, &path, message).accepted(&accepted);
    }
    for key in there.iter().skip(1) {
        let at = key_at(node, key);
        let message = format!("{key} and {} exclude each other", there[0]);
        check.within(key, |check| {
            check.desk.error("exclusive", at, &check.path, message).accepted(&accepted);
        });
    }
}

/// Where a key stands; the map's place if it is not there.
fn key_at(node: &Node, key: &str) -> At {
    node.entries().iter().find(|entry| entry.key == key).map_or(node.at, |entry| entry.at)
}

/// Something that the text of `OpenSLO` and its reference validator see differently.
fn disputed(check: &mut Check<'_, '_>, at: At, message: &str) {
    let path = check.path.clone();
    check.desk.warning("disputed", at, &path, message);
}
