//! Trees as YAML in one canonical form: for printing documents, and for formatting files with their comments.
//!
//! Block style, two spaces, keys in the order of [`ORDER`] (others behind them as they were), quotes only where another reader could
//! take a text for something else, literal blocks for texts of several lines, documents parted by `---`. Comments stay above or
//! beside what they stood at. Not kept: blank lines, anchors (aliases are written out), tags.

use std::fmt::Write as _;

use super::node::{Content, Entry, Item, Node, Resolved, resolve};

/// The order of keys, of all kinds together: names before contents, conditions before consequences.
#[rustfmt::skip] // one key a line would be a page
const ORDER: &[&str] = &[
    "apiVersion", "kind", "alertPolicyRef", "conditionRef", "targetRef", "metadata", "name", "displayName", "labels",
    "annotations", "metricSourceRef", "type", "spec", "description", "customer", "slo", "service", "indicator",
    "indicatorRef", "sli", "latency", "unit", "thresholdMetric", "ratioMetric", "counter", "good", "bad", "total",
    "rawType", "raw", "metricSource", "connectionDetails", "timeWindow", "duration", "isRolling", "calendar",
    "startTime", "timeZone", "budgetingMethod", "objectives", "op", "value", "target", "targetPercent",
    "timeSliceTarget", "timeSliceWindow", "compositeWeight", "alertPolicies", "alertWhenNoData", "alertWhenResolved",
    "alertWhenBreaching", "conditions", "notificationTargets", "severity", "condition", "threshold", "lookbackWindow",
    "alertAfter", "reading", "objective", "window", "parts", "feature", "weight", "required", "missing",
    "missingAfter", "mode", "trigger", "onlyWhile", "steps", "flag", "ladder", "dimmer", "gate", "from", "to",
    "steer", "costs", "verify", "times", "within", "release", "hold", "calm", "probeFor", "backOffTo", "coolDown", "longest",
    "atMost", "minimumCalls", "slis", "charged", "exclusions", "remedy",
];

/// Documents and the comments after the last of them.
pub(super) fn print(documents: &[Node], after: &[String]) -> String {
    let mut printer = Printer { out: String::new() };
    for (i, document) in documents.iter().enumerate() {
        if i > 0 {
            printer.out.push_str("---\n");
        }
        match &document.content {
            Content::Map(entries) if !entries.is_empty() => printer.map(entries, 0, false),
            Content::List(items) if !items.is_empty() => printer.list(items, 0, false),
            _ => {
                printer.scalar(document, 0);
            }
        }
    }
    for comment in after {
        printer.comment(comment, 0);
    }
    printer.out
}

/// Puts keys into their order, stably: what has none keeps its place behind the others.
pub(super) fn sort(node: &mut Node) {
    match &mut node.content {
        Content::Scalar { .. } => {}
        Content::List(items) => items.iter_mut().for_each(|item| sort(&mut item.node)),
        Content::Map(entries) => {
            entries.sort_by_key(|entry| ORDER.iter().position(|key| *key == entry.key).unwrap_or(ORDER.len()));
            for entry in entries {
                sort(&mut entry.node);
            }
        }
    }
}

struct Printer {
    out: String,
}

impl Printer {
    fn indent(&mut self, depth: usize) {
        (0..depth).for_each(|_| self.out.push_str("  "));
    }

    fn comment(&mut self, text: &str, depth: usize) {
        self.indent(depth);
        self.out.push('#');
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn beside(&mut self, comment: Option<&String>) {
        if let Some(comment) = comment {
            self.out.push_str(" #");
            self.out.push_str(comment);
        }
    }

    /// The entries of a map; the first may stand behind a dash.
    fn map(&mut self, entries: &[Entry], depth: usize, mut behind_dash: bool) {
        for entry in entries {
            if !behind_dash {
                entry.before.iter().for_each(|comment| self.comment(comment, depth));
                self.indent(depth);
            }
            behind_dash = false;
            let key = inline(&entry.key);
            self.out.push_str(&key);
            self.out.push(':');
            self.value(&entry.node, entry.beside.as_ref(), depth);
        }
    }

    /// What follows a key's colon.
    fn value(&mut self, node: &Node, beside: Option<&String>, depth: usize) {
        match &node.content {
            Content::Map(entries) if !entries.is_empty() => {
                self.beside(beside);
                self.out.push('\n');
                self.map(entries, depth + 1, false);
            }
            Content::List(items) if !items.is_empty() => {
                self.beside(beside);
                self.out.push('\n');
                self.list(items, depth + 1, false);
            }
            _ => {
                // a comment beside the key of a scalar that began a line later
                let node = &Node { beside: node.beside.clone().or_else(|| beside.cloned()), ..node.clone() };
                if !is_nothing(node) {
                    self.out.push(' ');
                }
                self.scalar(node, depth + 1);
            }
        }
    }

    fn list(&mut self, items: &[Item], depth: usize, mut behind_dash: bool) {
        for item in items {
            if !behind_dash {
                item.before.iter().for_each(|comment| self.comment(comment, depth));
                if let Some(first) = item.node.entries().first() {
                    // its own line is the dash's
                    first.before.iter().for_each(|comment| self.comment(comment, depth));
                }
                self.indent(depth);
            }
            behind_dash = false;
            match &item.node.content {
                Content::Map(entries) if !entries.is_empty() => {
                    self.out.push_str("- ");
                    self.map(entries, depth + 1, true);
                }
                Content::List(inner) if !inner.is_empty() => {
                    self.out.push_str("-\n");
                    self.list(inner, depth + 1, false);
                }
                _ => {
                    self.out.push('-');
                    if !is_nothing(&item.node) {
                        self.out.push(' ');
                    }
                    self.scalar(&item.node, depth + 1);
                }
            }
        }
    }

    /// A scalar, an empty list or an empty map, to the end of the line.
    fn scalar(&mut self, node: &Node, depth: usize) {
        let (text, plain) = match &node.content {
            Content::List(_) => ("[]", true),
            Content::Map(_) => ("{}", true),
            Content::Scalar { text, plain } => (text.as_str(), *plain),
        };
        if plain && !text.contains('\n') {
            self.out.push_str(text);
        } else if is_block(text) {
            let body = text.trim_end_matches('\n');
            self.out.push_str(match text.len() - body.len() {
                0 => "|-",
                1 => "|",
                _ => "|+",
            });
            self.beside(node.beside.as_ref());
            for line in body.split('\n') {
                self.out.push('\n');
                if !line.is_empty() {
                    self.indent(depth);
                    self.out.push_str(line);
                }
            }
            (0..(text.len() - body.len()).max(1)).for_each(|_| self.out.push('\n'));
            return;
        } else {
            let text = inline(text);
            self.out.push_str(&text);
        }
        self.beside(node.beside.as_ref());
        self.out.push('\n');
    }
}

fn is_nothing(node: &Node) -> bool {
    matches!(&node.content, Content::Scalar { text, plain: true } if text.is_empty())
}

/// Whether a text can stand in a literal block and come back the same.
fn is_block(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    body.contains('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && body.chars().all(|c| c == '\n' || is_printable(c))
        // a line of blanks alone would lose them
        && body.split('\n').all(|line| line.is_empty() || !line.trim_matches(' ').is_empty())
}

fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

/// A text on one line, in quotes where it needs them.
fn inline(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_printable(c) => quoted.push(c),
            c => {
                // writing to a String cannot fail
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text means itself without quotes, to readers of YAML 1.1 too.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let of_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    // 1_000, 12:30:00 and 2026-12-31 are numbers and times to some
    let numeric = text.split([':', '-', '.', 'T', ' ']).next().is_some_and(of_digits)
        && text.chars().all(|c| c.is_ascii_digit() || "_:-.TZ +eE".contains(c));
    resolve(text) == Resolved::Text(text)
        && !words.contains(&text.to_lowercase().as_str())
        && !numeric
        && (first.is_alphanumeric() || matches!(first, '_' | '/' | '(' | '.' | '$'))
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && text.chars().all(is_printable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::desk::Desk;
    use crate::document::yaml;

    fn formatted(text: &str) -> String {
        let mut desk = Desk::new("test", text);
        let mut parsed = yaml::parse(text, &mut desk);
        assert_eq!(desk.findings, [], "{text}");
        parsed.documents.iter_mut().for_each(sort);
        print(&parsed.documents, &parsed.after)
    }

    #[test]
    fn comments_stay_with_what_they_are_about() {
        let text = "# of the file\nkind: SLO # what it is\napiVersion: openslo/v1\n# of spec\nspec: # beside\n\
                    \x20   # of a\n    a: [1, 2]\n    b: {c: d} # of c\n# the end\n";
        let expected = "apiVersion: openslo/v1\n# of the file\nkind: SLO # what it is\n# of spec\nspec: # beside\n  # of a\n  a:\n\
                        \x20   - 1\n    - 2\n  b:\n    c: d # of c\n# the end\n";
        let found = formatted(text);
        // a comment beside a map on one line belongs to what is printed on the key's line
        let expected = expected.replace("  b:\n    c: d # of c\n", "  b: # of c\n    c: d\n");
        assert_eq!(found, expected);
        assert_eq!(formatted(&found), found);
    }

    #[test]
    fn lists_of_maps_and_lists_keep_their_comments() {
        let text = "list:\n  # first\n  - to: 1 # one\n    # of from\n    from: 2\n  - - a\n    - b # b\n  - # dash\n    x: y\n---\nother: true\n";
        let found = formatted(text);
        assert_eq!(
            found,
            "list:\n  # first\n  # of from\n  - from: 2\n    to: 1 # one\n  -\n    - a\n    - b # b\n  # dash\n  - x: y\n---\nother: true\n"
        );
        assert_eq!(formatted(&found), found);
    }

    #[test]
    fn every_text_comes_back_as_it_was() {
        for text in [
            "",
            "plain",
            "yes",
            "No",
            "1",
            "1.5",
            "0x1f",
            "1_000",
            "12:30",
            "2026-12-31",
            "2026-12-31T00:00:00Z",
            "30d",
            "250ms",
            "99.9%",
            "- dash",
            "a: b",
            "a:",
            "a #b",
            "#a",
            " a",
            "a ",
            "a\nb",
            "a\nb\n",
            "a\n\nb\n\n",
            "\n",
            "\n\na",
            " a\nb",
            "a\n b",
            "a\n  \nb",
            "tab\there",
            "\ttab",
            "quote\"s",
            "back\\slash",
            "ü",
            "😀",
            "\u{feff}x",
            "\u{85}",
            "\u{7}",
            "null",
            "~",
            "{a}",
            "[a]",
            "a, b",
            "'a'",
            "%a",
            "@a",
            "`a`",
            "|",
            ">",
            "...",
            "---",
            "--- a",
            "a\r\nb",
            "?",
            "!a",
            "&a",
            "*a",
            "a\nb ",
            "sum(rate(x{code=~\"5..\"}[5m]))",
            "1e3",
            ".5",
            "+1",
            "0o7",
            "012",
            "a\u{2028}b",
            "<<",
            "=",
        ] {
            let node = Node::of(&serde_json::json!({ "key": text, "list": [text], text: 1 }));
            let printed = print(std::slice::from_ref(&node), &[]);
            let mut desk = Desk::new("test", &printed);
            let parsed = yaml::parse(&printed, &mut desk);
            assert_eq!(desk.findings, [], "{text:?}: {printed}");
            assert_eq!(parsed.documents[0].value(), node.value(), "{text:?}: {printed}");
        }
    }
}
