//! What an SLI declares about itself.

use std::fmt;
use std::time::Duration;

use super::text::{SpecError, format_duration, latency};
use super::{Method, Objective, Window};

/// How many latency objectives one SLI can carry: each takes one more cell in every row of counts.
pub const MAX_LATENCIES: usize = 5;

/// "99 % of the calls within 250 ms": a share of valid events that must be good *and* no slower than a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Latency {
    objective: Objective,
    threshold_nanos: u64,
}

impl Latency {
    /// `None` if the threshold lies outside 1 µs to 60 s, the range in which durations are counted.
    pub const fn new(objective: Objective, threshold: Duration) -> Option<Self> {
        let nanos = threshold.as_nanos();
        if nanos < 1_000 || nanos > 60_000_000_000 {
            return None;
        }
        Some(Self { objective, threshold_nanos: nanos as u64 })
    }

    /// Reads the form `99% < 250ms`.
    ///
    /// # Errors
    /// If the text has another form, the share is no objective, or the threshold is out of range.
    pub const fn parse(text: &str) -> Result<Self, SpecError> {
        latency(text)
    }

    /// The share that must be met.
    pub const fn objective(self) -> Objective {
        self.objective
    }

    /// A call is fast if it took no longer than this.
    pub const fn threshold(self) -> Duration {
        Duration::from_nanos(self.threshold_nanos)
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} < {}", self.objective, format_duration(self.threshold()))
    }
}

/// What a future counts as that was dropped before it finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cancelled {
    /// Bad if it had already outlived the patience (`cancelled_after`, else the shortest latency threshold, else one
    /// second), ignored otherwise.
    #[default]
    ByPatience,
    /// Always bad.
    Bad,
    /// Always ignored.
    Ignored,
}

/// How durations are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timing {
    /// From the processor's counter: two reads for each call.
    #[default]
    Precise,
    /// From a clock of about a millisecond (error: up to 1 ms plus the scheduler's delay, either way).
    Coarse,
    /// Not at all. Counts stay exact; a dropped future is then bad unless `cancelled` says otherwise, for nobody knows how
    /// long its caller had waited.
    Off,
}

/// Where in the source an SLI was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The module's path, beginning with the crate.
    pub module: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({})", self.file, self.line, self.module)
    }
}

/// Everything that is declared about an SLI.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SliSpec {
    /// A DNS label, one of its kind in the process.
    pub name: &'static str,
    /// Where it stands in the source, if the compiler knows.
    pub place: Option<Place>,
    /// The share of valid events that must be good.
    pub objective: Option<Objective>,
    /// Latency objectives; the thresholds differ.
    pub latencies: [Option<Latency>; MAX_LATENCIES],
    /// The period of every budget of this SLI.
    pub window: Window,
    /// How every budget of this SLI is counted.
    pub method: Method,
    /// The user journeys that need it.
    pub features: &'static [&'static str],
    /// Who is called.
    pub owner: Option<&'static str>,
    /// How much depends on it: 1 is the most.
    pub tier: Option<u8>,
    /// The SLIs that this one needs: functions, because a constant cannot read the name out of another static.
    pub depends_on: &'static [fn() -> &'static str],
    /// What a dropped future counts as.
    pub cancelled: Cancelled,
    /// The patience of `Cancelled::ByPatience`, if it is not the shortest latency threshold.
    pub cancelled_after: Option<Duration>,
    /// The name that this SLI had before.
    pub was: Option<&'static str>,
    /// How durations are taken.
    pub timing: Timing,
    /// The label whose values are counted apart, if there is one.
    pub label: Option<&'static str>,
}

impl SliSpec {
    /// An SLI without objectives.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            place: None,
            objective: None,
            latencies: [None; MAX_LATENCIES],
            window: Window::DEFAULT,
            method: Method::Occurrences,
            features: &[],
            owner: None,
            tier: None,
            depends_on: &[],
            cancelled: Cancelled::ByPatience,
            cancelled_after: None,
            was: None,
            timing: Timing::Precise,
            label: None,
        }
    }

    /// States the place in the source.
    #[must_use]
    pub const fn place(mut self, module: &'static str, file: &'static str, line: u32) -> Self {
        self.place = Some(Place { module, file, line });
        self
    }

    /// States the share of valid events that must be good.
    #[must_use]
    pub const fn objective(mut self, objective: Objective) -> Self {
        self.objective = Some(objective);
        self
    }

    /// Adds a latency objective. A second one of the same threshold replaces the first; a sixth is not taken.
    #[must_use]
    pub const fn latency(mut self, latency: Latency) -> Self {
        let mut i = 0;
        while i < MAX_LATENCIES {
            match self.latencies[i] {
                Some(other) if other.threshold_nanos != latency.threshold_nanos => i += 1,
                _ => {
                    self.latencies[i] = Some(latency);
                    return self;
                }
            }
        }
        self
    }

    /// States the period of the budgets.
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// States how the budgets are counted.
    #[must_use]
    pub const fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// States the user journeys that need this SLI.
    #[must_use]
    pub const fn features(mut self, features: &'static [&'static str]) -> Self {
        self.features = features;
        self
    }

    /// States who is called.
    #[must_use]
    pub const fn owner(mut self, owner: &'static str) -> Self {
        self.owner = Some(owner);
        self
    }

    /// States how much depends on it: 1 is the most.
    #[must_use]
    pub const fn tier(mut self, tier: u8) -> Self {
        self.tier = Some(tier);
        self
    }

    /// States the SLIs that this one needs, each by a function that gives its name.
    #[must_use]
    pub const fn depends_on(mut self, names: &'static [fn() -> &'static str]) -> Self {
        self.depends_on = names;
        self
    }

    /// States what a dropped future counts as.
    #[must_use]
    pub const fn cancelled(mut self, cancelled: Cancelled) -> Self {
        self.cancelled = cancelled;
        self
    }

    /// States after which time a dropped future is bad.
    #[must_use]
    pub const fn cancelled_after(mut self, patience: Duration) -> Self {
        self.cancelled_after = Some(patience);
        self
    }

    /// States the name that this SLI had before.
    #[must_use]
    pub const fn was(mut self, name: &'static str) -> Self {
        self.was = Some(name);
        self
    }

    /// States how durations are taken.
    #[must_use]
    pub const fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// States the label whose values are counted apart.
    #[must_use]
    pub const fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    /// The latency objectives, as declared.
    pub fn latencies(&self) -> impl Iterator<Item = Latency> + '_ {
        self.latencies.iter().flatten().copied()
    }

    /// The names of the SLIs that this one needs.
    pub fn dependencies(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.depends_on.iter().map(|name| name())
    }

    /// How long a caller waits before a dropped call counts as bad for availability: `cancelled_after`, else the shortest
    /// latency threshold (the strictest reading: a caller who left after it has been failed), else one second.
    pub fn patience(&self) -> Duration {
        self.cancelled_after
            .or_else(|| self.latencies().map(Latency::threshold).min())
            .unwrap_or(Duration::from_secs(1))
    }
}
