//! Which flag is to blame, before one is switched off.
//!
//! A flag's calls are counted by arm. A flag is innocent of what is going wrong where its calls fail alike with and without the feature, or
//! where the calls with the feature do not fail. Where one arm has seen too few calls (a flag that is on for everybody has no
//! other arm), nothing clears it and nothing accuses it: then the step stands, for it can be undone and is verified.

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
    looks: VecDeque<(Duration, Reading, Reading)>,
}

impl Attribution {
    pub(super) fn of(flag: &'static Flag) -> Self {
        Self { flag, looks: VecDeque::new() }
    }

    pub(super) fn look(&mut self, now: Duration) {
        let read = |arm| {
            let ArmCounts { good, bad } = self.flag.counts(arm);
            Reading { good, bad }
        };
        let look = (now, read(Arm::On), read(Arm::Off));
        while self.looks.len() > 1 && self.looks[1].0 + SPAN < now {
            self.looks.pop_front();
        }
        // one a second is enough, and the newest always
        if self.looks.len() > 1
            && self.looks[self.looks.len() - 1].0.saturating_sub(self.looks[self.looks.len() - 2].0)
                < Duration::from_secs(1)
        {
            self.looks.pop_back();
        }
        self.looks.push_back(look);
    }

    /// What the arms counted after `from`: on, then off.
    pub(super) fn after(&self, from: Duration) -> (Reading, Reading) {
        let Some((_, on, off)) = self.looks.back() else { return Default::default() };
        let before = self.looks.iter().rev().find(|(at, ..)| *at <= from).or(self.looks.front());
        before
            .map_or_else(Default::default, |(_, on_before, off_before)| (on.since(*on_before), off.since(*off_before)))
    }

    /// Whether the arms say that switching it off would not help.
    pub(super) fn is_innocent(&self, now: Duration) -> bool {
        let (on, off) = self.after(now.saturating_sub(SPAN));
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
}
