//! What breaks, and what the service has at hand against it.

use std::ops::Range;
use std::time::Duration;

use clap::ValueEnum;
use reliability_core::Priority;
use reliability_core::testkit::simulation::{Class, Fault, Load, Setting};

/// The fault begins and ends here in every scenario, in seconds.
const FROM: u64 = 20;
const UNTIL: u64 = 50;
const LENGTH: u64 = 90;
/// How often the loop may look. In a service a failure wakes it at most so often.
const LOOK: Duration = Duration::from_millis(10);

/// One scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// The payment service refuses or fails every charge for half a minute
    PaymentsDown,
    /// Recommendations take forty times as long for half a minute, and the home page waits for them
    SlowDependency,
    /// Ten times the load that the service can bear, for half a minute
    Overload,
    /// A new version of the search fails for a third of its calls, until it is switched off or repaired
    BadDeploy,
    /// A dip of two seconds, clients that try three times, and a service that never comes back by itself
    RetryStorm,
}

/// The classes of requests, most important first.
pub(crate) const CLASSES: [(&str, Priority, f64); 4] = [
    ("checkout", Priority::Critical, 0.05),
    ("cart", Priority::High, 0.15),
    ("home", Priority::Normal, 0.40),
    ("search", Priority::Low, 0.40),
];

impl Scenario {
    pub(crate) const ALL: [Self; 5] =
        [Self::PaymentsDown, Self::SlowDependency, Self::Overload, Self::BadDeploy, Self::RetryStorm];

    /// As on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PaymentsDown => "payments-down",
            Self::SlowDependency => "slow-dependency",
            Self::Overload => "overload",
            Self::BadDeploy => "bad-deploy",
            Self::RetryStorm => "retry-storm",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::PaymentsDown => "Payments go down for 30 s",
            Self::SlowDependency => "Recommendations turn 40 times slower for 30 s",
            Self::Overload => "Ten times the load for 30 s",
            Self::BadDeploy => "A bad version of the search: a third of its calls fail for 30 s",
            Self::RetryStorm => "A dip of 2 s under clients that try three times",
        }
    }

    /// The class whose objective the scenario is about.
    pub(crate) fn watched(self) -> &'static str {
        match self {
            Self::PaymentsDown | Self::Overload | Self::RetryStorm => "checkout",
            Self::SlowDependency => "home",
            Self::BadDeploy => "search",
        }
    }

    /// From when until when it is broken, in seconds.
    pub(crate) fn fault(self) -> Range<f64> {
        let until = if self == Self::RetryStorm { FROM + 2 } else { UNTIL };
        FROM as f64..until as f64
    }

    pub(crate) fn setting(self) -> Setting {
        let (from, until) = (Duration::from_secs(FROM), Duration::from_secs_f64(self.fault().end));
        let classes = CLASSES.map(|(name, priority, share)| Class::new(name, priority, share));
        let setting = Setting::queue().classes(classes).length(Duration::from_secs(LENGTH)).tick(LOOK);
        let steady = setting.clone().load(Load::steady(0.5));
        match self {
            Self::PaymentsDown => steady.fault(Fault::between(from, until).fails(0.9).only("checkout")),
            Self::SlowDependency => steady.fault(Fault::between(from, until).slows(40.0).only("home")),
            Self::Overload => setting.load(Load::steady(0.5).step(from, 10.0).step(until, 0.5)),
            Self::BadDeploy => steady.fault(Fault::between(from, until).fails(0.33).only("search")),
            Self::RetryStorm => setting
                .load(Load::steady(0.8))
                .attempts(3, Duration::from_millis(50))
                .fault(Fault::between(from, until).slows(3.0)),
        }
    }
}
