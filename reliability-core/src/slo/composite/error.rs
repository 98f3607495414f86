//! Why a set of features is refused: all faults of it, each with what it found and what is accepted.

use std::fmt;

use super::{MAX_COMPONENTS, MAX_DEPTH, MAX_JOURNEY_PARTS};
use crate::calendar::ZoneError;
use crate::name::NameError;

/// Why a set of features is refused. The features before it stay as they were.
///
/// ```
/// use reliability_core::slo::composite::Composites;
/// use reliability_core::{FeatureSpec, PartSpec, Reading};
///
/// let lonely = FeatureSpec::new("lonely", Reading::Series).part(PartSpec::feature("lonely"));
/// let error = Composites::new(vec![lonely], &Default::default()).unwrap_err();
/// assert_eq!(error.to_string(), "feature lonely is a part of itself");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeatureError {
    /// All that is wrong.
    pub faults: Vec<FeatureFault>,
}

impl fmt::Display for FeatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.faults.iter().enumerate().try_for_each(|(i, fault)| write!(f, "{}{fault}", if i == 0 { "" } else { "\n" }))
    }
}

impl std::error::Error for FeatureError {}

/// One thing that is wrong with a set of features.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeatureFault {
    /// The name is no DNS label.
    Name(NameError),
    /// Two features have one name.
    Twice {
        /// The name.
        feature: String,
    },
    /// It has no part.
    NoParts {
        /// The feature.
        feature: String,
    },
    /// There is no such objective or feature.
    Unknown {
        /// The feature.
        feature: String,
        /// What it names.
        part: String,
        /// What there is of that kind.
        known: Vec<String>,
    },
    /// It names one part twice.
    PartTwice {
        /// The feature.
        feature: String,
        /// The part.
        part: String,
    },
    /// It is a part of itself, at once or through others.
    Circle {
        /// Those that go round, or lead to them.
        features: Vec<String>,
    },
    /// Features are parts of each other to too many levels.
    TooDeep {
        /// The feature.
        feature: String,
        /// Its levels.
        depth: usize,
    },
    /// Too many parts, those of its parts included.
    TooMany {
        /// The feature.
        feature: String,
    },
    /// A journey has had too many different parts since the process began.
    TooManyOfJourney {
        /// The feature.
        feature: String,
    },
    /// A weight of zero.
    Weight {
        /// The feature.
        feature: String,
        /// The part.
        part: String,
    },
    /// A part that this reading cannot use.
    Unfit {
        /// The feature.
        feature: String,
        /// The part.
        part: String,
        /// Why, and what would do.
        reason: &'static str,
    },
    /// Its window names a time zone that is not known.
    Zone {
        /// The feature.
        feature: String,
        /// The zone.
        error: ZoneError,
    },
}

impl fmt::Display for FeatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Twice { feature } => write!(f, "two features are named {feature}"),
            Self::NoParts { feature } => write!(f, "feature {feature} has no part: at least one is needed"),
            Self::Unknown { feature, part, known } => {
                write!(f, "feature {feature} names {part}, which there is not; there are: {}", known.join(", "))
            }
            Self::PartTwice { feature, part } => write!(f, "feature {feature} names {part} twice"),
            Self::Circle { features } if features.len() == 1 => {
                write!(f, "feature {} is a part of itself", features.join(""))
            }
            Self::Circle { features } => {
                write!(f, "features are parts of each other in a circle: {}", features.join(", "))
            }
            Self::TooDeep { feature, depth } => {
                write!(f, "feature {feature} has {depth} levels of parts, {MAX_DEPTH} are the most")
            }
            Self::TooMany { feature } => {
                write!(f, "feature {feature} has more than {MAX_COMPONENTS} parts, those of its parts included")
            }
            Self::TooManyOfJourney { feature } => write!(
                f,
                "journeys of feature {feature} would have more than {MAX_JOURNEY_PARTS} parts, those of earlier sets of features included"
            ),
            Self::Weight { feature, part } => {
                write!(f, "feature {feature} gives {part} a weight of 0: above 0 is accepted")
            }
            Self::Unfit { feature, part, reason } => write!(f, "feature {feature} cannot stand on {part}: {reason}"),
            Self::Zone { feature, error } => write!(f, "feature {feature}: {error}"),
        }
    }
}
