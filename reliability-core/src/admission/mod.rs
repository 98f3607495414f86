//! The read side of compensation: what a request asks before it is let in, and before it does something.
//!
//! A [`Gate`] admits or refuses, least important first, and never waits. An [`Ask`] says how important a request is and how
//! long its caller will wait; it travels with the task ([`scope`], [`carry`]). What is refused gets a [`Shed`].
//!
//! A [`Flag`] (is this feature on?), a [`Ladder`] (how good an answer may it be?), a [`Dimmer`] (is the optional part
//! served?). Each is a `static` with a `const` constructor over one `cell`: a reader loads one word. Who writes them
//! (a provider, a policy, a person) stands in `compensate`; here are only the layers and their order of precedence.
//!
//! Nothing here locks, allocates, waits or panics on the request path: a request loads words, and adds to cells that only its own
//! thread writes. What policies set is held by a `lease` that only a living loop renews, and the first request past it reverts all
//! of it, so a dead or hung loop leaves no switch turned.
//!
//! Layer 1: imports clock, name, sli, spec, sync, table.

mod arms;
mod ask;
mod breaker;
mod bucket;
mod bulkhead;
pub(crate) mod cell;
mod context;
mod dimmer;
mod flag;
pub(crate) mod gate;
pub(crate) mod ladder;
pub(crate) mod lease;
#[cfg(all(test, loom))]
mod loom_tests;
mod priority;
mod retry_budget;
mod share;
mod shed;
pub(crate) mod spread;
pub(crate) mod switches;

pub use arms::{Arm, ArmCounts};
pub use ask::{ASK_HEADER, Ask, AskError};
pub use breaker::{Breaker, BreakerReport, BreakerState, Pass};
pub use bulkhead::Bulkhead;
pub use cell::SetBy;
pub(crate) use context::Travelling;
pub use context::{carry, carry_fn, scope, with};
pub use dimmer::Dimmer;
pub use flag::Flag;
pub use gate::permit::{Detached, Permit};
pub use gate::report::{GateReport, RefusedReport};
pub use gate::{Gate, GateMode};
pub use ladder::{Fallback, Ladder};
pub use priority::{Priority, PriorityError};
pub use retry_budget::{RetriesReport, Retry, RetryBudget};
pub use share::Share;
pub use shed::{Shed, ShedReason};
pub use switches::{RegisteredSwitch, SwitchError, SwitchErrors, check_switches};
