//! From trouble to help and back.

use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::testkit::Lab;
use reliability_core::{CompensationAction as Did, EventKind, Flag, Ladder, Outcome, Phase, SetBy, Severity, Share};

use super::{count, deeds, is_engaged, is_idle, policy, serve, sli, stage};

#[test]
fn a_flag_that_breaks_a_service_is_off_within_a_quarter_second_and_comes_back_when_it_is_well() {
    static FLAG: Flag = Flag::on("course-flag");
    let _alone = stage();
    let checkout = sli("course-checkout");
    let plan = Policy::named("course").unwrap().on(Trigger::detected("course-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    serve(&mut lab, &checkout, 20, || 0);
    // the feature fails every call that goes through it
    let mut waited = 0;
    while FLAG.enabled() {
        checkout.record(Outcome::Bad, Duration::from_millis(5));
        lab.advance_awake(Duration::from_millis(10), Duration::from_millis(10));
        waited += 10;
        assert!(waited <= 250, "not engaged after {waited} ms at 100 failures a second");
    }
    assert_eq!(FLAG.set_by(), SetBy::Policy);
    assert!(lab.events().iter().any(|event| matches!(&event.kind, EventKind::Detected { detected: true, .. })));
    serve(&mut lab, &checkout, 10, || 0);
    assert!(matches!(policy(&lab, "course").phase, Phase::Engaged { .. }), "{:?}", policy(&lab, "course"));
    // the feature is repaired: it is given back in three shares, and only then whole
    serve(&mut lab, &checkout, 120, || 0);
    let probed: Vec<f64> = lab
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Compensation { action: Did::Probed, strength, .. } => Some(*strength),
            _ => None,
        })
        .collect();
    assert_eq!(probed, [0.01, 0.1, 1.0]);
    assert!(FLAG.enabled() && FLAG.set_by() == SetBy::Declared);
    let order: Vec<_> = deeds(&lab).into_iter().map(|(did, _)| did).collect();
    assert_eq!(order, [Did::Engaged, Did::Verified, Did::Probed, Did::Probed, Did::Probed, Did::Released]);
    serve(&mut lab, &checkout, 61, || 0);
    assert!(is_idle(&lab, "course"));
}

#[test]
fn a_feature_that_is_still_broken_fails_its_probe_and_stays_off_for_longer() {
    static FLAG: Flag = Flag::on("probe-flag");
    let _alone = stage();
    let checkout = sli("probe-checkout");
    let plan = Policy::named("probe").unwrap().on(Trigger::detected("probe-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    // every call through the flag fails, as many as it lets through
    let broken = || (FLAG.share().as_f64() * 100.0).round() as u64;
    serve(&mut lab, &checkout, 10, || 0);
    serve(&mut lab, &checkout, 300, broken);
    assert!(count(&lab, Did::ProbeFailed) >= 2, "{:?}", deeds(&lab));
    assert_eq!((count(&lab, Did::Engaged), count(&lab, Did::Released)), (1, 0), "it does not flap");
    // each hold is twice the one before: in five minutes there is no room for more than four
    assert!(count(&lab, Did::ProbeFailed) <= 4, "{:?}", deeds(&lab));
    assert!(FLAG.share().as_f64() < 0.2);
}

#[test]
fn a_step_that_does_not_help_is_followed_by_the_next_and_after_the_last_a_person_is_called() {
    static FLAG: Flag = Flag::on("ladder-flag");
    static HOME: Ladder = Ladder::new("ladder-home", &["full", "cached", "static"]);
    let _alone = stage();
    let home = sli("ladder-home-page");
    let plan = Policy::named("ladder")
        .unwrap()
        .on(Trigger::detected("ladder-home-page"))
        .step(&FLAG)
        .step(Step::rung(&HOME, "cached"))
        .step(Step::rung(&HOME, "static"))
        .verify("ladder-home-page", Duration::from_secs(2))
        .act();
    let mut lab = Lab::judging([&home]).with_policies([plan]);
    serve(&mut lab, &home, 10, || 0);
    let mut rungs = Vec::new();
    for _ in 0..120 {
        serve(&mut lab, &home, 1, || 50);
        rungs.push(HOME.rung());
    }
    // one rung at a time down, and all at once back
    rungs.dedup();
    assert_eq!(rungs, [0, 1, 2, 0], "{:?}", deeds(&lab));
    assert!(FLAG.enabled(), "what did not help is given back");
    assert!(matches!(policy(&lab, "ladder").phase, Phase::Exhausted));
    let page =
        lab.events().iter().find(|event| matches!(&event.kind, EventKind::Compensation { action: Did::Exhausted, .. }));
    assert_eq!(page.and_then(|event| event.kind.severity()), Some(Severity::Page));
    assert_eq!(count(&lab, Did::Exhausted), 1);
    assert_eq!(count(&lab, Did::Engaged), 1, "it does not begin anew while the trigger holds");
}

#[test]
fn a_step_that_helps_stays_and_the_dearer_ones_are_not_taken() {
    static HOME: Ladder = Ladder::new("cheap-home", &["full", "cached", "static"]);
    let _alone = stage();
    let home = sli("cheap-home-page");
    let plan = Policy::named("cheap")
        .unwrap()
        .on(Trigger::detected("cheap-home-page"))
        .step(Step::rung(&HOME, "cached"))
        .step(Step::rung(&HOME, "static"))
        .verify("cheap-home-page", Duration::from_secs(4))
        .act();
    let mut lab = Lab::judging([&home]).with_policies([plan]);
    serve(&mut lab, &home, 10, || 0);
    serve(&mut lab, &home, 20, || if HOME.rung() == 0 { 60 } else { 0 });
    assert_eq!(HOME.at(), "cached");
    assert_eq!((count(&lab, Did::Verified), count(&lab, Did::Escalated)), (1, 0));
}

#[test]
fn a_policy_in_shadow_mode_says_what_it_would_do_and_does_nothing() {
    static FLAG: Flag = Flag::on("shadow-flag");
    let _alone = stage();
    let checkout = sli("shadow-checkout");
    let plan = Policy::named("shadow").unwrap().on(Trigger::detected("shadow-checkout")).step(&FLAG).shadow();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    serve(&mut lab, &checkout, 30, || 50);
    assert!(FLAG.enabled() && FLAG.set_by() == SetBy::Declared);
    assert_eq!((count(&lab, Did::WouldEngage), count(&lab, Did::Engaged)), (1, 0));
    assert!(!is_engaged(&lab, "shadow"));
}

#[test]
fn a_policy_engages_no_more_often_than_it_may_and_says_so() {
    static FLAG: Flag = Flag::on("limit-flag");
    let _alone = stage();
    let checkout = sli("limit-checkout");
    let plan = Policy::named("limit")
        .unwrap()
        .on(Trigger::detected("limit-checkout"))
        .step(&FLAG)
        .hold(Duration::from_secs(1))
        .calm(Duration::from_secs(1))
        .probe_for(Duration::from_secs(1))
        .cool_down(Duration::from_secs(1))
        .at_most(2, Duration::from_secs(3_600))
        .act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    for _ in 0..5 {
        serve(&mut lab, &checkout, 2, || if FLAG.enabled() { 60 } else { 0 });
        serve(&mut lab, &checkout, 60, || 0);
    }
    assert_eq!(count(&lab, Did::Engaged), 2, "{:?}", deeds(&lab));
    assert!(count(&lab, Did::HeldBack) >= 1);
    assert!(FLAG.enabled());
    assert_eq!(policy(&lab, "limit").engagements, 2);
}

#[test]
fn a_trigger_at_the_edge_does_not_make_a_policy_flap() {
    static FLAG: Flag = Flag::on("flap-flag");
    let _alone = stage();
    let checkout = sli("flap-checkout");
    let trigger = Trigger::in_flight("flap-checkout", 5);
    let plan = Policy::named("flap").unwrap().on(trigger).step(Step::flag_to(&FLAG, Share::of(0.5))).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    for second in 0..300 {
        // in flight swings around the threshold, second by second
        let held: Vec<_> = (0..if second % 2 == 0 { 6 } else { 4 }).map(|_| checkout.begin()).collect();
        lab.advance(Duration::from_secs(1));
        for call in held {
            call.end(Outcome::Good);
        }
    }
    assert_eq!(count(&lab, Did::Engaged), 1, "{:?}", deeds(&lab));
    assert_eq!(count(&lab, Did::Released), 0);
    assert!(deeds(&lab).len() <= 3, "{:?}", deeds(&lab));
}

#[test]
fn what_is_left_of_a_budget_is_unknown_until_nine_tenths_of_the_period_were_observed() {
    static FLAG: Flag = Flag::on("budget-flag");
    let _alone = stage();
    let checkout = sli("budget-checkout");
    let trigger = Trigger::budget_below("budget-checkout-availability", 0.5);
    let plan = Policy::named("budget").unwrap().on(trigger).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    serve(&mut lab, &checkout, 10, || 50);
    assert!(lab.report().slo("budget-checkout-availability").unwrap().budget_remaining < 0.0);
    assert_eq!(policy(&lab, "budget").triggered, None);
    assert!(FLAG.enabled());
}
