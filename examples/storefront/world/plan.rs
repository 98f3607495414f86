//! Who comes when, and what they want: drawn from the seed before anybody knows how the shop is doing.
//!
//! The load is open loop. A generator that waits for answers slows down exactly when the shop does, and then reports that
//! few were hurt; people on the internet do not wait for each other. So arrivals are a Poisson stream (exponential gaps),
//! and everything about a visit is drawn when it is planned: the same seed gives the same visits at the same instants.

use std::time::Duration;

use super::Dice;

/// The shop's pages, each with its share of the visits in percent.
pub(crate) const MIX: [(&str, f64); 5] =
    [("browse", 35.0), ("search", 25.0), ("cart", 15.0), ("checkout", 15.0), ("recommendations", 10.0)];

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
    /// How the visitor hangs up early, if at all.
    pub(crate) leaves: Option<Leaves>,
    pub(crate) malformed: bool,
}

/// The endless stream of visits.
pub(crate) struct Plan {
    dice: Dice,
    mean_gap: f64,
    number: u64,
    at: f64,
}

impl Plan {
    pub(crate) fn new(seed: u64, per_second: u32) -> Self {
        Self { dice: Dice::new(seed, 0), mean_gap: 1.0 / f64::from(per_second), number: 0, at: 0.0 }
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
        self.number += 1;
        self.at -= (1.0 - self.dice.share()).ln() * self.mean_gap;
        let mut drawn = self.dice.share() * 100.0;
        let page = MIX.iter().find(|(_, share)| {
            drawn -= share;
            drawn < 0.0
        });
        let (page, _) = page.unwrap_or(&MIX[0]);
        let malformed = self.dice.share() < MALFORMED && *page == "cart";
        Some(Visit {
            number: self.number,
            at: Duration::from_secs_f64(self.at),
            page,
            leaves: self.leaves(),
            malformed,
        })
    }
}
