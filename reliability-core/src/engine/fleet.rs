//! What the whole fleet's engine says about this service, beside what this process decides: plain data.
//!
//! People see it side by side with the process's own verdict. What acts is shown it without refused calls: [`FleetSlo::served`]
//! computes each pair anew from the sums without them, in integers, and answers nothing where it cannot. Refusals of the fleet
//! therefore never lead to more of them.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::slo::{Severity, Tally, Terms, burns_faster, rules_by};

/// The fleet's verdict as its engine last told it, and how that stands.
///
/// ```
/// use reliability_core::{FleetReport, FleetStanding};
/// fn warn(fleet: &FleetReport) -> Option<String> {
///     match fleet.standing {
///         FleetStanding::Known => None,
///         _ => Some(format!("{} does not tell how the fleet does: {}", fleet.url, fleet.reason)),
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FleetReport {
    /// Where it is asked, without what may be secret.
    pub url: String,
    /// How it stands.
    pub standing: FleetStanding,
    /// Why it is not known; empty while it is.
    pub reason: String,
    /// How old its verdict is: the time since the engine evaluated it. `None` if it never told one.
    pub age: Option<Duration>,
    /// Older than this it is not acted by any more.
    pub stale_after: Duration,
    /// How often it is asked.
    pub every: Duration,
    /// How often it was asked, and how often in vain.
    pub asked: u64,
    /// See [`asked`](Self::asked).
    pub failures: u64,
    /// How long the last answer took.
    pub took: Duration,
    /// What it last told, by the SLO's name. Old where the standing is not [`Known`](FleetStanding::Known).
    pub slos: Arc<[FleetSlo]>,
}

/// Whether the fleet's verdict is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FleetStanding {
    /// Nobody has answered yet.
    #[default]
    Asking,
    /// It is known, and not older than it may be.
    Known,
    /// The engine answers, but evaluates nothing new, or knows none of the objectives.
    Stale,
    /// The engine does not answer.
    Down,
}

impl FleetStanding {
    /// As it stands in JSON: `asking`, `known`, `stale`, `down`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Known => "known",
            Self::Stale => "stale",
            Self::Down => "down",
        }
    }
}

/// One SLO, as all replicas together do.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FleetSlo {
    /// The SLO's name.
    pub slo: String,
    /// The share of the fleet's budget that is left; `None` where the engine does not know.
    pub budget_remaining: Option<f64>,
    /// Since when the engine counts it; a budget that was watched for less than 90 % of its period is a beginning.
    pub since: Option<Timestamp>,
    /// What was counted over each window.
    pub windows: Vec<FleetWindow>,
    /// Its pairs of windows.
    pub pairs: Vec<FleetPair>,
    /// Whether a replica that can be read has refused calls of its SLI since it began.
    pub has_refused: bool,
}

/// The fleet's counts over one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetWindow {
    /// The window.
    pub window: Duration,
    /// Good and bad events, refused ones among the bad.
    pub seen: Tally,
    /// Refused events, rounded up; `None` where they are not asked for over so long a window.
    pub shed: Option<u64>,
}

/// One pair of windows, as the engine decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetPair {
    /// As `1h/5m`.
    pub rule: String,
    /// Whether it pages or files a ticket.
    pub severity: Severity,
    /// Whether it fires.
    pub firing: bool,
    /// Whether that is kept for want of data.
    pub held: bool,
}

impl FleetReport {
    /// The SLO of this name, while the verdict is known.
    pub fn known(&self, slo: &str) -> Option<&FleetSlo> {
        self.slo(slo).filter(|_| self.standing == FleetStanding::Known)
    }

    /// What was last told about the SLO of this name, however old.
    pub fn slo(&self, slo: &str) -> Option<&FleetSlo> {
        self.slos.binary_search_by(|known| known.slo.as_str().cmp(slo)).ok().map(|place| &self.slos[place])
    }
}

impl FleetPair {
    /// A pair as it was decided.
    #[allow(dead_code)] // only the feature `fleet` asks
    pub(crate) fn new(rule: impl Into<String>, severity: Severity, firing: bool, held: bool) -> Self {
        Self { rule: rule.into(), severity, firing, held }
    }
}

impl FleetSlo {
    /// Whether a pair of this severity fires in what people see; `None` where it cannot be known: none was told, or one is held for
    /// want of data and none fires.
    pub fn is_firing(&self, severity: Severity) -> Option<bool> {
        let pairs = || self.pairs.iter().filter(|pair| pair.severity == severity);
        if pairs().any(|pair| pair.firing) {
            return Some(true);
        }
        (pairs().count() > 0 && !pairs().any(|pair| pair.held)).then_some(false)
    }

    /// Whether a pair of this severity fires without the refused calls; `None` where it cannot be known.
    ///
    /// The engine's decision stands where nothing was refused. Else each pair that fires is decided anew by the sums without
    /// the refused events: it fires where both windows still burn faster than the factor. A pair over windows whose refusals
    /// are not known is not known.
    pub fn served(&self, severity: Severity, terms: &Terms) -> Option<bool> {
        let decided = self.is_firing(severity)?;
        if !decided || !self.has_refused {
            return Some(decided);
        }
        let rules = rules_by(terms.policy, terms.objective, terms.window).active;
        let firing = self.pairs.iter().filter(|pair| pair.severity == severity && pair.firing);
        let anew = firing.map(|pair| {
            let rule = rules.iter().find(|rule| rule.to_string() == pair.rule)?;
            let faster = |window| {
                let window = self.windows.iter().find(|known| known.window == window)?;
                let refused = Tally::new(0, window.shed?);
                Some(burns_faster(window.seen.since(refused), terms.objective, rule.factor).unwrap_or(false))
            };
            Some(faster(rule.long)? && faster(rule.short)?)
        });
        #[allow(clippy::manual_try_fold)] // one that is not known ends nothing: another may decide
        anew.fold(Some(false), |any, pair| match (any, pair) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (None, _) | (_, None) => None,
            _ => Some(false),
        })
    }

    /// The fleet's budget, if nothing was refused: the engine does not know it without refused calls.
    pub fn served_budget(&self) -> Option<f64> {
        self.budget_remaining.filter(|_| !self.has_refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Objective, Window};

    const HOUR: Duration = Duration::from_secs(3_600);
    const FIVE: Duration = Duration::from_secs(300);

    fn terms() -> Terms {
        Terms::new(Objective::parse("99.9%").unwrap(), Window::DEFAULT)
    }

    fn fleet(firing: bool, held: bool, shed: Option<u64>) -> FleetSlo {
        let window = |window| FleetWindow { window, seen: Tally::new(9_000, 1_000), shed };
        FleetSlo {
            slo: "a".into(),
            windows: vec![window(HOUR), window(FIVE)],
            pairs: vec![
                FleetPair::new("1h/5m", Severity::Page, firing, held),
                FleetPair::new("6h/30m", Severity::Page, false, false),
            ],
            has_refused: shed != Some(0),
            ..FleetSlo::default()
        }
    }

    #[test]
    fn what_the_engine_decided_stands_where_nothing_was_refused() {
        assert_eq!(fleet(true, false, Some(0)).served(Severity::Page, &terms()), Some(true));
        assert_eq!(fleet(false, false, Some(0)).served(Severity::Page, &terms()), Some(false));
        assert_eq!(fleet(false, true, Some(0)).served(Severity::Page, &terms()), None);
        assert_eq!(fleet(true, true, Some(0)).served(Severity::Page, &terms()), Some(true));
    }

    #[test]
    fn refusals_alone_are_seen_by_people_and_by_no_trigger() {
        let refusing = fleet(true, false, Some(1_000));
        assert_eq!(refusing.is_firing(Severity::Page), Some(true));
        assert_eq!(refusing.served(Severity::Page, &terms()), Some(false));
        // 100 of 9100 failed although they were served: 11 times; 200 of 9200: 21.7 times
        assert_eq!(fleet(true, false, Some(900)).served(Severity::Page, &terms()), Some(false));
        assert_eq!(fleet(true, false, Some(800)).served(Severity::Page, &terms()), Some(true));
        assert_eq!(fleet(true, false, None).served(Severity::Page, &terms()), None);
    }

    #[test]
    fn pairs_that_are_not_told_are_not_known() {
        assert_eq!(fleet(true, false, Some(0)).is_firing(Severity::Ticket), None);
    }

    #[test]
    fn an_old_verdict_is_none() {
        let told = FleetReport { slos: vec![fleet(true, false, Some(0))].into(), ..FleetReport::default() };
        assert!(told.known("a").is_none() && told.slo("a").is_some());
        assert!(FleetReport { standing: FleetStanding::Known, ..told }.known("a").is_some());
    }
}
