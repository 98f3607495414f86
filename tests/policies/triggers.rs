//! Every trigger on its way through the loop: it engages, holds, and lets go.

use std::cell::Cell;
use std::time::Duration;

use reliability_core::compensate::{Policy, Trigger};
use reliability_core::testkit::Lab;
use reliability_core::{
    CompensationAction as Did, EventKind, Flag, Latency, Objective, Outcome, Phase, SetBy, Severity, Share, Sli, Window,
};

use super::{count, deeds, is_engaged, is_idle, policy, serve, sli, stage};

const SECOND: Duration = Duration::from_secs(1);

/// Seconds of 100 good calls each, of which every fifth takes so long.
fn answer(lab: &mut Lab, sli: &Sli, seconds: u32, slow: impl Fn() -> Duration) {
    for _ in 0..seconds * 10 {
        for call in 0..10 {
            sli.record(Outcome::Good, if call % 5 == 0 { slow() } else { Duration::from_millis(5) });
        }
        lab.advance_awake(Duration::from_millis(100), Duration::from_millis(100));
    }
}

#[test]
fn calls_that_are_slow_and_do_not_fail_engage_a_policy_and_it_lets_go_when_they_are_fast() {
    static FLAG: Flag = Flag::on("slow-flag");
    let _alone = stage();
    let search = sli("slow-search");
    let trigger = Trigger::slower_than("slow-search", Duration::from_millis(300), Share::of(0.05));
    let plan = Policy::named("slow").unwrap().on(trigger).step(&FLAG).act();
    let mut lab = Lab::judging([&search]).with_policies([plan]);
    lab.advance(SECOND);
    assert_eq!(policy(&lab, "slow").triggered, None, "without a call nobody knows");
    answer(&mut lab, &search, 20, || Duration::from_millis(290));
    assert_eq!(policy(&lab, "slow").triggered, Some(false));
    let broken = Cell::new(true);
    let slow = || Duration::from_millis(if FLAG.enabled() && broken.get() { 900 } else { 5 });
    answer(&mut lab, &search, 3, slow);
    assert!(!FLAG.enabled() && FLAG.set_by() == SetBy::Policy, "{:?}", deeds(&lab));
    answer(&mut lab, &search, 20, slow);
    assert!(matches!(policy(&lab, "slow").phase, Phase::Engaged { .. }), "{:?}", policy(&lab, "slow"));
    assert_eq!((count(&lab, Did::Verified), count(&lab, Did::NotVerified)), (1, 0));
    broken.set(false);
    answer(&mut lab, &search, 200, slow);
    assert!(FLAG.enabled() && is_idle(&lab, "slow"), "{:?}", deeds(&lab));
    assert_eq!((count(&lab, Did::Engaged), count(&lab, Did::Released)), (1, 1));
}

#[test]
fn refusals_that_are_quick_do_not_hide_that_what_is_served_is_slow() {
    static FLAG: Flag = Flag::on("quick-flag");
    let _alone = stage();
    let (objective, latency) = (Objective::parse("99.9%").unwrap(), Latency::parse("99% < 300ms").unwrap());
    let search = Sli::named("quick-search").unwrap().declare(|spec| spec.objective(objective).latency(latency));
    let trigger = Trigger::slower_than("quick-search", Duration::from_millis(300), Share::of(0.15));
    let plan = Policy::named("quick").unwrap().on(trigger).step(&FLAG).act();
    let mut lab = Lab::judging([&search]).with_policies([plan]);
    for _ in 0..10 {
        // a hundred are served, each fifth of them slowly; nine hundred are refused, at once or after a while at the door
        for call in 0..1_000_u64 {
            let (outcome, millis) = match call {
                0..20 => (Outcome::Good, 900),
                20..100 => (Outcome::Good, 5),
                100..900 => (Outcome::Shed, 0),
                _ => (Outcome::Shed, 60_000),
            };
            search.record(outcome, Duration::from_millis(millis));
        }
        lab.advance(SECOND);
    }
    assert!(!FLAG.enabled(), "a fifth of what is served is slow");
    let report = lab.report();
    let latency = &report.sli("quick-search").unwrap().latency;
    assert_eq!(latency.count, 1_000, "what was refused has no latency");
    assert!(latency.p50.unwrap() >= Duration::from_millis(4) && latency.p999.unwrap() < SECOND, "{latency:?}");
    lab.stop();
}

#[test]
fn a_pair_of_windows_that_burns_engages_a_policy_and_holds_it_until_its_short_window_is_clean() {
    static FLAG: Flag = Flag::on("burn-flag");
    let _alone = stage();
    let checkout = sli("burn-checkout");
    let trigger = Trigger::burn("burn-checkout-availability", Severity::Page);
    let plan = Policy::named("burn").unwrap().on(trigger).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    let seconds = |lab: &mut Lab, seconds: u32| {
        for _ in 0..seconds {
            checkout.record_many(Outcome::Good, 100);
            lab.advance(SECOND);
        }
    };
    seconds(&mut lab, 600);
    assert_eq!((policy(&lab, "burn").triggered, FLAG.enabled()), (Some(false), true));
    checkout.record_many(Outcome::Bad, 40);
    seconds(&mut lab, 1);
    assert!(FLAG.enabled(), "the fast detector sees forty failures at once, the pair does not");
    assert!(lab.report().slo("burn-checkout-availability").unwrap().detected_since.is_some());
    checkout.record_many(Outcome::Bad, 3_000);
    seconds(&mut lab, 1);
    assert!(!FLAG.enabled() && lab.report().slo("burn-checkout-availability").unwrap().is_firing(Severity::Page));
    // it helped, and the pair of six hours and thirty minutes burns on
    seconds(&mut lab, 20 * 60);
    assert_eq!((count(&lab, Did::Verified), count(&lab, Did::Probed)), (1, 0), "{:?}", deeds(&lab));
    assert_eq!((policy(&lab, "burn").triggered, FLAG.enabled()), (Some(true), false));
    seconds(&mut lab, 14 * 60);
    assert!(FLAG.enabled() && is_idle(&lab, "burn"), "{:?}", deeds(&lab));
    assert_eq!((count(&lab, Did::Engaged), count(&lab, Did::Released)), (1, 1));
}

#[test]
fn a_budget_that_runs_low_engages_a_policy_once_it_is_known_and_until_old_failures_have_left_it() {
    static FLAG: Flag = Flag::on("low-flag");
    let _alone = stage();
    let day = Window::rolling_days(1).unwrap();
    let export =
        Sli::named("low-export").unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()).window(day));
    let trigger = Trigger::budget_below("low-export-availability", 0.25);
    let week = Duration::from_secs(7 * 86_400);
    let plan = Policy::named("low").unwrap().on(trigger).step(&FLAG).longest(week);
    let plan = plan.verify("low-export", Duration::from_secs(600)).act();
    let mut lab = Lab::judging([&export]).with_policies([plan]);
    // a thousand calls a minute, nine of them bad: 90 % of the budget is spent from the first minute on
    let minutes = |lab: &mut Lab, minutes: u32, bad: u64| {
        for _ in 0..minutes {
            export.record_many(Outcome::Bad, bad);
            export.record_many(Outcome::Good, 1_000 - bad);
            lab.advance_by(Duration::from_secs(60), Duration::from_secs(10));
        }
    };
    minutes(&mut lab, 21 * 60, 9);
    let left = |lab: &Lab| lab.report().slo("low-export-availability").unwrap().budget_remaining;
    assert!(left(&lab) < 0.25);
    assert_eq!((policy(&lab, "low").triggered, FLAG.enabled()), (None, true), "seven eighths of a day are no day");
    minutes(&mut lab, 60, 9);
    assert!(!FLAG.enabled(), "{} left, {:?}", left(&lab), policy(&lab, "low"));
    minutes(&mut lab, 3 * 60, 0);
    assert!(is_engaged(&lab, "low") && left(&lab) < 0.25, "{} left, {:?}", left(&lab), deeds(&lab));
    minutes(&mut lab, 20 * 60, 0);
    assert!(left(&lab) > 0.9);
    assert!(FLAG.enabled() && is_idle(&lab, "low"), "{:?}", deeds(&lab));
    assert_eq!((count(&lab, Did::Engaged), count(&lab, Did::Exhausted)), (1, 0), "{:?}", deeds(&lab));
}

#[test]
fn a_policy_for_the_hand_never_engages_by_itself_and_does_what_the_hand_says() {
    static FLAG: Flag = Flag::on("by-hand-flag");
    let _alone = stage();
    let checkout = sli("by-hand-checkout");
    let plan = Policy::named("by-hand").unwrap().on(Trigger::by_hand()).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    serve(&mut lab, &checkout, 120, || 100);
    assert_eq!((policy(&lab, "by-hand").triggered, deeds(&lab).len(), FLAG.enabled()), (Some(false), 0, true));
    lab.handle().engage("by-hand", Some("kim")).unwrap();
    lab.glance();
    assert!(!FLAG.enabled() && FLAG.set_by() == SetBy::Policy);
    serve(&mut lab, &checkout, 300, || 0);
    assert!(!FLAG.enabled(), "peace alone does not end what a person began");
    lab.handle().release("by-hand", Some("kim")).unwrap();
    lab.glance();
    assert!(FLAG.enabled() && FLAG.set_by() == SetBy::Declared);
    let reasons: Vec<_> = lab
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Compensation { action: Did::Overridden, reason, .. } => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, ["engaged by hand (by kim)", "released by hand (by kim)"]);
}
