//! The read side of compensation: what a request asks before it does something.
//!
//! A [`Flag`] (is this feature on?), a [`Ladder`] (how good an answer may it be?), a [`Dimmer`] (is the optional part
//! served?). Each is a `static` with a `const` constructor over one [`cell`]: a reader loads one word. Who writes them
//! (a provider, a policy, a person) stands in `compensate`; here are only the layers and their order of precedence.
//!
//! Nothing here locks, allocates, waits or panics on the request path. What policies set is held by a [`lease`] that only a living loop
//! renews, and the first request past it reverts all of it, so a dead or hung loop leaves no switch turned.
//!
//! Layer 1: imports sync, clock, name, spec, sli.

mod arms;
mod bucket;
pub(crate) mod cell;
mod dimmer;
mod flag;
mod ladder;
pub(crate) mod lease;
#[cfg(all(test, loom))]
mod loom_tests;
mod share;
pub(crate) mod spread;
pub(crate) mod switches;

pub use arms::{Arm, ArmCounts};
pub use cell::SetBy;
pub use dimmer::Dimmer;
pub use flag::Flag;
pub use ladder::{Fallback, Ladder};
pub use share::Share;
pub use switches::{RegisteredSwitch, SwitchError, SwitchErrors};
