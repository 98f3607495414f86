//! The kinds of documents as types. The types are the one truth: their JSON Schema is what documents are checked by and what
//! editors complete from, and printing is their serialisation.
//!
//! Layer 2 (in `document`): imports nothing.

pub(crate) mod openslo;
pub(crate) mod own;
pub(crate) mod text;

use std::fmt;
use std::sync::{Arc, OnceLock};

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::node::Node;
use openslo::Metadata;

/// `apiVersion` of `OpenSLO` v1 as its reference reader has it; the text of late says `openslo.com/v1`.
pub(crate) const OPENSLO: &str = "openslo/v1";
/// `apiVersion` of the kinds of this library.
pub(crate) const OWN: &str = "reliability/v1";

macro_rules! kinds {
    ($($api:ident $kind:ident($spec:path),)+) => {
        /// What a document is about.
        ///
        /// ```
        /// use reliability_core::document::Kind;
        /// assert_eq!(Kind::Slo.to_string(), "SLO");
        /// assert_eq!(Kind::Feature.api_version(), "reliability/v1");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", stringify!($kind), "`")] $kind,)+
        }

        /// What a document says, by its kind.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) enum Spec {
            $($kind(Box<$spec>),)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The `apiVersion` that it is printed with.
            pub const fn api_version(self) -> &'static str {
                match self {
                    $(Self::$kind => $api,)+
                }
            }
        }

        impl Spec {
            pub(crate) fn of(kind: Kind, value: Value) -> Result<Self, serde_json::Error> {
                match kind {
                    $(Kind::$kind => serde_json::from_value(value).map(Self::$kind),)+
                }
            }

            pub(crate) fn value(&self) -> Value {
                match self {
                    $(Self::$kind(spec) => serde_json::to_value(spec),)+
                }
                .unwrap_or_default()
            }
        }

        fn schemas() -> Schemas {
            let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
            let metadata = of::<Metadata>(&mut generator);
            let specs = vec![$((Kind::$kind, of::<$spec>(&mut generator)),)+];
            Schemas { metadata, specs, definitions: generator.take_definitions(true) }
        }
    };
}

kinds! {
    OPENSLO Service(openslo::ServiceSpec),
    OPENSLO Slo(openslo::SloSpec),
    OPENSLO Sli(openslo::SliSpec),
    OPENSLO DataSource(openslo::DataSourceSpec),
    OPENSLO AlertPolicy(openslo::AlertPolicySpec),
    OPENSLO AlertCondition(openslo::AlertConditionSpec),
    OPENSLO AlertNotificationTarget(openslo::TargetSpec),
    OWN Feature(own::FeatureKind),
    OWN Policy(own::PolicyKind),
    OWN Maintenance(own::MaintenanceKind),
    OWN Agreement(own::AgreementKind),
    OWN Binding(own::BindingKind),
}

impl Kind {
    /// As it is written in a document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::Slo => "SLO",
            Self::Sli => "SLI",
            Self::DataSource => "DataSource",
            Self::AlertPolicy => "AlertPolicy",
            Self::AlertCondition => "AlertCondition",
            Self::AlertNotificationTarget => "AlertNotificationTarget",
            Self::Feature => "Feature",
            Self::Policy => "Policy",
            Self::Maintenance => "Maintenance",
            Self::Agreement => "Agreement",
            Self::Binding => "Binding",
        }
    }

    pub(crate) fn is_own(self) -> bool {
        self.api_version() == OWN
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One document, checked.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    pub(crate) metadata: Metadata,
    pub(crate) spec: Spec,
    /// The tree that it was read from, for findings that come later.
    pub(crate) node: Arc<Node>,
    /// Which of the files.
    pub(crate) file: usize,
}

impl PartialEq for Document {
    /// Where it stands does not matter.
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.metadata, &self.spec) == (other.kind, &other.metadata, &other.spec)
    }
}

impl Document {
    pub(crate) fn name(&self) -> &str {
        self.metadata.name.as_str()
    }

    /// What people call it: its display name, else its name.
    pub(crate) fn title(&self) -> &str {
        self.metadata.display_name.as_deref().unwrap_or(self.name())
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata.annotations.get(key).map(String::as_str)
    }

    /// All of it as a value, with the `apiVersion` that it is printed with.
    pub(crate) fn value(&self) -> Value {
        let mut all = Map::new();
        all.insert("apiVersion".into(), self.kind.api_version().into());
        all.insert("kind".into(), self.kind.name().into());
        all.insert("metadata".into(), serde_json::to_value(&self.metadata).unwrap_or_default());
        all.insert("spec".into(), self.spec.value());
        Value::Object(all)
    }
}

/// The schemas of all kinds.
pub(crate) struct Schemas {
    pub(crate) metadata: Value,
    pub(crate) specs: Vec<(Kind, Value)>,
    pub(crate) definitions: Map<String, Value>,
}

impl Schemas {
    /// They are made once for a process.
    pub(crate) fn get() -> &'static Self {
        static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
        SCHEMAS.get_or_init(schemas)
    }

    pub(crate) fn spec(&self, kind: Kind) -> &Value {
        static NOTHING: Value = Value::Null;
        self.specs.iter().find(|(known, _)| *known == kind).map_or(&NOTHING, |(_, schema)| schema)
    }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}
