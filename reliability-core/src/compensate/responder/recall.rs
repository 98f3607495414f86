//! What policies take over from an earlier process.
//!
//! From a file of their own it is there at the start. A store may hand it over later, when another process of this service ends;
//! until then nobody knows how often policies have engaged, and their limits count as reached.

use std::time::Duration;

use super::Policies;
use crate::admission::cell::SetBy;
use crate::admission::switches::{Switch, list, switches};
use crate::compensate::controls::SharedControls;
use crate::compensate::memory::{Found, Memory};
use crate::engine::event::EventKind;
use crate::engine::situation::Situation;

impl Policies {
    /// Takes in what happened before the start: instants of the wall clock become some of the monotonic one.
    pub(super) fn recollect(&mut self, situation: &Situation<'_>, tell: &mut dyn FnMut(EventKind)) {
        if self.awaits && self.noted.is_none() {
            self.plays
                .iter_mut()
                .for_each(|play| play.machine.bar(situation.monotonic + play.machine.settings().window));
        }
        let Some(found) = self.found.take() else { return };
        for play in &mut self.plays {
            play.machine.bar(Duration::ZERO);
            for at in found.memory.engaged.get(&play.policy.name).into_iter().flatten() {
                let ago = situation.at.since(*at);
                if ago < play.machine.settings().window {
                    play.machine.remember(situation.monotonic, ago);
                }
            }
            if found.damaged.is_some() {
                play.machine.bar(situation.monotonic + play.machine.settings().window);
            }
        }
        if let Some(reason) = found.damaged {
            tell(EventKind::Forgotten { reason });
        }
    }

    /// What an earlier process remembered, as a store had kept it.
    pub(super) fn hear_of_the_past(&mut self, words: Result<Option<String>, String>) {
        if !self.stored {
            return;
        }
        let found = Found::of(words);
        take_over(&self.controls, &found.memory);
        self.known_good.recall(found.memory.good.clone());
        (self.awaits, self.words, self.found) = (false, None, Some(found));
    }
}

/// Does again what a person had done.
pub(super) fn take_over(controls: &SharedControls, memory: &Memory) {
    if memory.killed {
        controls.set_killed(true);
    }
    for (kind, name, value) in &memory.manual {
        let known = switches().into_iter().find(|switch| (switch.kind(), switch.name()) == (kind, name));
        let free = |switch: &Switch| switch.cell().value_of(SetBy::Manual).is_none();
        if let Some(switch) = known.filter(|switch| list(*switch) && free(switch)) {
            switch.cell().set(SetBy::Manual, Some(*value));
        }
    }
}
