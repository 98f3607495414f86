//! `#[sli]`, `slis!`, `#[flag]`, `#[degrade]`, `#[shed]` and `#[derive(Outcome)]`: what they accept does what it says, and what they refuse says why.

mod arguments;
mod asynchronous;
mod common;
mod derive;
mod guards;
mod names;
mod synchronous;
mod texts;
mod ui;
