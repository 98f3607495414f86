//! From one process to a fleet.
//!
//! A client for the query interface of the engines that are there already ([`Api`]).
//!
//! Layer 6: imports clock.

mod answer;
mod query;

pub use answer::{Answer, Series};
pub use query::{Api, QueryError};
