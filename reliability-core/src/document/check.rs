//! A tree against a JSON Schema, with every finding at its place.
//!
//! Only what the schemas of `kinds` use is understood: references, `type`, `enum`, `const`, `oneOf` and `anyOf` of plain
//! alternatives, bounds, lengths, properties, and the `format` of this crate's texts. `pattern` is for editors: the same form
//! is read here by the reader that will read it later, which can say what is wrong.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::desk::Desk;
use super::kinds::Schemas;
use super::node::{At, Content, Node, Resolved};
use super::texts;

pub(super) struct Check<'a, 'd> {
    pub(super) desk: &'a mut Desk<'d>,
    pub(super) path: String,
}

type Schema = Map<String, Value>;

impl Check<'_, '_> {
    /// Checks `node` against `schema`; `at` is where the key stands if the node itself is nothing.
    pub(super) fn check(&mut self, node: &Node, schema: &Value) {
        let Some(schema) = resolved(schema) else { return };
        if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
            return self.any_of(node, options);
        }
        let words = words(schema);
        if !words.is_empty() {
            return self.word(node, &words);
        }
        if let Some(accepted) = wrong_type(node, schema) {
            return self.wrong_type(node, &accepted);
        }
        match &node.content {
            Content::Scalar { text, .. } => self.scalar(node, text, schema),
            Content::List(items) => {
                let bounds = ("minItems", "maxItems");
                self.length(node.at, items.len(), schema, bounds, "the list holds", "items");
                if let Some(inner) = schema.get("items") {
                    for (i, item) in items.iter().enumerate() {
                        self.within(&format!("[{i}]"), |check| check.check(&item.node, inner));
                    }
                }
            }
            Content::Map(_) => self.map(node, schema),
        }
    }

    /// Goes one step deeper in the path.
    pub(super) fn within(&mut self, step: &str, check: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        if !step.starts_with('[') && before > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        check(self);
        self.path.truncate(before);
    }

    fn any_of(&mut self, node: &Node, options: &[Value]) {
        let fits = |option: &&Value| {
            let schema = resolved(option);
            schema.is_some_and(|schema| wrong_type(node, schema).is_none())
        };
        if let Some(option) = options.iter().find(fits) {
            return self.check(node, option);
        }
        let known: Vec<_> = options.iter().filter_map(resolved).map(types).collect();
        let accepted: Vec<_> = known.into_iter().flatten().filter(|kind| *kind != "null").map(noun).collect();
        self.wrong_type(node, &accepted.join(" or "));
    }

    fn wrong_type(&mut self, node: &Node, accepted: &str) {
        let message = match (node.resolved(), accepted) {
            (Some(Resolved::Bool(_) | Resolved::Integer(_) | Resolved::Number(_)), "a text") => {
                "this is not read as a text: write it in quotes".to_owned()
            }
            _ => format!("{accepted} belongs here"),
        };
        self.desk.error("wrong-type", node.at, &self.path, message).found(node.describe()).accepted(accepted);
    }

    fn word(&mut self, node: &Node, words: &[&str]) {
        let text = match node.resolved() {
            Some(Resolved::Text(text)) => text,
            _ => "",
        };
        if words.contains(&text) {
            return;
        }
        let message = match closest(text, words) {
            Some(word) => format!("this is none of the accepted words; {word} is the closest"),
            None => "this is none of the accepted words".to_owned(),
        };
        self.desk.error("unknown-word", node.at, &self.path, message).found(node.describe()).accepted(words.join(", "));
    }

    fn scalar(&mut self, node: &Node, text: &str, schema: &Schema) {
        match node.resolved() {
            Some(Resolved::Integer(value)) => self.bounds(node, value as f64, schema),
            Some(Resolved::Number(value)) => self.bounds(node, value, schema),
            Some(Resolved::Text(_)) => {
                self.length(
                    node.at,
                    text.chars().count(),
                    schema,
                    ("minLength", "maxLength"),
                    "the text has",
                    "characters",
                );
                if let Some(format) = schema.get("format").and_then(Value::as_str)
                    && let Err(wrong) = texts::check(format, text)
                {
                    let made = self.desk.error("wrong-form", node.at, &self.path, wrong).found(node.describe());
                    made.accepted(texts::accepted(format));
                }
            }
            _ => {}
        }
    }

    fn bounds(&mut self, node: &Node, value: f64, schema: &Schema) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (low, high) = (bound("minimum"), bound("maximum"));
        let (above, below) = (bound("exclusiveMinimum"), bound("exclusiveMaximum"));
        let fits = low.is_none_or(|low| value >= low)
            && high.is_none_or(|high| value <= high)
            && above.is_none_or(|above| value > above)
            && below.is_none_or(|below| value < below)
            && value.is_finite();
        if fits {
            return;
        }
        let mut accepted = String::from("a number");
        for (bound, word) in [(low, "from"), (above, "above"), (high, "up to"), (below, "below")] {
            if let Some(bound) = bound {
                let _ = write!(accepted, " {word} {bound}");
            }
        }
        let message = "this number is out of range";
        self.desk.error("out-of-range", node.at, &self.path, message).found(node.describe()).accepted(accepted);
    }

    fn length(&mut self, at: At, length: usize, schema: &Schema, keys: (&str, &str), has: &str, what: &str) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64).map(|bound| bound as usize);
        let (least, most) = (bound(keys.0), bound(keys.1));
        if least.is_some_and(|least| length < least) || most.is_some_and(|most| length > most) {
            let accepted = match (least, most) {
                (Some(least), Some(most)) if least == most => format!("exactly {least}"),
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, Some(most)) => format!("at most {most}"),
                (None, None) => String::new(),
            };
            let message = format!("{has} {length} {what}");
            self.desk.error("wrong-length", at, &self.path, message).found(length).accepted(accepted);
        }
    }

    fn map(&mut self, node: &Node, schema: &Schema) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        for entry in node.entries() {
            let known = properties.and_then(|known| known.get(&entry.key));
            match (known, schema.get("additionalProperties")) {
                // a key without a value counts as not there
                _ if node.get(&entry.key).is_none() => {}
                (Some(known), _) => self.within(&entry.key, |check| check.check(&entry.node, known)),
                (None, _) if closed => {
                    let keys: Vec<_> = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
                    self.within(&entry.key, |check| check.unknown_key(&entry.key, entry.at, &keys));
                }
                (None, Some(each @ Value::Object(_))) => {
                    self.within(&entry.key, |check| check.check(&entry.node, each));
                }
                (None, _) => {}
            }
            if node.get(&entry.key).is_none()
                && closed
                && properties.is_none_or(|known| !known.contains_key(&entry.key))
            {
                let keys: Vec<_> = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
                self.within(&entry.key, |check| check.unknown_key(&entry.key, entry.at, &keys));
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for key in required.filter(|key| node.get(key).is_none()) {
            let at = node.entries().iter().find(|entry| entry.key == *key).map_or(node.at, |entry| entry.at);
            self.missing(key, at);
        }
        let least = schema.get("minProperties").and_then(Value::as_u64).unwrap_or(0);
        if (node.entries().len() as u64) < least {
            self.desk
                .error("wrong-length", node.at, &self.path, "the map is empty")
                .accepted(format!("at least {least} key"));
        }
    }

    pub(super) fn missing(&mut self, key: &str, at: At) {
        let message = format!("the key {key} is missing");
        self.within(key, |check| {
            check.desk.error("missing", at, &check.path, message);
        });
    }

    pub(super) fn unknown_key(&mut self, key: &str, at: At, keys: &[&str]) {
        let message = match closest(key, keys) {
            Some(close) => format!("there is no key {key}; {close} is the closest"),
            None => format!("there is no key {key} here"),
        };
        self.desk.error("unknown-key", at, &self.path, message).found(key).accepted(keys.join(", "));
    }
}

/// The schema that a reference leads to.
fn resolved(schema: &Value) -> Option<&Schema> {
    let mut schema = schema.as_object()?;
    // a reference leads to a definition, and none of those is a reference again; the bound is for safety alone
    for _ in 0..4 {
        let Some(name) = schema.get("$ref").and_then(Value::as_str) else { break };
        let name = name.rsplit('/').next().unwrap_or_default();
        schema = Schemas::get().definitions.get(name)?.as_object()?;
    }
    Some(schema)
}

/// The words of a schema that accepts nothing else.
fn words(schema: &Schema) -> Vec<&str> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().filter_map(Value::as_str).collect();
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return vec![word];
    }
    let options = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    options.filter_map(|option| option.get("const")?.as_str()).collect()
}

fn types(schema: &Schema) -> Vec<&str> {
    if !words(schema).is_empty() {
        return vec!["string"];
    }
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(more)) => more.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn noun(kind: &str) -> &str {
    match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}

/// What is accepted, if the node is of another type.
fn wrong_type(node: &Node, schema: &Schema) -> Option<String> {
    let types = types(schema);
    let is = |kind: &str| match (&node.content, node.resolved()) {
        (Content::List(_), _) => kind == "array",
        (Content::Map(_), _) => kind == "object",
        (_, Some(Resolved::Null)) => kind == "null",
        (_, Some(Resolved::Bool(_))) => kind == "boolean",
        (_, Some(Resolved::Integer(_))) => matches!(kind, "integer" | "number"),
        (_, Some(Resolved::Number(_))) => kind == "number",
        (_, Some(Resolved::Text(_))) => kind == "string",
        (_, None) => false,
    };
    if types.is_empty() || types.iter().any(|kind| is(kind)) {
        return None;
    }
    Some(types.into_iter().filter(|kind| *kind != "null").map(noun).collect::<Vec<_>>().join(" or "))
}

/// The word that was probably meant: at most two letters differ, and fewer than half of them.
pub(super) fn closest<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let distance = |word: &str| {
        let (a, b): (Vec<char>, Vec<char>) =
            (text.to_lowercase().chars().take(64).collect(), word.to_lowercase().chars().collect());
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut corner = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let change = corner + usize::from(x != y);
                corner = row[j + 1];
                row[j + 1] = change.min(row[j] + 1).min(corner + 1);
            }
        }
        row[b.len()]
    };
    let best = words.iter().map(|word| (distance(word), *word)).min()?;
    (best.0 <= 2 && best.0 * 2 < text.chars().count()).then_some(best.1)
}
