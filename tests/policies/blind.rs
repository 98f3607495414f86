//! What failures do not show: calls that are slow, calls that hang, and calls that nobody makes any more.

use std::future::{Future, pending};
use std::task::{Context, Waker};
use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::testkit::Lab;
use reliability_core::{
    Arm, CompensationAction as Did, EventKind, Flag, Latency, Objective, Outcome, Phase, SetBy, Severity, Share, Sli,
    flag, sli as measured,
};

use super::{count, deeds, is_idle, policy, sli, stage};

/// With an objective of latency, 99 % within 100 ms, beside the one of availability.
fn timed(name: &str) -> Sli {
    let objective = |share| Objective::parse(share).unwrap();
    let latency = Latency::new(objective("99%"), Duration::from_millis(100)).unwrap();
    Sli::named(name).unwrap().declare(|spec| spec.objective(objective("99.9%")).latency(latency))
}

/// Seconds of 100 calls each, all of them good, so many of them slow.
fn serve_slowly(lab: &mut Lab, sli: &Sli, seconds: u32, slow_of_100: impl Fn() -> u64) {
    let mut due = 0;
    for _ in 0..seconds * 10 {
        for _ in 0..10 {
            due += slow_of_100();
            let slow = due >= 100;
            due -= if slow { 100 } else { 0 };
            sli.record(Outcome::Good, Duration::from_millis(if slow { 300 } else { 5 }));
        }
        lab.advance_awake(Duration::from_millis(100), Duration::from_millis(100));
    }
}

fn reasons(lab: &Lab, wanted: Did) -> Vec<String> {
    let reason = |kind: &EventKind| match kind {
        EventKind::Compensation { action, reason, .. } if *action == wanted => Some(reason.clone()),
        _ => None,
    };
    lab.events().iter().filter_map(|event| reason(&event.kind)).collect()
}

#[test]
fn a_step_against_slowness_is_verified_by_what_is_slow_and_not_by_what_fails() {
    static VAIN: Flag = Flag::on("slow-vain");
    static CAUSE: Flag = Flag::on("slow-cause");
    let _alone = stage();
    let search = timed("slow-search");
    let plan = Policy::named("slow")
        .unwrap()
        .on(Trigger::burn("slow-search-latency-100ms", Severity::Page))
        .step(&VAIN)
        .step(&CAUSE)
        .verify("slow-search", Duration::from_secs(2))
        .act();
    let mut lab = Lab::judging([&search]).with_policies([plan]);
    serve_slowly(&mut lab, &search, 10, || 0);
    // nothing ever fails; without the cause few are slow
    serve_slowly(&mut lab, &search, 10, || if CAUSE.enabled() { 60 } else { 2 });
    assert_eq!(policy(&lab, "slow").triggered, Some(true), "the pair still fires, so it is not its end that verifies");
    let order: Vec<_> = deeds(&lab).into_iter().map(|(did, _)| did).collect();
    assert_eq!(order, [Did::Engaged, Did::NotVerified, Did::Escalated, Did::Verified], "{:?}", lab.events());
    assert!(VAIN.enabled() && !CAUSE.enabled());
    let (vain, helped) = (&reasons(&lab, Did::NotVerified)[0], &reasons(&lab, Did::Verified)[0]);
    assert!(vain.contains("calls of slow-search failed or took longer than 100ms in the last 1.0 s"), "{vain}");
    assert!(helped.contains("calls of slow-search failed or took longer than 100ms in the last"), "{helped}");
    lab.stop();
}

#[test]
fn where_calls_fail_too_a_step_is_verified_by_what_is_hurt_more() {
    static FLAG: Flag = Flag::on("both-flag");
    let _alone = stage();
    let search = timed("both-search");
    let plan = Policy::named("both").unwrap().on(Trigger::detected("both-search")).step(&FLAG).act();
    let mut lab = Lab::judging([&search]).with_policies([plan]);
    serve_slowly(&mut lab, &search, 5, || 0);
    for _ in 0..100 {
        search.record_many(if FLAG.enabled() { Outcome::Bad } else { Outcome::Good }, 5);
        search.record(Outcome::Good, Duration::from_millis(5));
        lab.advance_awake(Duration::from_millis(100), Duration::from_millis(100));
    }
    let helped = &reasons(&lab, Did::Verified)[0];
    assert!(helped.contains("calls of both-search failed in the last"), "{helped}");
    lab.stop();
}

#[test]
fn a_dependency_that_nobody_calls_any_more_is_probed_and_stays_avoided_until_it_is_well() {
    static USES_BANK: Flag = Flag::on("bank-flag");
    let _alone = stage();
    let bank = sli("quiet-bank");
    let plan = Policy::named("avoid").unwrap().on(Trigger::dependency("quiet-bank")).step(&USES_BANK).act();
    let mut lab = Lab::judging([&bank]).with_policies([plan]);
    let call = |lab: &mut Lab, seconds: u32, outcome: Outcome| {
        for i in 0..seconds * 100 {
            if USES_BANK.enabled_for(i.to_le_bytes()) {
                bank.record(outcome, Duration::from_millis(5));
            }
            if i % 10 == 9 {
                lab.advance_awake(Duration::from_millis(100), Duration::from_millis(100));
            }
        }
    };
    call(&mut lab, 10, Outcome::Good);
    call(&mut lab, 300, Outcome::Bad);
    assert!(matches!(policy(&lab, "avoid").phase, Phase::Engaged { .. }), "{:?}", policy(&lab, "avoid"));
    assert!(count(&lab, Did::ProbeFailed) >= 2, "it is asked, and still down: {:?}", deeds(&lab));
    let failed = &reasons(&lab, Did::ProbeFailed)[0];
    assert!(failed.contains("calls of quiet-bank failed since") && !failed.contains("of 0 calls"), "{failed}");
    assert_eq!((count(&lab, Did::Released), count(&lab, Did::Verified)), (0, 0), "silence proves nothing");
    assert!(reasons(&lab, Did::NotVerified)[0].contains("nobody calls"), "{:?}", reasons(&lab, Did::NotVerified));
    // it is well again, and nobody would know
    call(&mut lab, 600, Outcome::Good);
    assert_eq!(count(&lab, Did::Released), 1, "{:?}", deeds(&lab));
    assert!(USES_BANK.set_by() == SetBy::Declared && is_idle(&lab, "avoid"));
    // and what is known of it is not forgotten for good
    call(&mut lab, 1, Outcome::Bad);
    assert_eq!(count(&lab, Did::Engaged), 2);
    lab.stop();
}

#[test]
fn a_dependency_whose_calls_hang_is_probed_too() {
    static USES_BANK: Flag = Flag::on("hung-bank-flag");
    let _alone = stage();
    let bank = sli("hung-bank");
    let plan = Policy::named("hung").unwrap().on(Trigger::dependency("hung-bank")).step(&USES_BANK).minimum(1).act();
    let mut lab = Lab::judging([&bank]).with_policies([plan]);
    bank.record_many(Outcome::Good, 20);
    lab.advance(Duration::from_secs(1));
    let mut hung = Vec::new();
    let mut call = |lab: &mut Lab, seconds: u32, hangs: bool| {
        for i in 0..seconds {
            for part in 0..10 {
                if USES_BANK.enabled_for((i * 10 + part).to_le_bytes()) {
                    let call = bank.begin();
                    if hangs { hung.push(call) } else { call.end(Outcome::Good) }
                }
            }
            lab.advance(Duration::from_secs(1));
        }
    };
    call(&mut lab, 400, true);
    assert!(!USES_BANK.enabled(), "{:?}", deeds(&lab));
    assert!(count(&lab, Did::Probed) >= 1 && count(&lab, Did::Released) == 0, "{:?}", deeds(&lab));
    call(&mut lab, 1_200, false);
    assert!(USES_BANK.enabled(), "{:?}", deeds(&lab));
    lab.stop();
}

static SLOW_ARM: Flag = Flag::for_share("hang-arm", Share::ratio(1, 2));

#[measured(name = "hang-calls", cancelled_after = "1s")]
#[flag(SLOW_ARM, otherwise = without)]
async fn with_feature() {
    pending::<()>().await;
}

#[allow(clippy::unused_async)] // it stands for one that does something
async fn without() {}

#[test]
fn a_feature_whose_calls_hang_is_not_taken_for_innocent() {
    let _alone = stage();
    let checkout = sli("hang-checkout");
    let plan =
        Policy::named("hang-arms").unwrap().on(Trigger::detected("hang-checkout")).step(Step::off(&SLOW_ARM)).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    // it went well for long, with the feature and without
    for _ in 0..50 {
        SLOW_ARM.observe(Arm::On, Outcome::Good);
        SLOW_ARM.observe(Arm::Off, Outcome::Good);
    }
    lab.advance(Duration::from_secs(1));
    let mut hanging = Vec::new();
    for _ in 0..100 {
        let mut call = Box::pin(with_feature());
        if call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            hanging.push(call);
        }
    }
    assert!(hanging.len() > 10 && SLOW_ARM.in_flight(Arm::On) == hanging.len() as u64);
    lab.advance(Duration::from_secs(3));
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert_eq!(deeds(&lab)[0].0, Did::Engaged, "no call with the feature failed, and none ended: {:?}", deeds(&lab));
    lab.stop();
}
