//! Acting must not do harm: the traps, and the loop that hangs or dies.

use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::testkit::{self, Lab};
use reliability_core::{
    Arm, CompensationAction as Did, EventKind, Flag, Gate, Outcome, Phase, Reliability, SetBy, Severity, Share,
};

use super::{count, deeds, is_engaged, policy, serve, sli, stage};

#[test]
fn refusals_never_lead_to_more_refusals() {
    static DOOR: Gate = Gate::new("own-door");
    let _alone = stage();
    let search = sli("own-search");
    let trigger = Trigger::detected("own-search")
        .or(Trigger::burn("own-search-availability", Severity::Page))
        .or(Trigger::burn("own-search-availability", Severity::Ticket));
    let plan = Policy::named("own").unwrap().on(trigger).step(Step::refuse(&DOOR, Share::of(0.5))).act();
    let mut lab = Lab::judging([&search]).with_policies([plan]);
    for _ in 0..3_600 {
        search.record_many(Outcome::Good, 5);
        search.record_many(Outcome::Shed, 5);
        lab.advance(Duration::from_secs(1));
    }
    let report = lab.report();
    let slo = report.slo("own-search-availability").unwrap();
    assert!(slo.is_firing(Severity::Page), "people are told that half is refused");
    assert!(slo.detected_since.is_none());
    assert_eq!(policy(&lab, "own").triggered.unwrap_or(false), false);
    assert_eq!(count(&lab, Did::Engaged), 0, "{:?}", deeds(&lab));
    // failures of what is served still count, beside the refusals
    search.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(is_engaged(&lab, "own"));
    lab.stop();
}

#[test]
fn a_flag_whose_arms_fail_alike_is_left_alone_and_the_next_step_is_taken() {
    static SUSPECT: Flag = Flag::for_share("arms-suspect", Share::ratio(1, 2));
    static CULPRIT: Flag = Flag::for_share("arms-culprit", Share::ratio(1, 2));
    let _alone = stage();
    let checkout = sli("arms-checkout");
    let plan =
        Policy::named("arms").unwrap().on(Trigger::detected("arms-checkout")).step(&SUSPECT).step(&CULPRIT).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    serve(&mut lab, &checkout, 5, || 0);
    let mut bad = false;
    for call in 0..400 {
        // half of the calls go through the culprit and fail; the suspect is spread evenly over both
        let (culprit, suspect) = (call % 2 == 0, call % 4 < 2);
        let outcome = if culprit { Outcome::Bad } else { Outcome::Good };
        CULPRIT.observe(if culprit { Arm::On } else { Arm::Off }, outcome);
        SUSPECT.observe(if suspect { Arm::On } else { Arm::Off }, outcome);
        bad |= culprit;
    }
    assert!(bad);
    lab.advance(Duration::from_millis(10));
    for _ in 0..20 {
        checkout.record(Outcome::Bad, Duration::from_millis(5));
    }
    lab.advance(Duration::from_secs(1));
    assert_eq!(deeds(&lab)[0], (Did::Skipped, "arms-suspect".to_owned()));
    assert_eq!(deeds(&lab)[1], (Did::Engaged, "arms-culprit".to_owned()));
    assert_eq!(SUSPECT.set_by(), SetBy::Declared);
    assert!(!CULPRIT.enabled());
    lab.stop();
}

#[test]
fn too_few_calls_are_nothing_to_act_on() {
    static FLAG: Flag = Flag::on("few-flag");
    let _alone = stage();
    let nightly = sli("few-nightly");
    let plan = Policy::named("few").unwrap().on(Trigger::detected("few-nightly")).step(&FLAG).minimum(50).act();
    let mut lab = Lab::judging([&nightly]).with_policies([plan]);
    nightly.record_many(Outcome::Bad, 12);
    lab.advance(Duration::from_secs(1));
    assert_eq!(policy(&lab, "few").triggered, Some(true));
    assert!(FLAG.enabled());
    assert!(policy(&lab, "few").reason.contains("too few calls"));
}

#[test]
fn a_condition_is_looked_at_in_the_moment_of_acting() {
    static FLAG: Flag = Flag::on("while-flag");
    let _alone = stage();
    let (checkout, bank) = (sli("while-checkout"), sli("while-bank"));
    let plan = Policy::named("while")
        .unwrap()
        .on(Trigger::detected("while-checkout"))
        .step(&FLAG)
        .only_while(Trigger::dependency("while-bank"))
        .act();
    let mut lab = Lab::judging([&checkout, &bank]).with_policies([plan]);
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(FLAG.enabled() && policy(&lab, "while").triggered == Some(true));
    bank.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(!FLAG.enabled());
    lab.stop();
}

#[test]
fn no_more_policies_than_may_are_engaged_at_once() {
    static FLAGS: [Flag; 4] = [Flag::on("crowd-a"), Flag::on("crowd-b"), Flag::on("crowd-c"), Flag::on("crowd-d")];
    let _alone = stage();
    let checkout = sli("crowd-checkout");
    let plans = ["a", "b", "c", "d"]
        .iter()
        .zip(&FLAGS)
        .map(|(name, flag)| Policy::named(name).unwrap().on(Trigger::detected("crowd-checkout")).step(flag).act());
    let mut lab = Lab::judging([&checkout]).with_policies(plans);
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert_eq!(FLAGS.iter().filter(|flag| !flag.enabled()).count(), 3);
    lab.stop();
    assert!(FLAGS.iter().all(Flag::enabled));
}

#[test]
fn nothing_stays_engaged_for_longer_than_it_may() {
    static FLAG: Flag = Flag::on("longest-flag");
    let _alone = stage();
    let checkout = sli("longest-checkout");
    let plan = Policy::named("longest")
        .unwrap()
        .on(Trigger::in_flight("longest-checkout", 0))
        .step(&FLAG)
        .longest(Duration::from_secs(60))
        .act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    let call = checkout.begin();
    for _ in 0..90 {
        lab.advance(Duration::from_secs(1));
    }
    assert!(FLAG.enabled());
    assert!(matches!(policy(&lab, "longest").phase, Phase::Exhausted));
    drop(call);
}

#[test]
fn a_request_takes_back_what_a_hung_loop_has_engaged_and_the_loop_engages_anew_when_it_is_back() {
    static FLAG: Flag = Flag::on("lapse-flag");
    let _alone = stage();
    let checkout = sli("lapse-checkout");
    let plan = Policy::named("lapse").unwrap().on(Trigger::detected("lapse-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(!FLAG.enabled());
    testkit::lapse();
    assert!(!FLAG.enabled(), "reading a flag reads no clock");
    checkout.begin().end(Outcome::Good);
    assert!(FLAG.enabled(), "the first request past the lease reverts it");
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(lab.events().iter().any(|event| matches!(event.kind, EventKind::Lapsed { .. })));
    lab.advance(Duration::from_secs(1));
    assert!(!FLAG.enabled(), "{:?}", deeds(&lab));
    lab.stop();
    assert!(FLAG.enabled() && lab.report().response.lease_lapses >= 1);
}

#[test]
fn a_loop_that_hangs_or_dies_leaves_nothing_engaged() {
    static HUNG: Flag = Flag::on("hang-flag");
    static DEAD: Flag = Flag::on("dead-flag");
    let _alone = stage();
    for (flag, name, dies) in [(&HUNG, "hang", false), (&DEAD, "dead", true)] {
        let sli = sli(&format!("{name}-checkout"));
        let trigger = Trigger::detected(format!("{name}-checkout"));
        let running = Reliability::builder()
            .only(format!("{name}-checkout"))
            .sli(&sli)
            .policy(Policy::named(name).unwrap().on(trigger).step(flag).act())
            .start()
            .unwrap();
        wait_until(|| {
            sli.begin().end(Outcome::Bad);
            !flag.enabled()
        });
        let meanwhile = || {
            wait_until(|| {
                sli.begin().end(Outcome::Good);
                flag.enabled()
            });
        };
        if dies {
            testkit::break_loop(&running.handle());
            meanwhile();
        } else {
            testkit::hang_loop(&running.handle(), meanwhile);
        }
        assert_eq!(flag.set_by(), SetBy::Declared);
        drop(running);
    }
}

#[test]
fn a_service_that_stops_takes_everything_back() {
    static FLAG: Flag = Flag::on("stop-flag");
    let _alone = stage();
    let sli = sli("stop-checkout");
    let running = Reliability::builder()
        .only("stop-checkout")
        .sli(&sli)
        .policy(Policy::named("stop").unwrap().on(Trigger::detected("stop-checkout")).step(&FLAG).act())
        .start()
        .unwrap();
    wait_until(|| {
        sli.begin().end(Outcome::Bad);
        !FLAG.enabled()
    });
    let report = running.stop();
    assert!(FLAG.enabled());
    let last = report.events.iter().rev().find(|event| matches!(event.kind, EventKind::Compensation { .. }));
    assert!(last.is_some_and(|event| event.kind.to_string().contains("the service stops")), "{last:?}");
}

/// Real time, with room: the lease is three seconds.
fn wait_until(mut holds: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come to that in thirty seconds");
}
