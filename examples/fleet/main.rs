//! Five replicas behind a balancer, a real Prometheus and a real Alertmanager, three faults: who decided what, and when.
//!
//! `cargo run --release -p reliability-examples --example fleet`
//!
//! The replicas are processes of this program. One of them fails at every checkout; then all of them fail at a third of the searches; then
//! one is killed. Three levels look at it: each process by its own calls, the fleet by the generated rules (`Reliability::export`) in
//! a Prometheus that scrapes all of them, and Alertmanager, which tells a person. What each decided is printed as it comes, and at
//! the end that each fault raised exactly one group of alerts. If it did not, the exit code is 1.
//!
//! `--picture FILE` draws it. `--minute 60` takes the rules as they are generated; by default a minute of theirs lasts three seconds
//! (`rules.rs`), so that a fault's whole life fits into half a minute. Exit code 2: it did not run, as where the two programs are
//! missing, which `bash tests/tools/install target/tools prometheus alertmanager` brings.

#![allow(clippy::assigning_clones, clippy::format_push_string, clippy::similar_names)] // texts are put together line by line

mod balancer;
mod book;
mod children;
mod engines;
mod picture;
mod replica;
mod rules;
mod story;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// It did not run.
const DID_NOT_RUN: u8 = 2;

/// A fleet, three faults, and who decided what.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// How many seconds a minute of the rules lasts: 60 is as they are generated.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(2..=60))]
    pub(crate) minute: u64,
    /// Requests a second, over all replicas.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(10..=1_000))]
    pub(crate) rps: u64,
    /// Draws what happened as SVG into this file.
    #[arg(long)]
    pub(crate) picture: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Clone, Debug, Subcommand)]
enum Role {
    /// One of the replicas; started by the program itself, ends when its input does.
    #[command(hide = true)]
    Replica(replica::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.role {
        Some(Role::Replica(arguments)) => replica::serve(arguments).await.map(|()| true),
        None => {
            // whatever ends it, the children end with it: they are owned by the story
            tokio::select! {
                told = story::tell(&options) => told,
                () = interrupted() => Err("interrupted".into()),
            }
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("fleet: {why}");
            ExitCode::from(DID_NOT_RUN)
        }
    }
}

/// Somebody wants it to end.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}
