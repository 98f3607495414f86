//! What a feature is made of: a user journey as people speak of it, and the objectives that it stands on.
//!
//! Owned data, unlike the rest of this room: features come from documents and builders, which may change while the service
//! runs, and nothing about them stands on the request path. Which [`Reading`] a figure follows is said with the
//! figure, because the readings differ by tens of percent on the same counts.
//!
//! Nothing is checked here: whether the parts exist, go round in circles or name one twice is known only where all
//! features and objectives are together (`slo::composite`), and is refused there.

use std::fmt;
use std::time::Duration;

use super::{Objective, Window};

/// A feature: parts, and how their reliability becomes its own.
///
/// ```
/// use reliability_core::{FeatureSpec, Objective, PartSpec, Reading};
///
/// let purchase = FeatureSpec::new("purchase", Reading::Series)
///     .objective(Objective::parse("99.5%")?)
///     .part(PartSpec::slo("checkout-availability"))
///     .part(PartSpec::slo("payments-availability"));
/// assert_eq!(purchase.parts.len(), 2);
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeatureSpec {
    /// A DNS label, one of its kind in the process.
    pub name: String,
    /// What people call it, such as "Buy something".
    pub title: Option<String>,
    /// The share of journeys that must be good. Without one there are figures and no budget of its own.
    pub objective: Option<Objective>,
    /// The period that its figures and its budget cover; those of its parts are counted anew over it.
    pub window: Window,
    /// How its parts become one figure.
    pub reading: Reading,
    /// What it stands on.
    pub parts: Vec<PartSpec>,
}

impl FeatureSpec {
    /// A feature without parts and objective, over 30 days.
    pub fn new(name: impl Into<String>, reading: Reading) -> Self {
        Self { name: name.into(), title: None, objective: None, window: Window::DEFAULT, reading, parts: Vec::new() }
    }

    /// The same under the name that people use.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The same with an objective.
    #[must_use]
    pub const fn objective(mut self, objective: Objective) -> Self {
        self.objective = Some(objective);
        self
    }

    /// The same over another period.
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// The same with one more part.
    #[must_use]
    pub fn part(mut self, part: PartSpec) -> Self {
        self.parts.push(part);
        self
    }
}

/// One part of a feature.
///
/// ```
/// use reliability_core::{Missing, PartSpec};
/// use std::time::Duration;
///
/// let part = PartSpec::slo("search-availability").weight(3).missing(Missing::Bad, Duration::from_secs(600));
/// assert!(part.required);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartSpec {
    /// Which objective or other feature it is.
    pub of: Component,
    /// How much it weighs where the reading weighs: an importance, not a share of traffic. Above 0.
    pub weight: u32,
    /// Whether a journey needs it: one that does not is shown and decides nothing.
    pub required: bool,
    /// What it counts as while nothing is known about it.
    pub missing: Missing,
    /// How long nothing must be known before that holds; until then its last figure stands.
    pub missing_after: Duration,
}

impl PartSpec {
    /// A required part of weight 1, unknown while there are no data.
    pub const fn new(of: Component) -> Self {
        Self { of, weight: 1, required: true, missing: Missing::Unknown, missing_after: Duration::ZERO }
    }

    /// The objective of this name as a part, such as `checkout-availability`.
    pub fn slo(name: impl Into<String>) -> Self {
        Self::new(Component::Slo(name.into()))
    }

    /// Another feature as a part.
    pub fn feature(name: impl Into<String>) -> Self {
        Self::new(Component::Feature(name.into()))
    }

    /// The same with another weight.
    #[must_use]
    pub const fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// The same, and a journey that fails only here is good.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// The same with another reading of missing data, after so long.
    #[must_use]
    pub const fn missing(mut self, missing: Missing, after: Duration) -> Self {
        self.missing = missing;
        self.missing_after = after;
        self
    }
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// An objective, by the name of its SLO.
    Slo(String),
    /// Another feature, by its name.
    Feature(String),
}

impl Component {
    /// The name, of whichever it is.
    pub fn name(&self) -> &str {
        match self {
            Self::Slo(name) | Self::Feature(name) => name,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slo(name) => write!(f, "objective {name}"),
            Self::Feature(name) => write!(f, "feature {name}"),
        }
    }
}

/// How the reliability of parts becomes that of a feature. All are in use; they answer different questions.
///
/// ```
/// use reliability_core::Reading;
/// assert_eq!(Reading::from_name("weighted-burns"), Some(Reading::WeightedBurns));
/// assert!(Reading::ALL.iter().all(|reading| Reading::from_name(reading.name()) == Some(*reading)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reading {
    /// One verdict for each user journey: good journeys by journeys. The only exact one.
    Journey,
    /// All are needed, and fail independently of each other: the product of their shares.
    Series,
    /// Any one is enough, and they fail independently of each other: 1 − the product of what each lacks.
    Parallel,
    /// The mean of their shares by weight. A small part may be dead and not be seen.
    Weighted,
    /// What each has spent of its own budget, times its weight, added up (`OpenSLO`'s composite of occurrences).
    WeightedBurns,
    /// What the worst has spent of its own budget, times its weight.
    WorstOf,
    /// A slice of time is bad if it is for any part (`OpenSLO`'s composite of timeslices).
    AnyBadSlice,
    /// What the mean ratio of each part's slices lacks, times its weight, added up (`OpenSLO`'s composite of ratio timeslices).
    RatioSlices,
}

impl Reading {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Journey,
        Self::Series,
        Self::Parallel,
        Self::Weighted,
        Self::WeightedBurns,
        Self::WorstOf,
        Self::AnyBadSlice,
        Self::RatioSlices,
    ];

    /// Its name in documents, series and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Journey => "journey",
            Self::Series => "series",
            Self::Parallel => "parallel",
            Self::Weighted => "weighted",
            Self::WeightedBurns => "weighted-burns",
            Self::WorstOf => "worst-of",
            Self::AnyBadSlice => "any-bad-slice",
            Self::RatioSlices => "ratio-slices",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reading| reading.name() == name)
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a part counts as while nothing is known about it.
///
/// ```
/// use reliability_core::Missing;
/// assert_eq!(Missing::from_name("ignored"), Some(Missing::Ignored));
/// assert_eq!(Missing::default(), Missing::Unknown);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// It is left out, and the weights of the others are all there is.
    Ignored,
    /// It counts as if nothing had failed.
    Good,
    /// It counts as if everything had failed.
    Bad,
    /// Then nothing is known about the feature either.
    #[default]
    Unknown,
}

impl Missing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ignored, Self::Good, Self::Bad, Self::Unknown];

    /// Its name in documents, series and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|missing| missing.name() == name)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
