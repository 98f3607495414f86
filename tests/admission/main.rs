//! Gates, and what hangs on them: in real time where only counts matter, on a clock of their own where time does.
#![allow(clippy::disallowed_methods)] // futures are polled by hand, and threads are let run

mod calls_out;
mod comeback;
mod context;
mod cost;
mod cuts;
mod doors;
mod gates;
#[path = "../web/harness.rs"]
mod harness;
mod hostile;
mod nested;
mod threads;
