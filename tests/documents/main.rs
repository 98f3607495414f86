//! Documents: what is read and what is refused, what a service makes of them, and how they are followed.

#![allow(clippy::needless_for_each, clippy::similar_names)] // words of findings are alike

mod command;
mod export;
mod golden;
mod hostile;
mod lint;
mod older;
mod policies;
mod round_trip;
mod start;

#[path = "../tools/mod.rs"]
#[allow(dead_code)] // it runs no tool of others
mod tools;
