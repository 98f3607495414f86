//! What policies have set, by switch: so that two policies on one switch do not undo each other.
//!
//! A switch has one place for what policies want. Where several want something, the one that takes most away is in force, and it
//! goes back to what the others want when it lets go.

use super::compensator::stronger;
use crate::admission::switches::{self, Switch};

/// What each policy has set.
#[derive(Debug, Default)]
pub(super) struct Effects(Vec<Effect>);

#[derive(Debug)]
struct Effect {
    policy: usize,
    switch: Switch,
    value: u64,
}

fn same(one: Switch, other: Switch) -> bool {
    std::ptr::eq(one.cell(), other.cell())
}

impl Effects {
    /// Sets what a policy wants of a switch, or with `None` takes it back. False if the switch cannot be reached.
    pub(super) fn set(&mut self, policy: usize, switch: Switch, value: Option<u64>) -> bool {
        self.0.retain(|effect| effect.policy != policy || !same(effect.switch, switch));
        self.0.extend(value.map(|value| Effect { policy, switch, value }));
        let wanted = self.0.iter().filter(|effect| same(effect.switch, switch)).map(|effect| effect.value);
        let reached = switches::engage(switch, wanted.reduce(|one, other| stronger(switch, one, other)));
        if !reached {
            self.0.retain(|effect| effect.policy != policy || !same(effect.switch, switch));
        }
        reached
    }

    /// What was set has been taken back by others.
    pub(super) fn forget(&mut self) {
        for effect in self.0.drain(..) {
            switches::engage(effect.switch, None);
        }
    }

    /// Who has a say in how a switch stands.
    pub(super) fn policies(&self, switch: Switch) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().filter(move |effect| same(effect.switch, switch)).map(|effect| effect.policy)
    }
}
