//! Burn-rate pairs: their factors, when they fire, and what they do without data.

mod factors;
mod reference;
mod time_to_fire;
