//! What a formula says, the simulation plays.

use reliability_core::testkit::simulation::{Fixed, Load, Open, Setting, Shape};

use crate::{both, ours, play, s, step};

/// The share that finds all places taken in M/M/c/K.
fn blocked(load: f64, servers: u32, places: u32) -> f64 {
    let offered = load * f64::from(servers);
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..=places {
        term *= offered / f64::from(n.min(servers));
        sum += term;
    }
    term / sum
}

#[test]
fn a_fixed_limit_on_the_queue_blocks_as_the_formula_of_m_m_16_32_says() {
    for (load, known) in [(0.8, 0.001_73), (0.9, 0.012_16), (1.0, 0.046_07), (1.5, 0.333_4)] {
        let formula = blocked(load, 16, 32);
        assert!((formula - known).abs() < 0.01 * known, "the formula at {load}: {formula}");
        let setting = Setting::queue().load(Load::steady(load)).refusal(s(0.0)).length(s(200.0));
        let refused = play(setting, Fixed::new(32)).refused(s(5.0)..s(200.0));
        assert!((refused - formula).abs() < 0.1 * formula + 0.000_5, "{load}: {refused}, the formula says {formula}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for setting in both() {
        let setting = setting.load(step(10.0)).attempts(3, s(0.05)).length(s(5.0));
        assert_eq!(play(setting.clone(), ours()).to_string(), play(setting, ours()).to_string());
    }
}

#[test]
fn below_capacity_a_shared_server_answers_in_the_time_that_the_work_takes() {
    let setting = Setting::shared().load(Load::steady(0.2)).service(s(0.01), Shape::Constant).deadline(s(0.010_001));
    assert!(play(setting.length(s(10.0)), Open).success(s(0.0)..s(9.0)) > 0.999);
}
