//! What breaks, and when: one fault a run, real and over loopback, the same for the same seed.
//!
//! Whether a call fails is drawn from the seed and the request's id, not from a stream that calls share: a run in which the
//! shop makes fewer calls must not meet other faults in those that it makes.

use std::time::Duration;

use super::Clock;

/// The incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// The payment service refuses a third of the charges and is late with a quarter
    Payments,
    /// The recommendation service hangs, and the home page waits for it
    Recommendations,
    /// Ten times the visitors that the shop can serve
    Overload,
    /// A new home page, behind a flag that half of the visitors have, begins to fail
    BadDeploy,
}

impl Kind {
    /// The page on which visitors notice it first.
    pub(crate) fn watched(self) -> &'static str {
        match self {
            Self::Payments => "checkout",
            Self::Recommendations | Self::Overload | Self::BadDeploy => "home",
        }
    }

    /// The sentence for the screen while it lasts, and while it does not.
    pub(crate) fn mood(self, on: bool) -> &'static str {
        match (self, on) {
            (Self::Payments, true) => "payments are failing",
            (Self::Payments, false) => "payments are well",
            (Self::Recommendations, true) => "recommendations hang",
            (Self::Recommendations, false) => "recommendations are well",
            (Self::Overload, true) => "the crowd is here",
            (Self::Overload, false) => "the crowd is elsewhere",
            (Self::BadDeploy, true) => "the new home page is broken",
            (Self::BadDeploy, false) => "the new home page works",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Recommendations => "recommendations",
            Self::Overload => "overload",
            Self::BadDeploy => "bad-deploy",
        }
    }
}

/// The incident of this run.
#[derive(Clone, Copy)]
pub(crate) struct Incident {
    pub(crate) clock: Clock,
    /// `None`: nothing breaks.
    pub(crate) kind: Option<Kind>,
    pub(crate) from: Duration,
    pub(crate) until: Duration,
}

impl Incident {
    /// Whether this fault is there now.
    pub(crate) fn is(self, kind: Kind) -> bool {
        self.kind == Some(kind) && self.is_on()
    }

    pub(crate) fn is_on(self) -> bool {
        self.kind.is_some() && self.spans(self.clock.elapsed())
    }

    /// Whether the fault is there at an instant, if there is one at all.
    pub(crate) fn spans(self, at: Duration) -> bool {
        (self.from..self.until).contains(&at)
    }

    /// The same, from a second before to some seconds after.
    pub(crate) fn is_near(self) -> bool {
        let now = self.clock.elapsed();
        self.kind.is_some() && now + Duration::from_secs(1) > self.from && now < self.until + Duration::from_secs(5)
    }

    pub(crate) fn mood(self) -> &'static str {
        self.kind.map_or("nothing breaks", |kind| kind.mood(self.is_on()))
    }
}
