//! Gates, and what hangs on them: in real time where only counts matter, on a clock of their own where time does.
#![allow(clippy::disallowed_methods)] // futures are polled by hand, and threads are let run

mod context;
mod cost;
mod gates;
mod hostile;
mod threads;
