//! Switches: who may turn them, and that nobody's turn outlives its lease.

mod lease;
mod precedence;
