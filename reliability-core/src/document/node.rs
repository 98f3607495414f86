//! A document as a tree in which everything knows where it stands.
//!
//! Between the parser and the typed model: checks walk this tree, so that each can point at its place and all can be told
//! at once; values are resolved by YAML 1.2's core schema when they are asked for.

use serde_json::{Map, Number, Value};

/// Where something stands: line and column beginning with 1, and how many characters of the line it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) width: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: At,
    pub(crate) content: Content,
    /// The comment on the same line.
    pub(crate) beside: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Scalar { text: String, plain: bool },
    List(Vec<Item>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// The comments on the lines before it.
    pub(crate) before: Vec<String>,
    pub(crate) node: Node,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The comments on the lines before it.
    pub(crate) before: Vec<String>,
    /// The comment beside a key whose value begins on a later line.
    pub(crate) beside: Option<String>,
    pub(crate) key: String,
    pub(crate) at: At,
    pub(crate) node: Node,
}

/// What a plain scalar is by the core schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(&'a str),
}

impl Node {
    pub(crate) fn new(at: At, content: Content) -> Self {
        Self { at, content, beside: None }
    }

    pub(crate) fn plain(at: At, text: impl Into<String>) -> Self {
        Self::new(at, Content::Scalar { text: text.into(), plain: true })
    }

    pub(crate) fn text(at: At, text: impl Into<String>) -> Self {
        Self::new(at, Content::Scalar { text: text.into(), plain: false })
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.content {
            Content::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Item] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key; what is null counts as not there.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let entry = self.entries().iter().find(|entry| entry.key == key)?;
        (entry.node.resolved() != Some(Resolved::Null)).then_some(&entry.node)
    }

    /// The value at the end of some keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a scalar, however it is written.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What a scalar is; `None` for lists and maps.
    pub(crate) fn resolved(&self) -> Option<Resolved<'_>> {
        match &self.content {
            Content::Scalar { text, plain: true } => Some(resolve(text)),
            Content::Scalar { text, plain: false } => Some(Resolved::Text(text)),
            _ => None,
        }
    }

    /// How people call what stands here.
    pub(crate) fn describe(&self) -> String {
        match (&self.content, self.resolved()) {
            (Content::List(items), _) => format!("a list of {}", items.len()),
            (Content::Map(entries), _) => format!("a map of {} keys", entries.len()),
            (_, Some(Resolved::Null)) => "nothing".into(),
            (Content::Scalar { text, plain: true }, _) => text.clone(),
            (Content::Scalar { text, .. }, _) => format!("{text:?}"),
        }
    }

    /// As a value without places. What JSON cannot say (infinity, a number that is none) stays text.
    pub(crate) fn value(&self) -> Value {
        match &self.content {
            Content::List(items) => Value::Array(items.iter().map(|item| item.node.value()).collect()),
            Content::Map(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    map.insert(entry.key.clone(), entry.node.value());
                }
                Value::Object(map)
            }
            Content::Scalar { text, plain: false } => Value::String(text.clone()),
            Content::Scalar { text, plain: true } => match resolve(text) {
                Resolved::Null => Value::Null,
                Resolved::Bool(value) => Value::Bool(value),
                Resolved::Integer(value) => Value::Number(value.into()),
                Resolved::Number(value) => {
                    Number::from_f64(value).map_or_else(|| Value::String(text.clone()), Value::Number)
                }
                Resolved::Text(text) => Value::String(text.to_owned()),
            },
        }
    }

    /// The tree of a value, all of it at one place.
    pub(crate) fn of(value: &Value) -> Self {
        let at = At::default();
        match value {
            Value::Null => Self::plain(at, "null"),
            Value::Bool(value) => Self::plain(at, value.to_string()),
            Value::Number(number) => Self::plain(at, number.to_string()),
            Value::String(text) => Self::text(at, text.clone()),
            Value::Array(items) => {
                let items = items.iter().map(|item| Item { before: Vec::new(), node: Self::of(item) });
                Self::new(at, Content::List(items.collect()))
            }
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().map(|(key, value)| Entry::of(key, Self::of(value))).collect();
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                Self::new(at, Content::Map(entries))
            }
        }
    }
}

impl Entry {
    /// An entry that stands where its value stands.
    pub(crate) fn of(key: impl Into<String>, node: Node) -> Self {
        Self { before: Vec::new(), beside: None, key: key.into(), at: node.at, node }
    }
}

/// The core schema of YAML 1.2.2, section 10.3.2.
pub(crate) fn resolve(text: &str) -> Resolved<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Number(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Resolved::Number(f64::INFINITY);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return match i64::from_str_radix(digits, radix) {
                Ok(value) if !digits.starts_with(['+', '-']) => Resolved::Integer(value),
                _ => Resolved::Text(text),
            };
        }
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return Resolved::Text(text);
    }
    if let Ok(value) = text.parse::<i64>() {
        return Resolved::Integer(value);
    }
    match text.parse::<f64>() {
        Ok(value) => Resolved::Number(value),
        Err(_) => Resolved::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_what_the_core_schema_says() {
        for (text, is) in [
            ("1", Resolved::Integer(1)),
            ("-12", Resolved::Integer(-12)),
            ("0x1F", Resolved::Integer(31)),
            ("0o17", Resolved::Integer(15)),
            ("0.999", Resolved::Number(0.999)),
            ("1e3", Resolved::Number(1000.0)),
            (".5", Resolved::Number(0.5)),
            ("~", Resolved::Null),
            ("True", Resolved::Bool(true)),
            ("yes", Resolved::Text("yes")),
            ("1m", Resolved::Text("1m")),
            ("2026-12-01", Resolved::Text("2026-12-01")),
            ("-", Resolved::Text("-")),
            (".", Resolved::Text(".")),
            ("0x", Resolved::Text("0x")),
            ("1.2.3", Resolved::Text("1.2.3")),
        ] {
            assert_eq!(resolve(text), is, "{text}");
        }
    }
}
