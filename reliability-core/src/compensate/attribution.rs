//! Which flag is to blame, before one is switched off.
//!
//! A flag's calls are counted by arm. A flag is innocent of what is going wrong where its calls fail alike with and without the feature, or
//! where the calls with the feature do not fail. Where one arm has seen too few calls (a flag that is on for everybody has no
//! other arm), nothing clears it and nothing accuses it: then the step stands, for it can be undone and is verified.
//!
//! A call that hangs fails nobody's count, and a feature whose calls hang must not look as if it did no harm. So calls that have been in
//! flight for longer than a caller waits are taken for bad: as many are in flight now as began before then, less what ended since, so
//! at least what is in flight less what began since. Who is dropped after that is counted as bad by the flag itself.

use std::collections::VecDeque;
use std::time::Duration;

use super::recent::Reading;
use crate::admission::{Arm, ArmCounts, Flag};

/// How many calls an arm needs before it says anything.
const ENOUGH: u64 = 20;
/// What is looked at.
const SPAN: Duration = Duration::from_secs(30);

/// The counts of a flag's arms lately.
#[derive(Debug)]
pub(super) struct Attribution {
    flag: &'static Flag,
    looks: VecDeque<Look>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Look {
    at: Duration,
    on: Side,
    off: Side,
}

/// One arm, since the process began.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    ended: Reading,
    in_flight: u64,
    began: u64,
}

impl Side {
    fn of(flag: &Flag, arm: Arm) -> Self {
        let ArmCounts { good, bad } = flag.counts(arm);
        // in flight first: what begins meanwhile is then taken for young and not for overdue
        let in_flight = flag.in_flight(arm);
        Self { ended: Reading { good, bad }, in_flight, began: flag.began(arm) }
    }

    /// How many have been in flight since before `then`, at least.
    const fn overdue(self, then: Self) -> u64 {
        self.in_flight.saturating_sub(self.began.saturating_sub(then.began))
    }
}

impl Attribution {
    pub(super) fn of(flag: &'static Flag) -> Self {
        Self { flag, looks: VecDeque::new() }
    }

    pub(super) fn look(&mut self, now: Duration) {
        let look = Look { at: now, on: Side::of(self.flag, Arm::On), off: Side::of(self.flag, Arm::Off) };
        self.take(look);
    }

    fn take(&mut self, look: Look) {
        while self.looks.len() > 1 && self.looks[1].at + SPAN < look.at {
            self.looks.pop_front();
        }
        // one a second is enough, and the newest always
        if self.looks.len() > 1
            && self.looks[self.looks.len() - 1].at.saturating_sub(self.looks[self.looks.len() - 2].at)
                < Duration::from_secs(1)
        {
            self.looks.pop_back();
        }
        self.looks.push_back(look);
    }

    /// The last look, and the latest that is no younger than `from`, else the first.
    fn span(&self, from: Duration) -> Option<(Look, Look)> {
        let last = self.looks.back()?;
        let before = self.looks.iter().rev().find(|look| look.at <= from).or(self.looks.front())?;
        Some((*before, *last))
    }

    /// What the arm with the feature counted after `from`, with what began after it and has hung for longer than `patience`.
    pub(super) fn on_after(&self, from: Duration, patience: Duration) -> Reading {
        let Some((before, last)) = self.span(from) else { return Reading::default() };
        let mut on = last.on.ended.since(before.on.ended);
        // what hung before may hang still
        on.bad += self.overdue(patience).map_or(0, |(on, _)| on.saturating_sub(before.on.in_flight));
        on
    }

    /// How many calls have hung for longer than `patience`, at least: on, then off. None while it has not looked for so long.
    fn overdue(&self, patience: Duration) -> Option<(u64, u64)> {
        let last = self.looks.back()?;
        let then = last.at.checked_sub(patience)?;
        let (before, _) = self.span(then).filter(|(before, _)| before.at <= then)?;
        Some((last.on.overdue(before.on), last.off.overdue(before.off)))
    }

    /// Whether the arms say that switching it off would not help.
    pub(super) fn is_innocent(&self, now: Duration, patience: Duration) -> bool {
        let Some((before, last)) = self.span(now.saturating_sub(SPAN)) else { return false };
        let (mut on, mut off) = (last.on.ended.since(before.on.ended), last.off.ended.since(before.off.ended));
        if let Some((on_overdue, off_overdue)) = self.overdue(patience) {
            on.bad += on_overdue;
            off.bad += off_overdue;
        }
        is_innocent(on, off)
    }
}

/// See the file's head: alike is an arm without the feature that fails at least half as often.
fn is_innocent(on: Reading, off: Reading) -> bool {
    if on.valid() >= ENOUGH && on.bad == 0 {
        return true;
    }
    let alike = 2 * u128::from(off.bad) * u128::from(on.valid()) >= u128::from(on.bad) * u128::from(off.valid());
    on.valid() >= ENOUGH && off.valid() >= ENOUGH && alike
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_whose_arms_fail_alike_is_innocent() {
        let reading = |good, bad| Reading { good, bad };
        assert!(is_innocent(reading(50, 50), reading(50, 50)));
        assert!(!is_innocent(reading(50, 50), reading(1_000, 1)));
        assert!(!is_innocent(reading(0, 100), reading(0, 0)));
        assert!(is_innocent(reading(100, 0), reading(50, 50)));
        assert!(!is_innocent(reading(3, 0), reading(2, 0)));
    }

    /// A look each second: ended well, in flight and begun, for each arm.
    fn looked(looks: &[[(u64, u64, u64); 2]]) -> Attribution {
        static FLAG: Flag = Flag::on("looked-at");
        let mut attribution = Attribution::of(&FLAG);
        for (second, [on, off]) in looks.iter().enumerate() {
            let side =
                |(good, in_flight, began): (u64, u64, u64)| Side { ended: Reading { good, bad: 0 }, in_flight, began };
            attribution.take(Look { at: Duration::from_secs(second as u64), on: side(*on), off: side(*off) });
        }
        attribution
    }

    #[test]
    fn an_arm_whose_calls_hang_is_not_innocent_and_one_whose_calls_take_their_time_is() {
        let (second, now) = (Duration::from_secs(1), Duration::from_secs(3));
        let fine = (100, 0, 100);
        // a hundred went well, then thirty a second begin and none ends
        let hangs =
            looked(&[[fine, fine], [fine, fine], [(100, 30, 130), (130, 0, 130)], [(100, 60, 160), (160, 0, 160)]]);
        assert!(!hangs.is_innocent(now, second));
        // as many are in flight, but they began lately
        let busy =
            looked(&[[fine, fine], [fine, fine], [(140, 30, 170), (130, 0, 130)], [(200, 30, 230), (160, 0, 160)]]);
        assert!(busy.is_innocent(now, second));
        // both arms hang alike: the feature is not to blame
        let both = looked(&[[fine, fine], [fine, fine], [(100, 30, 130); 2], [(100, 60, 160); 2]]);
        assert!(both.is_innocent(now, second));
    }

    #[test]
    fn what_hung_before_a_share_was_given_back_is_no_harm_of_it() {
        let (second, old) = (Duration::from_secs(1), (0, 50, 50));
        let off = (0, 0, 0);
        let well = looked(&[[old, off], [old, off], [(10, 50, 60), off], [(20, 50, 70), off]]);
        assert_eq!(well.on_after(second, second), Reading { good: 20, bad: 0 });
        let again = looked(&[[old, off], [old, off], [(0, 60, 60), off], [(0, 70, 70), off]]);
        assert_eq!(again.on_after(second, second), Reading { good: 0, bad: 10 });
    }
}
