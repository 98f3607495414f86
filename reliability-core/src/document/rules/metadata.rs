//! The rules of names, labels and annotations.

use super::{Check, Node, disputed};
use crate::document::node::Entry;
use crate::document::texts;

const DISPLAY_NAME: usize = 63;

pub(super) fn rules(check: &mut Check<'_, '_>, metadata: &Node) {
    if let Some(name) = metadata.get("displayName")
        && name.scalar().is_some_and(|text| text.chars().count() > DISPLAY_NAME)
    {
        check.within("displayName", |check| {
            disputed(
                check,
                name.at,
                "the reference validator of OpenSLO accepts at most 63 characters here; the text sets no limit",
            );
        });
    }
    for entry in metadata.get("labels").map_or(&[][..], Node::entries) {
        key(
            check,
            "labels",
            entry,
            is_label(&entry.key),
            "1 to 63 of letters, digits, -, _ and ., beginning and ending with a letter or digit",
        );
    }
    for entry in metadata.get("annotations").map_or(&[][..], Node::entries) {
        let fits = match entry.key.rsplit_once('/') {
            Some((prefix, name)) => prefix.len() <= 253 && prefix.split('.').all(is_part) && is_label(name),
            None => is_label(&entry.key),
        };
        key(check, "annotations", entry, fits, "a name such as my-key, or with a domain as my-domain.org/my-key");
        annotation(check, entry);
    }
}

fn key(check: &mut Check<'_, '_>, of: &str, entry: &Entry, fits: bool, accepted: &str) {
    if !fits {
        check.within(of, |check| {
            check.within(&entry.key, |check| {
                let message = "this key is not accepted by OpenSLO";
                check.desk.error("wrong-form", entry.at, &check.path, message).found(&entry.key).accepted(accepted);
            });
        });
    }
}

/// The annotations that this library reads.
fn annotation(check: &mut Check<'_, '_>, entry: &Entry) {
    const KNOWN: &[&str] = &[
        "reliability/events",
        "reliability/first-action",
        "reliability/impact",
        "reliability/latency",
        "reliability/owner",
        "reliability/product-owner",
        "reliability/review",
        "reliability/runbook",
        "reliability/sli",
    ];
    if !entry.key.starts_with("reliability/") {
        return;
    }
    check.within("annotations", |check| {
        check.within(&entry.key, |check| {
            let text = entry.node.scalar().unwrap_or_default();
            let wrong = match entry.key.as_str() {
                "reliability/review" => texts::check("date", text).err().map(|wrong| (wrong, "a day, as 2026-12-31")),
                "reliability/latency" => {
                    texts::check("duration", text).err().map(|wrong| (wrong, "a duration, as 250ms"))
                }
                "reliability/sli" => {
                    texts::check("dns-label", text).err().map(|wrong| (wrong, "the name of an SLI of the code"))
                }
                known if KNOWN.contains(&known) => None,
                _ => return check.unknown_key(&entry.key, entry.at, KNOWN),
            };
            if let Some((wrong, accepted)) = wrong {
                check
                    .desk
                    .error("wrong-form", entry.node.at, &check.path, wrong)
                    .found(entry.node.describe())
                    .accepted(accepted);
            }
        });
    });
}

fn is_label(key: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let bytes = key.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|b| inner(*b))
        && [bytes[0], bytes[bytes.len() - 1]].iter().all(u8::is_ascii_alphanumeric)
}

fn is_part(part: &str) -> bool {
    texts::check("dns-label", part).is_ok()
}
