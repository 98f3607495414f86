//! Filling in what a hook is told: five words in braces, and nothing else.
//!
//! `{version}`, `{service}`, `{policy}`, `{reason}`, `{sli}`. No template engine: there is nothing to loop over. What else
//! stands in braces stays as it is, for a JSON body is full of them. A value is filled in once and not looked into, so a
//! reason that holds `{version}` stays a text.

/// What is known when a hook is engaged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// The version that last met its objectives; empty if none is known.
    pub(super) version: String,
    pub(super) service: String,
    pub(super) policy: String,
    pub(super) reason: String,
    pub(super) sli: String,
}

/// The one word that cannot be left empty: going back to no version at all is no plan.
pub(super) const VERSION: &str = "{version}";

impl Words {
    /// Fills a template; `escape` makes each value fit its surroundings.
    pub(super) fn fill(&self, template: &str, escape: impl Fn(&str) -> String) -> String {
        let words = [
            (VERSION, &self.version),
            ("{service}", &self.service),
            ("{policy}", &self.policy),
            ("{reason}", &self.reason),
            ("{sli}", &self.sli),
        ];
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            if let Some((word, value)) = words.iter().find(|(word, _)| from.starts_with(word)) {
                filled.push_str(&escape(value));
                rest = &from[word.len()..];
            } else {
                filled.push('{');
                rest = &from[1..];
            }
        }
        filled.push_str(rest);
        filled
    }

    /// As it is.
    pub(super) fn plain(&self, template: &str) -> String {
        self.fill(template, str::to_owned)
    }

    /// Between the quotes of a JSON string.
    pub(super) fn json(&self, template: &str) -> String {
        self.fill(template, |value| {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words { version: "1.2.3".into(), reason: "\"burn\" {version}\n".into(), sli: "pay".into(), ..Words::default() }
    }

    #[test]
    fn five_words_are_filled_in_and_other_braces_stay() {
        assert_eq!(words().plain("{version} of {sli}{{service}} {x} {"), "1.2.3 of pay{} {x} {");
    }

    #[test]
    fn a_value_is_not_looked_into_and_cannot_leave_its_quotes() {
        let body = words().json(r#"{"why": "{reason}"}"#);
        assert_eq!(body, r#"{"why": "\"burn\" {version}\n"}"#);
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }
}
