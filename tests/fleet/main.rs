//! A process and its fleet: bad answers, a real Prometheus, what policies do by its verdict, and replicas read over the wire.

mod answers;
mod engine;
mod server;
mod wire;

#[path = "../tools/mod.rs"]
mod tools;
