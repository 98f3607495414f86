//! May one deploy now, and must one go back? The answer for deploy pipelines, as a pure function of a report.
//!
//! *Stop* needs a reason that is known; *go* needs that everything is known: where less than 90 % of a period was observed, or the loop is
//! not heard of, the answer is *unknown*, and no pipeline should take that for either.

use std::time::Duration;

use crate::engine::report::{Report, SloReport};
use crate::engine::response::{Phase, PolicyMode};
use crate::slo::Severity;

/// Below this share observed a budget is a beginning.
const COVERAGE: f64 = 0.9;
/// A loop that was silent for longer is not asked.
const SILENT: Duration = Duration::from_secs(5);

/// One word.
///
/// ```
/// use reliability_core::compensate::Verdict;
/// assert_eq!([Verdict::Go, Verdict::Stop, Verdict::Unknown].map(Verdict::as_str), ["go", "stop", "unknown"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against a change.
    Go,
    /// Something does.
    Stop,
    /// Too little is known.
    Unknown,
}

impl Verdict {
    /// `go`, `stop` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Stop => "stop",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer with its reasons.
///
/// ```
/// use reliability_core::compensate::{GateVerdict, Verdict, verdict};
/// let reliability = reliability_core::Reliability::start()?;
/// let GateVerdict { verdict, roll_back, .. } = verdict(&reliability.report());
/// assert!(verdict != Verdict::Stop && !roll_back);
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GateVerdict {
    /// One word.
    pub verdict: Verdict,
    /// Whether to go back now: a page pair fires, or a policy has tried everything.
    pub roll_back: bool,
    /// Why, in sentences with numbers: what stops, then what is not known.
    pub reasons: Vec<String>,
    /// The figures of each SLO, by name.
    pub slos: Vec<GateFigures>,
    /// The version that runs.
    pub running: Option<String>,
    /// The version to go back to.
    pub known_good: Option<String>,
}

/// The figures of an SLO that were looked at.
///
/// ```
/// use reliability_core::compensate::verdict;
/// use reliability_core::testkit::Lab;
/// use reliability_core::{Objective, Outcome, Sli};
/// use std::time::Duration;
/// # let sli = Sli::named("figures")?.declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
/// let mut lab = Lab::judging([&sli]);
/// sli.record_many(Outcome::Bad, 50);
/// lab.advance(Duration::from_secs(1));
/// let figures = &verdict(&lab.report()).slos[0];
/// assert!(figures.detected && figures.budget_remaining < 0.0 && figures.coverage < 0.9);
/// # Ok::<(), reliability_core::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GateFigures {
    /// The SLO.
    pub slo: String,
    /// The share of the budget that is left.
    pub budget_remaining: f64,
    /// The share of the period that was observed.
    pub coverage: f64,
    /// Whether a page pair fires.
    pub paging: bool,
    /// Whether the fast detector sees failures.
    pub detected: bool,
}

/// May one deploy now?
///
/// ```
/// use reliability_core::compensate::{Verdict, verdict};
/// let reliability = reliability_core::Reliability::start()?;
/// let answer = verdict(&reliability.report());
/// assert_eq!(answer.verdict, Verdict::Unknown); // it has just begun
/// assert!(!answer.roll_back && !answer.reasons.is_empty());
/// # Ok::<(), reliability_core::StartError>(())
/// ```
pub fn verdict(report: &Report) -> GateVerdict {
    let (mut stops, mut unknown, mut roll_back) = (Vec::new(), Vec::new(), false);
    for sli in report.slis.iter().filter(|sli| sli.stalled_since.is_some()) {
        stops.push(format!("calls of {} start and none ends: {} in flight", sli.spec.name, sli.in_flight));
    }
    let all: Vec<&SloReport> = report.slis.iter().flat_map(|sli| &sli.slos).collect();
    for slo in &all {
        if slo.is_firing(Severity::Page) {
            roll_back = true;
            stops.push(slo.reason());
        } else if slo.detected_since.is_some() {
            stops.push(format!("the fast detector sees failures of {}", slo.name));
        } else if slo.budget_remaining <= 0.0 && slo.coverage >= COVERAGE {
            stops.push(format!("the budget of {} is spent: {:.1} % left", slo.name, slo.budget_remaining * 100.0));
        } else if slo.coverage < COVERAGE {
            unknown.push(format!("{:.1} % of the period of {} was observed", slo.coverage * 100.0, slo.name));
        }
    }
    for policy in report.response.policies.iter().filter(|policy| policy.mode == PolicyMode::Act) {
        match policy.phase {
            Phase::Exhausted => {
                roll_back = true;
                stops.push(format!("policy {} has tried everything", policy.name));
            }
            _ if policy.steps.iter().any(|step| step.engaged.is_some()) => {
                stops.push(format!("policy {} is engaged: {}", policy.name, policy.reason));
            }
            _ => {}
        }
    }
    if !report.enabled {
        unknown.push("measuring is switched off".into());
    } else if all.is_empty() {
        unknown.push("there is no objective".into());
    }
    if report.loop_age > SILENT {
        unknown.push(format!("the loop last ran {} s ago", report.loop_age.as_secs()));
    }
    let verdict = match (stops.is_empty(), unknown.is_empty()) {
        (false, _) => Verdict::Stop,
        (true, false) => Verdict::Unknown,
        (true, true) => Verdict::Go,
    };
    let figures = |slo: &&SloReport| GateFigures {
        slo: slo.name.clone(),
        budget_remaining: slo.budget_remaining,
        coverage: slo.coverage,
        paging: slo.is_firing(Severity::Page),
        detected: slo.detected_since.is_some(),
    };
    stops.extend(unknown);
    GateVerdict {
        verdict,
        roll_back,
        reasons: stops,
        slos: all.iter().map(figures).collect(),
        running: report.service.version.clone(),
        known_good: report.response.known_good.as_ref().and_then(|known| known.version.clone()),
    }
}
