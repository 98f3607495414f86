//! The life of one pair: inactive, firing, resolved, and held where nobody knows.
//!
//! A pair is over when both its windows burn strictly faster than the factor; there is no further waiting time, the long
//! window is the wait. A pair is *unknown* when either window has no event or when fewer than 90 % of its minutes were
//! observed. An unknown pair keeps its last decision: a gap in the middle of an outage must not end the page, and a
//! night without requests is no error. How long it has been so is [`Alert::held_since`], which every report shows.
//!
//! A page must besides be able to prove what it says where a [`Guard`] asks for it: the long window then holds more failures
//! than chance would bring at a burn of the factor.
//!
//! Being held is no transition: a quiet service would tell of nothing else.

use super::burn::{BurnRate, Share};
use super::guard::Guard;
use super::pairs::{BurnRule, Severity};
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// How fast it burns; `None` where that is undefined.
    pub burn: Option<BurnRate>,
    /// Whether any event happened in it.
    pub has_events: bool,
    /// Whether enough of its minutes were observed.
    pub covered: bool,
    /// What a guard tests: bad ones and all of them.
    pub sample: (u64, u64),
}

impl Seen {
    /// A window of events.
    pub fn events(tally: super::tally::Tally, objective: Objective, covered: bool) -> Self {
        Self {
            burn: BurnRate::of(Share::from(tally), objective),
            has_events: tally.valid() > 0,
            covered,
            sample: (tally.bad, tally.valid()),
        }
    }
}

/// What a pair is judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judging {
    /// The pair.
    pub rule: BurnRule,
    /// The share that must be good.
    pub objective: Objective,
    /// What is made of missing data.
    pub no_data: NoData,
    /// What a page must be able to prove.
    pub guard: Option<Guard>,
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
    held_back: bool,
}

impl Alert {
    /// As it was kept. Whether a guard holds it back says the next look.
    pub(super) const fn restored(state: AlertState, held_since: Option<Timestamp>) -> Self {
        Self { state, held_since, held_back: false }
    }

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

    /// Whether both windows burn faster than the factor, and too few events tell of it.
    pub const fn is_held_back(&self) -> bool {
        self.held_back
    }

    /// The pair is judged no more: tells that it resolved, if it was firing.
    pub(super) fn end(self, now: Timestamp, rule: BurnRule) -> Option<Transition> {
        let to = AlertState::Resolved { at: now };
        self.is_firing().then_some(Transition {
            rule,
            from: self.state,
            to,
            at: now,
            burn_long: None,
            burn_short: None,
        })
    }

    /// Judges the pair at `now` by its long and its short window, and tells of a change.
    pub fn judge(&mut self, now: Timestamp, by: &Judging, (long, short): (Seen, Seen)) -> Option<Transition> {
        let Some(faster) = by.is_faster(long, short) else {
            self.held_since.get_or_insert(now);
            self.held_back = false;
            return None;
        };
        self.held_since = None;
        let over = faster && by.is_proven(long);
        self.held_back = faster && !over;
        if over == self.is_firing() {
            return None;
        }
        let from = self.state;
        self.state = if over { AlertState::Firing { since: now } } else { AlertState::Resolved { at: now } };
        let (burn_long, burn_short) = (long.burn, short.burn);
        Some(Transition { rule: by.rule, from, to: self.state, at: now, burn_long, burn_short })
    }
}

impl Judging {
    /// Whether both windows burn faster than the factor; `None` when that is unknown.
    fn is_faster(&self, long: Seen, short: Seen) -> Option<bool> {
        let (Some(long_burn), Some(short_burn), true, true) =
            (long.burn, short.burn, long.has_events, short.has_events)
        else {
            return match self.no_data {
                NoData::Hold => None,
                NoData::NotOver => Some(false),
            };
        };
        if self.no_data == NoData::Hold && !(long.covered && short.covered) {
            return None;
        }
        Some(long_burn.exceeds(self.rule.factor) && short_burn.exceeds(self.rule.factor))
    }

    fn is_proven(&self, long: Seen) -> bool {
        let (bad, of) = long.sample;
        self.rule.severity == Severity::Ticket
            || self.guard.is_none_or(|guard| guard.proves(bad, of, self.objective, self.rule.factor))
    }
}
