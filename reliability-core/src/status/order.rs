//! What a person asks for, read from JSON: one object, no more than its fields, each named when it is wrong.
//!
//! serde reads the JSON; which field is wrong, and what would be right, is said here, since its own errors tell neither.

use serde_json::{Map, Value, json};

/// The longest that an order may be.
pub(super) const LONGEST: usize = 4 * 1024;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Says who one is and does nothing.
    Whoami,
    KillSwitch {
        on: bool,
    },
    Policy {
        policy: String,
        what: PolicyWord,
    },
    Switch {
        switch: String,
        value: Option<String>,
    },
    Approval {
        id: String,
        digest: String,
        yes: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyWord {
    Engage,
    Release,
    Automatic,
}

/// What is wrong with it, as the answer says it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) error: String,
    pub(super) field: Option<String>,
    pub(super) value: Option<Value>,
    pub(super) accepted: Vec<String>,
}

impl Refusal {
    pub(super) fn new(error: impl Into<String>) -> Self {
        Self { error: error.into(), field: None, value: None, accepted: Vec::new() }
    }

    pub(super) fn field(mut self, field: &str, value: impl Into<Value>) -> Self {
        (self.field, self.value) = (Some(field.to_owned()), Some(value.into()));
        self
    }

    pub(super) fn accepts<T: Into<String>>(mut self, accepted: impl IntoIterator<Item = T>) -> Self {
        self.accepted = accepted.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn json(&self) -> Value {
        let mut object = json!({"error": self.error});
        if let Some(field) = &self.field {
            object["field"] = json!(field);
            object["value"] = json!(self.value);
        }
        if !self.accepted.is_empty() {
            object["accepted"] = json!(self.accepted);
        }
        object
    }
}

/// Reads the order of this path.
pub(super) fn read(path: &str, body: &[u8]) -> Option<Result<Order, Refusal>> {
    let order: fn(&mut Fields) -> Result<Order, Refusal> = match path {
        "whoami" => |_| Ok(Order::Whoami),
        "kill-switch" => |fields| Ok(Order::KillSwitch { on: fields.truth("on")? }),
        "policy" => |fields| {
            let what = match fields.word("do", &["engage", "release", "automatic"])?.as_str() {
                "engage" => PolicyWord::Engage,
                "release" => PolicyWord::Release,
                _ => PolicyWord::Automatic,
            };
            Ok(Order::Policy { policy: fields.text("policy")?, what })
        },
        "switch" => |fields| {
            let value = fields.text_or_null("value")?;
            Ok(Order::Switch { switch: fields.text("switch")?, value })
        },
        "approval" => |fields| {
            let yes = fields.word("answer", &["approve", "decline"])? == "approve";
            Ok(Order::Approval { id: fields.text("id")?, digest: fields.text("digest")?, yes })
        },
        _ => return None,
    };
    Some(Fields::of(body).and_then(|mut fields| {
        let order = order(&mut fields)?;
        fields.no_more()?;
        Ok(order)
    }))
}

/// The fields of an object, each taken once.
struct Fields {
    fields: Map<String, Value>,
    asked: Vec<&'static str>,
}

impl Fields {
    fn of(body: &[u8]) -> Result<Self, Refusal> {
        let body: &[u8] = if body.is_empty() { b"{}" } else { body };
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self { fields, asked: Vec::new() }),
            Ok(_) => Err(Refusal::new("the body is no JSON object")),
            Err(error) => Err(Refusal::new(format!("the body is no JSON: {error}"))),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.asked.push(name);
        self.fields.remove(name)
    }

    fn text(&mut self, name: &'static str) -> Result<String, Refusal> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(text),
            other => Err(wrong(name, other).accepts(["a text"])),
        }
    }

    fn text_or_null(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            other => Err(wrong(name, other).accepts(["a text", "null"])),
        }
    }

    fn truth(&mut self, name: &'static str) -> Result<bool, Refusal> {
        match self.take(name) {
            Some(Value::Bool(truth)) => Ok(truth),
            other => Err(wrong(name, other).accepts(["true", "false"])),
        }
    }

    fn word(&mut self, name: &'static str, accepted: &[&str]) -> Result<String, Refusal> {
        match self.take(name) {
            Some(Value::String(word)) if accepted.contains(&word.as_str()) => Ok(word),
            other => Err(wrong(name, other).accepts(accepted.iter().copied())),
        }
    }

    fn no_more(mut self) -> Result<(), Refusal> {
        match std::mem::take(&mut self.fields).into_iter().next() {
            None => Ok(()),
            Some((name, value)) => {
                Err(Refusal::new(format!("there is no field {name:?}")).field(&name, value).accepts(self.asked))
            }
        }
    }
}

fn wrong(name: &str, found: Option<Value>) -> Refusal {
    match found {
        None => Refusal::new(format!("the field {name:?} is missing")).field(name, Value::Null),
        Some(value) => Refusal::new(format!("the field {name:?} cannot be this")).field(name, value),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(path: &str, body: &str) -> Value {
        read(path, body.as_bytes()).unwrap().unwrap_err().json()
    }

    #[test]
    fn an_order_is_read() {
        let read = |path, body: &str| read(path, body.as_bytes()).unwrap().unwrap();
        assert_eq!(read("whoami", ""), Order::Whoami);
        assert_eq!(read("kill-switch", r#"{"on": true}"#), Order::KillSwitch { on: true });
        let policy = Order::Policy { policy: "p".into(), what: PolicyWord::Release };
        assert_eq!(read("policy", r#"{"do": "release", "policy": "p"}"#), policy);
        let switch = |value: Option<&str>| Order::Switch { switch: "s".into(), value: value.map(Into::into) };
        assert_eq!(read("switch", r#"{"switch": "s", "value": "25%"}"#), switch(Some("25%")));
        assert_eq!(read("switch", r#"{"switch": "s", "value": null}"#), switch(None));
        let approval = Order::Approval { id: "p-1".into(), digest: "ab".into(), yes: false };
        assert_eq!(read("approval", r#"{"id": "p-1", "digest": "ab", "answer": "decline"}"#), approval);
    }

    #[test]
    fn a_refusal_names_field_value_and_what_is_accepted() {
        assert_eq!(
            refusal("policy", r#"{"policy": "p", "do": "stop"}"#),
            json!({
                "error": "the field \"do\" cannot be this", "field": "do", "value": "stop",
                "accepted": ["engage", "release", "automatic"],
            })
        );
        assert_eq!(
            refusal("switch", r#"{"switch": "s"}"#),
            json!({
                "error": "the field \"value\" is missing", "field": "value", "value": null, "accepted": ["a text", "null"],
            })
        );
        assert_eq!(
            refusal("kill-switch", r#"{"on": true, "off": 1}"#),
            json!({"error": "there is no field \"off\"", "field": "off", "value": 1, "accepted": ["on"]})
        );
        assert_eq!(refusal("kill-switch", "[]"), json!({"error": "the body is no JSON object"}));
        assert!(refusal("kill-switch", "{").to_string().contains("the body is no JSON: EOF"));
        assert_eq!(read("elsewhere", b"{}"), None);
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange_to_be_answered(path in "(whoami|kill-switch|policy|switch|approval|[a-z]*)", body: Vec<u8>) {
            if let Some(Err(refusal)) = read(&path, &body) {
                prop_assert!(!refusal.error.is_empty());
            }
        }

        #[test]
        fn no_json_is_either(path in "(kill-switch|policy|switch|approval)", on: bool, text: String, number: i64) {
            for value in [json!(on), json!(text), json!(number), json!(null), json!([text]), json!({ "on": text })] {
                let body = json!({"on": value, "policy": value, "do": value, "switch": value, "value": value, "id": value});
                prop_assert!(read(&path, body.to_string().as_bytes()).is_some_and(|read| read.is_err()));
            }
        }
    }
}
