//! The simulation against queueing theory, the gate in it against its bounds, and the traps of load shedding, each a test.
//!
//! Reduced: short runs, one to three seeds, bounds a little below what `cargo bench --bench overload` measures.

#[path = "../../benches/overload/peers.rs"]
mod peers;

mod reached;
mod small;
mod theory;
mod traps;

use std::time::Duration;

use reliability_core::Gate;
use reliability_core::testkit::simulation::{Guarded, Load, Record, Service, Setting, Simulation};

fn s(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn ours() -> Guarded {
    Guarded::by(Gate::new("simulated"))
}

fn play(setting: Setting, mut service: impl Service) -> Record {
    Simulation::new(setting).run(&mut service, 1)
}

/// Half of the capacity for two seconds, then `load` for six, then half for two.
fn step(load: f64) -> Load {
    Load::steady(0.5).step(s(2.0), load).step(s(8.0), 0.5)
}

fn both() -> [Setting; 2] {
    [Setting::queue().length(s(10.0)), Setting::shared().length(s(10.0))]
}
