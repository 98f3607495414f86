//! The life of one pair: inactive, firing, resolved, and held where nobody knows.
//!
//! A pair is over when both its windows burn strictly faster than the factor; there is no further waiting time, the long
//! window is the wait. A pair is *unknown* when either window has no event or when fewer than 90 % of its minutes were
//! observed. An unknown pair keeps its last decision: a gap in the middle of an outage must not end the page, and a
//! night without requests is no error. How long it has been so is [`Alert::held_since`], which every report shows.
//!
//! Being held is no transition: a quiet service would tell of nothing else.

use super::burn::{BurnRate, burn_rate};
use super::pairs::BurnRule;
use super::tally::Tally;
use crate::clock::Timestamp;
use crate::spec::Objective;

/// What was last decided about a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlertState {
    /// Never over so far.
    #[default]
    Inactive,
    /// Over.
    Firing {
        /// The first instant over.
        since: Timestamp,
    },
    /// Was over; kept until it fires again.
    Resolved {
        /// The first instant not over.
        at: Timestamp,
    },
}

/// What a pair makes of missing data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NoData {
    /// Without enough data it is unknown and keeps its last decision.
    #[default]
    Hold,
    /// Coverage is ignored, and a window without events is not over: what a plain `PromQL` rule does.
    NotOver,
}

/// One window as a pair sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The events in it.
    pub tally: Tally,
    /// Whether enough of its minutes were observed.
    pub covered: bool,
}

/// A pair has fired or resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition {
    /// The pair, with its severity.
    pub rule: BurnRule,
    /// What it was.
    pub from: AlertState,
    /// What it is.
    pub to: AlertState,
    /// When that was decided.
    pub at: Timestamp,
    /// The burn rate of the long window; `None` without events.
    pub burn_long: Option<BurnRate>,
    /// The burn rate of the short window; `None` without events.
    pub burn_short: Option<BurnRate>,
}

/// One pair's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    state: AlertState,
    held_since: Option<Timestamp>,
}

impl Alert {
    /// What was last decided.
    pub const fn state(&self) -> AlertState {
        self.state
    }

    /// Whether it is over, as last decided.
    pub const fn is_firing(&self) -> bool {
        matches!(self.state, AlertState::Firing { .. })
    }

    /// Since when the decision is kept for want of data; `None` while it is known.
    pub const fn held_since(&self) -> Option<Timestamp> {
        self.held_since
    }

    /// Judges the pair at `now` and tells of a change.
    pub fn judge(
        &mut self,
        now: Timestamp,
        rule: &BurnRule,
        objective: Objective,
        (long, short): (Seen, Seen),
        no_data: NoData,
    ) -> Option<Transition> {
        let Some(over) = is_over(rule, objective, long, short, no_data) else {
            self.held_since.get_or_insert(now);
            return None;
        };
        self.held_since = None;
        if over == self.is_firing() {
            return None;
        }
        let from = self.state;
        self.state = if over { AlertState::Firing { since: now } } else { AlertState::Resolved { at: now } };
        Some(Transition {
            rule: *rule,
            from,
            to: self.state,
            at: now,
            burn_long: burn_rate(long.tally, objective),
            burn_short: burn_rate(short.tally, objective),
        })
    }
}

/// Whether both windows burn faster than the factor; `None` when that is unknown.
fn is_over(rule: &BurnRule, objective: Objective, long: Seen, short: Seen, no_data: NoData) -> Option<bool> {
    let (Some(long_burn), Some(short_burn)) = (burn_rate(long.tally, objective), burn_rate(short.tally, objective))
    else {
        return match no_data {
            NoData::Hold => None,
            NoData::NotOver => Some(false),
        };
    };
    if no_data == NoData::Hold && !(long.covered && short.covered) {
        return None;
    }
    Some(long_burn.exceeds(rule.factor) && short_burn.exceeds(rule.factor))
}
