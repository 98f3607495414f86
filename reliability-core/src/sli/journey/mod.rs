//! Journeys: one verdict for each request of a user, whatever it went through.
//!
//! The reliability of a feature cannot be computed from that of its parts: parts fail together, or one after the other,
//! or make up for each other. So the request itself is asked. A [`Journey`] begins where the user's request comes in
//! and travels with the task. Each `#[sli]` call that ends meanwhile notes its outcome with the journey, if it is one of the
//! feature's parts, and at the end there is one verdict, counted as a call of the feature.
//!
//! **The verdict.** *Bad* if any required part was bad, if [`fail`] was said, or if the journey panicked. *Shed* if all that
//! was wrong is that a part refused. Otherwise the required parts that were never reached decide as declared
//! ([`Missing`](crate::Missing)): bad makes it bad, unknown leaves it without a verdict, good and ignored do not
//! matter; and with at least one good part it is *good*. So a part that was not reached because an earlier one failed
//! changes nothing: the journey is bad by the earlier one. A part that was called more than once is bad if any call was: a retry
//! that is to heal belongs inside the measured function. A journey without a verdict is counted as ignored.
//!
//! **Dropped journeys** are judged like dropped calls: bad if a part had failed or the user's patience was over, else ignored.
//!
//! **Where it is known.** Within [`Journey::enter`] and [`Journey::scope`] on whatever threads the future is polled; in spawned
//! work if it is wrapped by [`carry`] or [`carry_fn`]; in other services by the W3C header `baggage` ([`Baggage`]), and back
//! by the header [`JOURNEY_HEADER`] of their answers ([`Verdicts`]). What ends after the journey is not in its verdict.
//!
//! **Cost.** The journey is a value of its task: a part that ends compares its position with those of the feature's parts and
//! sets a bit of the thread, without a locked instruction. Only [`carry`] allocates, where a task is made anyway.
//!
//! Limits: 64 parts for each feature over the life of the process, four journeys around each other.
//!
//! Layer 1: imports name, sync, and the rest of `sli`.

mod baggage;
mod begun;
mod carried;
mod current;
mod feature;
mod joined;
#[cfg(all(test, loom))]
mod loom_tests;
mod rule;

pub use baggage::{Baggage, BaggageError, JOURNEY_HEADER, Verdicts};
pub use begun::Journey;
pub use carried::{carry, carry_fn};
pub use current::fail;
pub(crate) use current::note;
pub use feature::Feature;
pub use joined::Joined;
pub(crate) use rule::{PARTS, PartRule, Rule};
