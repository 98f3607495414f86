//! The write side of compensation: when something is wrong, the cheapest sufficient step, undone when it is no longer needed.
//!
//! A [`Policy`] says when ([`Trigger`]), what ([`Step`]s from the cheapest to the dearest) and how one sees that it helped. Its course is a pure
//! machine (`policy::machine`); `responder` reads the situation for it and carries out what it says, in the loop, because
//! turning a switch is a store. Whatever may wait, a user's [`Compensator`] or a hook, runs on a `worker` of its own.
//!
//! Everything engaged stands under a lease of a few seconds that only a living loop renews. Switches are taken back by the
//! first request past it, workers' compensators by their workers, which watch the same end.
//!
//! Layer 4: imports admission, sli, slo, spec, name, clock, sync, and of the engine port, event, report, response, situation.

mod approvals;
mod attribution;
mod brownout;
mod compensator;
mod controls;
mod effects;
mod judging;
mod known_good;
mod memory;
mod play;
pub(crate) mod policy;
mod recent;
pub(crate) mod responder;
mod verdict;
mod worker;

pub use approvals::{ApprovalError, Approvals};
pub use brownout::Brownout;
pub use compensator::{Compensator, Engagement, Step};
pub use controls::ControlError;
pub(crate) use controls::SharedControls;
pub use policy::builder::{Draft, Judge, Named, Policy, Triggered};
pub use policy::trigger::Trigger;
pub use verdict::{GateFigures, GateVerdict, Verdict, verdict};
