//! What the gate reaches on both servers, with its one set of constants.

use reliability_core::testkit::simulation::{Fault, Load};

use crate::{both, ours, play, s, step};

#[test]
fn at_ten_times_the_load_the_server_is_busy_with_what_matters_most() {
    for (setting, (goodput, first)) in both().into_iter().zip([(0.955, 0.92), (0.93, 0.89)]) {
        let record = play(setting.load(step(10.0)), ours());
        let within = || s(3.0)..s(8.0);
        assert!(record.goodput(within()) >= goodput, "{}", record.goodput(within()));
        assert!(record.goodput(s(2.0)..s(3.0)) >= first, "{}", record.goodput(s(2.0)..s(3.0)));
        assert!(record.class_success("critical", within()) >= 0.995, "\n{record}");
        assert!(record.class_success("high", within()) >= 0.26, "\n{record}");
        assert!(record.class_success("low", within()) < 0.02, "\n{record}");
    }
}

#[test]
fn retried_work_is_refused_first_and_costs_little() {
    for (setting, goodput) in both().into_iter().zip([0.91, 0.89]) {
        let record = play(setting.load(step(10.0)).attempts(3, s(0.05)), ours());
        assert!(record.goodput(s(3.0)..s(8.0)) >= goodput, "{}", record.goodput(s(3.0)..s(8.0)));
        assert!(record.class_success("critical", s(3.0)..s(8.0)) >= 0.999, "\n{record}");
    }
}

#[test]
fn at_half_the_load_nobody_is_refused_and_at_four_fifths_hardly_anybody() {
    for (setting, most) in both().into_iter().zip([0.000_3, 0.003]) {
        let half = play(setting.clone().load(Load::steady(0.5)), ours());
        assert_eq!(half.counts(s(0.0)..s(10.0)).refused, 0);
        let busy = play(setting.load(Load::steady(0.5).step(s(2.0), 0.8)).length(s(20.0)), ours());
        assert!(busy.refused(s(2.0)..s(20.0)) <= most, "{}", busy.refused(s(2.0)..s(20.0)));
    }
}

#[test]
fn a_dependency_three_times_as_slow_lowers_the_limit_and_critical_requests_hardly_notice() {
    for (setting, (goodput, critical)) in both().into_iter().zip([(0.88, 0.93), (0.83, 0.90)]) {
        let slow = Fault::between(s(5.0), s(25.0)).slows(3.0);
        let record = play(setting.load(Load::steady(0.8)).fault(slow).length(s(30.0)), ours());
        let within = || s(6.0)..s(25.0);
        assert!(3.0 * record.goodput(within()) >= goodput, "{}", 3.0 * record.goodput(within()));
        assert!(record.class_success("critical", within()) >= critical, "\n{record}");
    }
}
