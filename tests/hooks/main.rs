//! Hooks do what their plan says: webhooks that a receiver on loopback verifies by itself, commands that misbehave.

mod commands;
mod plans;
mod receiver;
mod webhooks;
