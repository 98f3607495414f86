//! The handle of a feature on the request path.

use std::sync::OnceLock;

use super::rule::Rule;
use crate::name::{self, NameError};

/// A feature whose journeys are counted: the request's side of a [`FeatureSpec`](crate::FeatureSpec) that is read by journey.
///
/// Statics of one name are one feature. What its journeys need is declared by the spec, in code or in a document, and may change
/// while the service runs; until it is declared no journey has a verdict.
///
/// ```
/// use reliability_core::{Feature, Journey};
/// static PURCHASE: Feature = Feature::new("purchase");
///
/// let mut journey = Journey::begin(&PURCHASE);
/// let total = journey.enter(|| 40 + 2); // here the parts are called
/// journey.end();
/// # assert_eq!(total, 42);
/// ```
#[derive(Debug)]
pub struct Feature {
    name: &'static str,
    rule: OnceLock<&'static Rule>,
}

impl Feature {
    /// The feature of this name, a DNS label, which is checked where the feature is declared.
    pub const fn new(name: &'static str) -> Self {
        Self { name, rule: OnceLock::new() }
    }

    /// A feature whose name is known only now. The name is kept for the life of the process.
    ///
    /// # Errors
    /// If the name is no DNS label.
    pub fn named(name: &str) -> Result<Self, NameError> {
        name::check(name).map_err(|fault| NameError { found: name.to_owned(), fault })?;
        Ok(Self::new(name::intern(name)))
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    #[inline]
    pub(super) fn rule(&self) -> &'static Rule {
        self.rule.get_or_init(|| Rule::named(self.name))
    }
}
