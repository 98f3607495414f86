//! Overload in virtual time: a server, its clients and their faults, played in seconds, the same bytes for the same seed.
//!
//! A test of a rule of admission in real time takes minutes, depends on the machine, and proves little. Here a [`Setting`]
//! says what serves, what arrives and what goes wrong; a [`Service`] is what is under test; a [`Record`] says what came of
//! it. [`Setting::queue`] and [`Setting::shared`] are the two servers of this library's own figures.
//!
//! ```
//! use reliability_core::testkit::simulation::{Load, Open, Setting, Simulation};
//! use std::time::Duration;
//!
//! let s = Duration::from_secs;
//! let setting = Setting::queue().load(Load::steady(0.5).step(s(5), 3.0)).length(s(15));
//! let record = Simulation::new(setting).run(&mut Open, 1);
//! assert!(record.success(s(1)..s(4)) > 0.99);
//! assert!(record.success(s(10)..s(14)) < 0.01); // three times what it can do, and nobody is refused
//! ```
//!
//! Checked against queueing theory: a fixed limit of 32 on the queue is M/M/16/32, and blocks as the formula says.
//!
//! Limits: clients are open-loop (they do not wait for each other), one service, no network. A shared server slows all
//! requests alike. The numbers of a run say which of two rules is better in a setting, not what your service will do.
//!
//! Layer: part of `testkit`, beside all.

mod guarded;
mod load;
mod machine;
mod random;
mod record;
mod rules;
mod run;
mod service;
mod setting;

pub use guarded::Guarded;
pub use load::Load;
pub use record::{BIN, Counts, Record};
pub use rules::{Fixed, Open};
pub use run::Simulation;
pub use service::{Answer, Ending, Order, Request, Service, Work};
pub use setting::{Class, Fault, Server, Setting, Shape};
