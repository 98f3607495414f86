//! The guide: from the first indicator to tests of your own objectives.
//!
//! Read it in order, or by question:
//!
//! | question | chapter |
//! |---|---|
//! | What shall I measure, and where? | [choosing an indicator](choose) |
//! | Which objective, over which period, and what does it cost? | [setting an objective](objective) |
//! | What do all these numbers say? | [reading the page and the report](reading) |
//! | A client hung up: whose fault was it? | [cancelled requests](cancelled) |
//! | There are no requests, but a job every night | [batch jobs and freshness](batch) |
//! | Ten requests an hour: will one failure page me? | [low traffic](quiet) |
//! | The objective was wrong, or we work on the database tonight | [changing and planning](changing) |
//! | What shall happen when it breaks at night? | [when things break](compensating) |
//! | What does a restart do to the budget? | [restarts] |
//! | Where do the numbers go? | [exports] |
//! | What does it cost me? | [cost] |
//! | How do I keep this from breaking? | [testing your objectives](testing) |
//!
//! Its code is run by the tests. It is compiled into the documentation only; the chapters are Markdown files beside this
//! one, a module each, so that each has an address of its own.
//!
//! Layer: beside all, for readers; no code imports it, and it imports none.

#[doc = include_str!("choose.md")]
pub mod choose {}

#[doc = include_str!("objective.md")]
pub mod objective {}

#[doc = include_str!("reading.md")]
pub mod reading {}

#[doc = include_str!("cancelled.md")]
pub mod cancelled {}

#[doc = include_str!("batch.md")]
pub mod batch {}

#[doc = include_str!("quiet.md")]
pub mod quiet {}

#[doc = include_str!("changing.md")]
pub mod changing {}

#[doc = include_str!("compensating.md")]
pub mod compensating {}

#[doc = include_str!("restarts.md")]
pub mod restarts {}

#[doc = include_str!("exports.md")]
pub mod exports {}

#[doc = include_str!("cost.md")]
pub mod cost {}

#[doc = include_str!("testing.md")]
pub mod testing {}
