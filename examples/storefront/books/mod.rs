//! Two books about the same visits, compared with each other and with what the library counted.
//!
//! The clients know what they saw, the ledger knows what became of each request on the server, the library knows only
//! how many. So the comparison goes in two steps. First, request by request: each visit is matched with its line in the
//! ledger, and what does not fit is a difference. Then, page by page: the fates of all matched requests, classified by
//! what the shop promises about them, must add up to the library's counts exactly.
//!
//! Pairs that have ended are matched once a second and struck off, so that a run of days needs no more memory than a
//! run of a minute. A visitor who hung up and whom the server never heard of stays to the end: it could still arrive.
//!
//! What is not compared to the event: whether a dropped call was old enough to count as bad. Ledger and library read
//! the clock at different instants, so calls within 50 ms of the patience may fall on either side.

pub(crate) mod clients;
pub(crate) mod compensation;
pub(crate) mod customers;
pub(crate) mod detection;
pub(crate) mod ledger;
pub(crate) mod matching;
pub(crate) mod summary;
pub(crate) mod tally;
