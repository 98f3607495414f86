//! Deciding at the door: what a request asks before it is let in.
//!
//! A [`Gate`] admits or refuses, least important first, and never waits. An [`Ask`] says how important a request is and how
//! long its caller will wait; it travels with the task ([`scope`], [`carry`]). What is refused gets a [`Shed`].
//! Everything that a request touches here is a relaxed load, or a cell that only its own thread writes.
//!
//! Layer 1: imports clock, name, sli, spec, sync, table.

mod ask;
mod context;
mod gate;
mod priority;
mod shed;

pub use ask::{ASK_HEADER, Ask, AskError};
pub use context::{carry, carry_fn, scope, with};
pub use gate::permit::{Detached, Permit};
pub use gate::report::{GateReport, RefusedReport};
pub use gate::{Gate, GateMode};
pub use priority::{Priority, PriorityError};
pub use shed::{Shed, ShedReason};
