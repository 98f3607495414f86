//! Who comes when, and what they want: drawn from the seed before anybody knows how the shop is doing.
//!
//! The load is open loop. A generator that waits for answers slows down exactly when the shop does, and then reports that
//! few were hurt; people on the internet do not wait for each other. So arrivals are a Poisson stream (exponential gaps),
//! and everything about a visit is drawn when it is planned: the same seed gives the same visits at the same instants.
//!
//! The crowd of an overload is a second stream beside the usual one. It came for one page that everybody links to: it looks
//! around more, and buys less, than those who come on any other day.

use std::time::Duration;

use super::Dice;

/// Pages, each with its share of the visits in percent.
type Mix = [(&'static str, f64); 6];
/// What people usually want.
const USUAL: Mix =
    [("home", 20.0), ("browse", 25.0), ("search", 20.0), ("cart", 12.0), ("checkout", 15.0), ("recommendations", 8.0)];
/// What a crowd wants.
const CROWD: Mix =
    [("home", 40.0), ("browse", 28.0), ("search", 18.0), ("cart", 6.0), ("checkout", 4.0), ("recommendations", 4.0)];

/// How many sessions visits belong to.
const SESSIONS: f64 = 5_000.0;

/// Share of the visitors who hang up early.
const HANG_UP: f64 = 0.04;
/// Share of the carts that no one can read: answered before the handler begins.
const MALFORMED: f64 = 0.02;

/// How a visitor leaves before having read the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leaves {
    /// In the same breath in which the request is sent, or not even.
    AtOnce,
    /// Having sent only half of what was to be sent.
    HalfSent(Duration),
    /// When the answer has not come by then.
    After(Duration),
    /// With the head of the answer: the tab is closed while the page loads.
    AtTheHead,
}

/// A visit as planned.
pub(crate) struct Visit {
    pub(crate) number: u64,
    /// Since the beginning.
    pub(crate) at: Duration,
    pub(crate) page: &'static str,
    /// Whose visit it is: some come more than once.
    pub(crate) session: u32,
    /// How the visitor hangs up early, if at all.
    pub(crate) leaves: Option<Leaves>,
    pub(crate) malformed: bool,
}

/// A stream of visits.
pub(crate) struct Plan {
    dice: Dice,
    mix: Mix,
    mean_gap: f64,
    at: f64,
    until: f64,
}

impl Plan {
    /// The usual visits, without end.
    pub(crate) fn usual(seed: u64, per_second: u32) -> Self {
        let mean_gap = 1.0 / f64::from(per_second);
        Self { dice: Dice::new(seed, 0), mix: USUAL, mean_gap, at: 0.0, until: f64::INFINITY }
    }

    /// A crowd for some time.
    pub(crate) fn crowd(seed: u64, per_second: f64, from: Duration, until: Duration) -> Self {
        let (at, until) = (from.as_secs_f64(), until.as_secs_f64());
        Self { dice: Dice::new(seed, 9), mix: CROWD, mean_gap: 1.0 / per_second, at, until }
    }

    /// Both, in order, numbered anew.
    pub(crate) fn together(self, other: Option<Self>) -> impl Iterator<Item = Visit> + Send {
        let (mut one, mut other) = (self.peekable(), other.into_iter().flatten().peekable());
        let mut number = 0;
        std::iter::from_fn(move || {
            let first = match (one.peek(), other.peek()) {
                (Some(this), Some(that)) if that.at < this.at => other.next(),
                (None, _) => other.next(),
                _ => one.next(),
            };
            number += 1;
            first.map(|visit| Visit { number, ..visit })
        })
    }

    /// Half of those who wait leave within 30 ms, where a healthy shop is just at work.
    fn leaves(&self) -> Option<Leaves> {
        let (hangs_up, how) = (self.dice.share() < HANG_UP, self.dice.share());
        // log-uniform from 1 ms to 1 s
        let patience = Duration::from_secs_f64(1e3_f64.powf(self.dice.share()) / 1e3);
        hangs_up.then_some(match how {
            ..0.1 => Leaves::AtOnce,
            ..0.2 => Leaves::AtTheHead,
            ..0.3 => Leaves::HalfSent(patience),
            _ => Leaves::After(patience),
        })
    }
}

impl Iterator for Plan {
    type Item = Visit;

    fn next(&mut self) -> Option<Visit> {
        self.at -= (1.0 - self.dice.share()).ln() * self.mean_gap;
        if self.at >= self.until {
            return None;
        }
        let mut drawn = self.dice.share() * 100.0;
        let page = self.mix.iter().find(|(_, share)| {
            drawn -= share;
            drawn < 0.0
        });
        let (page, _) = page.unwrap_or(&self.mix[0]);
        let malformed = self.dice.share() < MALFORMED && *page == "cart";
        let session = (self.dice.share() * SESSIONS) as u32;
        let leaves = self.leaves();
        Some(Visit { number: 0, at: Duration::from_secs_f64(self.at), page, session, leaves, malformed })
    }
}
