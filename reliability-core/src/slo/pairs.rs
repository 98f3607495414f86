//! Which burn is worth waking somebody for.
//!
//! The four pairs of the SRE Workbook (chapter 5), scaled to the budget's period: a pair fires when a stated share of the
//! budget would be gone after its long window, and its short window, a twelfth of the long one, ends the alert soon after the errors
//! end. Shares are 2, 5, 10 and 10 % from 28 days up; below that a day is a larger part of the period, and 8, 12.5,
//! 20 and 42 % keep the factors apart.
//!
//! A factor below 1 would alert on a budget that is going to last, so 1 is the least. The one exception is the field's
//! own: 14/15 at 28 days.
//!
//! A [`Policy`] by name brings the shares and the period of that name, whatever the budget's own period is.
//!
//! A burn rate is at most 1 / (1 − objective). A pair that asks for as much or more can never fire and would lull
//! whoever relies on it, so it is left out and reported.

use std::fmt;
use std::time::Duration;

use super::history::WINDOWS;
use crate::spec::{Objective, Ratio, Window, format_duration};

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Somebody should look within days.
    Ticket,
    /// Somebody should look now.
    Page,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ticket => "ticket",
            Self::Page => "page",
        })
    }
}

/// Over when both windows burn strictly faster than the factor. Prints as `1h/5m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BurnRule {
    /// The window that makes the rule sure.
    pub long: Duration,
    /// The window that makes it end.
    pub short: Duration,
    /// The burn rate above which it is over.
    pub factor: Ratio,
    /// How urgent it is.
    pub severity: Severity,
}

impl fmt::Display for BurnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (long, short) = (format_duration(self.long), format_duration(self.short));
        write!(f, "{long}/{short}")
    }
}

/// Whose shares and period give the pairs their factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Those of the budget's own period. A pair whose long window is longer than the period is left out.
    #[default]
    ByWindow,
    /// 14.4, 6, 3 and 1.
    Days30,
    /// 13.44, 5.6, 2.8 and 14/15.
    Days28,
    /// 13.44, 3.5, 1.4 and 1.
    Days7,
}

impl Policy {
    fn days(self, window: Window) -> u64 {
        match self {
            Self::ByWindow => window.days().into(),
            Self::Days30 => 30,
            Self::Days28 => 28,
            Self::Days7 => 7,
        }
    }
}

/// The pairs of an SLO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Those that are judged.
    pub active: Vec<BurnRule>,
    /// Those that could never fire, each with the reason.
    pub left_out: Vec<(BurnRule, &'static str)>,
}

/// Positions in [`WINDOWS`] of the long and the short window, and the share of the budget in thousandths for a period from 28
/// days up and for a shorter one.
pub(super) const PAIRS: [(usize, usize, Severity, u64, u64); 4] = [
    (2, 0, Severity::Page, 20, 80),
    (4, 1, Severity::Page, 50, 125),
    (5, 3, Severity::Ticket, 100, 200),
    (6, 4, Severity::Ticket, 100, 420),
];

/// The default pairs for an objective over a period.
///
/// ```
/// use reliability_core::slo::rules_for;
/// use reliability_core::{Objective, Window};
/// let rules = rules_for(Objective::parse("93%")?, Window::DEFAULT);
/// let active: Vec<_> = rules.active.iter().map(|rule| format!("{rule} {}", rule.factor)).collect();
/// assert_eq!(active, ["6h/30m 6", "1d/2h 3", "3d/6h 1"]);
/// assert_eq!(rules.left_out[0].0.to_string(), "1h/5m");
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
pub fn rules_for(objective: Objective, window: Window) -> Rules {
    rules_by(Policy::ByWindow, objective, window)
}

/// The pairs of a policy for an objective.
pub fn rules_by(policy: Policy, objective: Objective, window: Window) -> Rules {
    let mut rules = Rules::default();
    let days = policy.days(window);
    for (long, short, severity, share, share_below_28_days) in PAIRS {
        let share = if days >= 28 { share } else { share_below_28_days };
        let rule = BurnRule {
            long: WINDOWS[long],
            short: WINDOWS[short],
            factor: factor(share, days, WINDOWS[long]),
            severity,
        };
        let too_long = policy == Policy::ByWindow && rule.long > window.length();
        if too_long {
            rules.left_out.push((rule, "its long window is longer than the budget's period"));
        } else if is_unreachable(rule.factor, objective) {
            let reason = "its factor is at or above 1 / (1 - objective), the fastest burn there can be";
            rules.left_out.push((rule, reason));
        } else {
            rules.active.push(rule);
        }
    }
    rules
}

fn factor(share: u64, days: u64, long: Duration) -> Ratio {
    let factor = Ratio::new(share * days * 86_400, 1_000 * long.as_secs());
    if factor.numerator() < factor.denominator() && days != 28 { Ratio::new(1, 1) } else { factor }
}

fn is_unreachable(factor: Ratio, objective: Objective) -> bool {
    // both parts are below 2³² for any period of at most 90 days
    factor.numerator() * u64::from(objective.error_ppb()) >= factor.denominator() * 1_000_000_000
}
