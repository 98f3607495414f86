//! What a policy waits for, and how it is read off a situation.
//!
//! Three answers: it holds, it does not, nobody can know. A policy engages on the first alone and releases on the second
//! alone. No trigger sees calls that were refused on purpose (the situation offers none), so a shedder cannot feed on its own
//! refusals; what a shedder is there for, saturation, is read from calls in flight and at the gate.
//!
//! What was seen stands until something takes it back, and nothing can where nobody calls any more, because the compensation keeps the
//! calls away or because it is night. Then the trigger is not known, and whether it is over is found out by giving a share back.
//!
//! Limit: a trigger that names an SLI or SLO which is not there is never known.

use std::fmt;
use std::time::Duration;

use super::builder::Judge;
use crate::admission::{Gate, Share};
use crate::compensate::recent::Recents;
use crate::engine::situation::{Situation, SliView};
use crate::slo::Severity;
use crate::spec::format_duration;

/// Below this share of the period observed, what is left of a budget is a beginning and not a verdict.
const COVERAGE: f64 = 0.9;

/// When a policy acts.
///
/// ```
/// use reliability_core::{Severity, Share};
/// use reliability_core::compensate::Trigger;
/// use std::time::Duration;
///
/// let trigger = Trigger::detected("payments").or(Trigger::burn("payments-availability", Severity::Page));
/// assert_eq!(
///     trigger.to_string(),
///     "the fast detector sees failures of payments, or a page pair of payments-availability fires"
/// );
/// let slow = Trigger::slower_than("search", Duration::from_millis(300), Share::of(0.05)).and(Trigger::in_flight("search", 40));
/// # let _ = slow;
/// ```
#[derive(Clone, Debug)]
pub struct Trigger(Condition);

#[derive(Clone, Debug)]
enum Condition {
    Burn { slo: String, severity: Severity },
    Detected { sli: String },
    Budget { slo: String, below: f64 },
    Slow { sli: String, threshold: Duration, share: Share },
    InFlight { sli: String, over: u64 },
    Stalled { sli: String },
    Refuses { gate: &'static Gate },
    ByHand,
    Any(Vec<Condition>),
    All(Vec<Condition>),
}

impl Trigger {
    /// A pair of windows of this severity burns too fast on the calls that were served.
    pub fn burn(slo: impl Into<String>, severity: Severity) -> Self {
        Self(Condition::Burn { slo: slo.into(), severity })
    }

    /// The fast detector sees more failures of this SLI than one of its objectives allows: seconds, and only for what can be
    /// undone.
    pub fn detected(sli: impl Into<String>) -> Self {
        Self(Condition::Detected { sli: sli.into() })
    }

    /// Less than this is left of a budget; 0 is a spent one, and above 1 is taken for 1. Unknown while less than 90 % of the
    /// period was observed.
    pub fn budget_below(slo: impl Into<String>, left: f64) -> Self {
        Self(Condition::Budget { slo: slo.into(), below: left.min(1.0) })
    }

    /// More than this share of the calls of the last seconds took longer. Unknown without calls.
    pub fn slower_than(sli: impl Into<String>, threshold: Duration, share: Share) -> Self {
        Self(Condition::Slow { sli: sli.into(), threshold, share })
    }

    /// More calls than this have begun and not ended.
    pub fn in_flight(sli: impl Into<String>, over: u64) -> Self {
        Self(Condition::InFlight { sli: sli.into(), over })
    }

    /// Calls start and none ends.
    pub fn stalled(sli: impl Into<String>) -> Self {
        Self(Condition::Stalled { sli: sli.into() })
    }

    /// This gate is saturated: it is cutting off a part of the requests because they would not be answered in time.
    pub fn saturated(gate: &'static Gate) -> Self {
        Self(Condition::Refuses { gate })
    }

    /// An SLI that this one depends on is in trouble: the fast detector sees it, or its calls do not end. Where nobody calls it for
    /// ten seconds, for the compensation keeps the calls away, that is no longer known: when the least hold is over a share is given back
    /// to see.
    pub fn dependency(sli: impl Into<String>) -> Self {
        let sli = sli.into();
        Self(Condition::Any(vec![Condition::Detected { sli: sli.clone() }, Condition::Stalled { sli }]))
    }

    /// Never by itself: a person engages it.
    pub fn by_hand() -> Self {
        Self(Condition::ByHand)
    }

    /// Either of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(Condition::Any(vec![self.0, other.0]))
    }

    /// Both at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(Condition::All(vec![self.0, other.0]))
    }

    /// Whether it holds; `None` where that cannot be known.
    pub(crate) fn holds(&self, situation: &Situation<'_>, recents: &Recents, judge: Judge) -> Option<bool> {
        self.0.holds(situation, recents, judge)
    }

    /// The SLOs whose burn or budget it asks about, and whether the fleet's verdict on each is known.
    pub(crate) fn in_fleet(&self, situation: &Situation<'_>) -> Vec<(&str, bool)> {
        let mut asked = Vec::new();
        self.0.in_fleet(situation, &mut asked);
        asked
    }

    /// The SLIs whose calls it is about.
    pub(crate) fn slis<'a>(&'a self, situation: &Situation<'a>) -> Vec<&'a str> {
        let mut slis = Vec::new();
        self.0.collect(situation, &mut slis);
        slis.dedup();
        slis
    }

    /// The SLIs whose durations it looks at.
    pub(crate) fn timed(&self) -> Vec<String> {
        let mut timed = Vec::new();
        self.0.timed(&mut timed);
        timed
    }
}

impl Condition {
    fn holds(&self, situation: &Situation<'_>, recents: &Recents, judge: Judge) -> Option<bool> {
        match self {
            Self::Burn { slo: name, severity } => {
                let of = situation.slo(name)?;
                if let Some(firing) = of.is_firing_in_fleet(*severity).filter(|_| judge == Judge::Fleet) {
                    return Some(firing);
                }
                let firing = of.is_firing(*severity)?;
                (!firing || !owner(situation, name).is_some_and(|sli| recents.is_quiet(sli))).then_some(firing)
            }
            Self::Detected { sli } => {
                if situation.sli(sli)?.is_detected() {
                    recents.still_detected(sli)
                } else {
                    Some(false)
                }
            }
            Self::Budget { slo: name, below } => {
                let slo = situation.slo(name)?;
                if let Some(left) = slo.fleet_budget().filter(|_| judge == Judge::Fleet) {
                    return Some(left < *below);
                }
                let (left, coverage) = slo.budget();
                (coverage >= COVERAGE).then_some(left < *below)
            }
            Self::Slow { sli, threshold, share } => {
                let slower = recents.of(sli)?.slower_than(*threshold)?;
                Some(slower > share.as_f64())
            }
            Self::InFlight { sli, over } => Some(situation.sli(sli)?.in_flight() > *over),
            Self::Stalled { sli } => {
                let stalled = situation.sli(sli)?.is_stalled();
                if stalled { recents.still_stalled(sli, situation.monotonic) } else { Some(false) }
            }
            Self::Refuses { gate } => Some(gate.report().cut > Share::NONE),
            Self::ByHand => Some(false),
            Self::Any(parts) => {
                // one that is not known ends nothing: another may decide
                #[allow(clippy::manual_try_fold)]
                parts.iter().map(|part| part.holds(situation, recents, judge)).fold(Some(false), |any, part| {
                    match (any, part) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (Some(false), Some(false)) => Some(false),
                        _ => None,
                    }
                })
            }
            Self::All(parts) => {
                #[allow(clippy::manual_try_fold)] // as above
                parts.iter().map(|part| part.holds(situation, recents, judge)).fold(Some(true), |all, part| {
                    match (all, part) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        (Some(true), Some(true)) => Some(true),
                        _ => None,
                    }
                })
            }
        }
    }

    fn collect<'a>(&'a self, situation: &Situation<'a>, slis: &mut Vec<&'a str>) {
        match self {
            Self::Burn { slo, .. } | Self::Budget { slo, .. } => {
                slis.extend(owner(situation, slo));
            }
            Self::Detected { sli } | Self::Slow { sli, .. } => slis.push(sli),
            // these are about calls that have not ended: none may have
            Self::InFlight { .. } | Self::Stalled { .. } | Self::Refuses { .. } | Self::ByHand => {}
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.collect(situation, slis)),
        }
    }

    fn in_fleet<'a>(&'a self, situation: &Situation<'_>, asked: &mut Vec<(&'a str, bool)>) {
        match self {
            Self::Burn { slo, severity } => {
                let known = situation.slo(slo).and_then(|slo| slo.is_firing_in_fleet(*severity)).is_some();
                asked.push((slo, known));
            }
            Self::Budget { slo, .. } => {
                let known = situation.slo(slo).and_then(|slo| slo.fleet_budget()).is_some();
                asked.push((slo, known));
            }
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.in_fleet(situation, asked)),
            _ => {}
        }
    }

    fn timed(&self, timed: &mut Vec<String>) {
        match self {
            Self::Slow { sli, .. } => timed.push(sli.clone()),
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.timed(timed)),
            _ => {}
        }
    }
}

/// The SLI that an SLO is about.
fn owner(situation: &Situation<'_>, slo: &str) -> Option<&'static str> {
    situation.slis().find(|sli| sli.slos().any(|known| known.name() == slo)).map(SliView::name)
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            parts.iter().enumerate().try_for_each(|(i, part)| {
                if i > 0 {
                    f.write_str(word)?;
                }
                part.fmt(f)
            })
        };
        match self {
            Self::Burn { slo, severity } => write!(f, "a {severity} pair of {slo} fires"),
            Self::Detected { sli } => write!(f, "the fast detector sees failures of {sli}"),
            Self::Budget { slo, below } => write!(f, "less than {} % of the budget of {slo} is left", below * 100.0),
            Self::Slow { sli, threshold, share } => {
                write!(f, "more than {share} of {sli} take longer than {}", format_duration(*threshold))
            }
            Self::InFlight { sli, over } => write!(f, "more than {over} calls of {sli} are in flight"),
            Self::Stalled { sli } => write!(f, "calls of {sli} start and none ends"),
            Self::Refuses { gate } => write!(f, "the gate {} is saturated", gate.name()),
            Self::ByHand => f.write_str("a person engages it"),
            Self::Any(parts) => join(f, parts, ", or "),
            Self::All(parts) => join(f, parts, " and "),
        }
    }
}
