//! Servers of one to eight, with deadlines that are long beside the work: nothing is refused that could be served.

use std::time::Duration;

use reliability_core::testkit::simulation::{Load, Server, Setting, Shape};

use crate::{ours, play, s};

const CONTENTION: f64 = 0.1;

/// The least share that a fixed limit refuses on a shared server: the birth-death chain of that many processors, at its best
/// limit. A server that slows down while more is inside cannot serve everybody, even below its capacity.
fn least_refused(load: f64, processors: u32) -> f64 {
    let c = f64::from(processors);
    let (mut term, mut sum, mut least) = (1.0, 1.0, 1.0_f64);
    for inside in (1..=200).map(f64::from) {
        let rate = inside.min(c) / c / (1.0 + CONTENTION * (inside - c).max(0.0) / c);
        term *= load / rate;
        sum += term;
        least = least.min(term / sum);
    }
    least
}

fn shared(processors: u32) -> Server {
    Server::Shared { processors, contention: CONTENTION }
}

/// The share that is refused from a third of the run on, a mean over short and long work and deadlines.
fn refused(server: Server, load: &Load, length: Duration) -> f64 {
    let (works, deadlines) = ([0.01, 0.05], [1.0, 5.0, 30.0]);
    let mut sum = 0.0;
    for work in works {
        for deadline in deadlines {
            let setting = Setting::queue().server(server).service(s(work), Shape::Exponential);
            let setting = setting.deadline(s(deadline)).load(load.clone()).length(length);
            sum += play(setting, ours()).refused(length / 3..length);
        }
    }
    sum / 6.0
}

#[test]
fn the_chain_says_what_is_known_of_the_best_fixed_limits() {
    for (processors, known) in [(1, 0.168_25), (2, 0.091_56), (4, 0.039_47), (8, 0.010_33), (16, 0.000_87)] {
        let least = least_refused(0.8, processors);
        assert!((least - known).abs() < 0.000_02, "{processors}: {least}");
    }
}

#[test]
fn few_processors_that_share_refuse_hardly_more_than_the_best_fixed_limit_would() {
    for processors in [1, 2, 4, 8] {
        let refused = refused(shared(processors), &Load::steady(0.8), s(60.0));
        let least = least_refused(0.8, processors);
        assert!(refused < 1.4 * least + 0.025, "{processors}: {refused}, the best fixed limit {least}");
    }
}

#[test]
fn few_workers_with_a_queue_refuse_next_to_nobody() {
    for workers in [1, 2, 4, 8] {
        let refused = refused(Server::Queue { workers }, &Load::steady(0.8), s(60.0));
        assert!(refused < 0.03, "{workers}: {refused}");
    }
}

#[test]
fn when_an_overload_is_over_a_small_server_refuses_no_more_than_it_must() {
    let load = Load::steady(0.5).step(s(10.0), 10.0).step(s(20.0), 0.5);
    for size in [1, 2, 4, 8] {
        for (server, least) in [(shared(size), least_refused(0.5, size)), (Server::Queue { workers: size }, 0.0)] {
            let setting = Setting::queue().server(server).service(s(0.01), Shape::Exponential);
            let record = play(setting.deadline(s(5.0)).load(load.clone()).length(s(60.0)), ours());
            let refused = record.refused(s(21.0)..s(60.0));
            assert!(refused < 1.5 * least + 0.01, "{server:?}: {refused}, the best fixed limit {least}");
        }
    }
}
