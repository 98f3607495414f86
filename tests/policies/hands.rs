//! A person's hand, and what outlives a restart.

use std::time::Duration;

use reliability_core::compensate::{ControlError, Policy, Trigger, Verdict, verdict};
use reliability_core::testkit::{Lab, turn};
use reliability_core::{CompensationAction as Did, EventKind, Flag, Outcome, Phase, SetBy, Share};

use super::{count, is_engaged, policy, serve, sli, stage};

#[test]
fn the_kill_switch_takes_everything_back_at_once_and_lets_nothing_engage() {
    static FLAG: Flag = Flag::on("kill-flag");
    let _alone = stage();
    let checkout = sli("kill-checkout");
    let plan = Policy::named("kill").unwrap().on(Trigger::detected("kill-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(!FLAG.enabled());
    lab.handle().kill_switch(true, Some("kim"));
    assert!(FLAG.enabled(), "before the loop has looked");
    serve(&mut lab, &checkout, 5, || 50);
    assert!(FLAG.enabled() && lab.report().response.kill_switch);
    assert!(matches!(lab.handle().engage("kill", None), Err(ControlError::Killed)));
    let by_kim = |kind: &EventKind| matches!(kind, EventKind::KillSwitch { on: true, by: Some(by) } if by == "kim");
    assert!(lab.events().iter().any(|event| by_kim(&event.kind)));
    lab.handle().kill_switch(false, Some("kim"));
    serve(&mut lab, &checkout, 2, || 50);
    assert!(!FLAG.enabled());
    lab.stop();
}

#[test]
fn a_person_engages_releases_and_hands_back() {
    static FLAG: Flag = Flag::on("hand-flag");
    let _alone = stage();
    let checkout = sli("hand-checkout");
    let plan = Policy::named("hand").unwrap().on(Trigger::detected("hand-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    lab.advance(Duration::from_secs(1));
    lab.handle().engage("hand", Some("kim")).unwrap();
    lab.glance();
    assert!(!FLAG.enabled() && matches!(policy(&lab, "hand").phase, Phase::Overridden { engaged: true }));
    lab.advance(Duration::from_secs(600));
    assert!(!FLAG.enabled(), "it stays until a person says so");
    lab.handle().release("hand", Some("kim")).unwrap();
    serve(&mut lab, &checkout, 5, || 50);
    assert!(FLAG.enabled(), "released by hand, it stays released");
    lab.handle().automatic("hand", Some("kim")).unwrap();
    serve(&mut lab, &checkout, 2, || 50);
    assert!(!FLAG.enabled());
    assert!(count(&lab, Did::Overridden) >= 3);
    let unknown = lab.handle().engage("nobody", None).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no policy \"nobody\"; there are: hand");
    lab.stop();
}

#[test]
fn what_a_person_sets_wins_over_a_policy() {
    static FLAG: Flag = Flag::on("wins-flag");
    let _alone = stage();
    let checkout = sli("wins-checkout");
    let plan = Policy::named("wins").unwrap().on(Trigger::detected("wins-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    lab.handle().set_switch("wins-flag", Some("on"), Some("kim")).unwrap();
    assert!(FLAG.enabled() && FLAG.set_by() == SetBy::Manual);
    lab.advance(Duration::from_secs(1));
    let report = lab.report();
    let switch = report.response.switch("wins-flag").unwrap();
    assert_eq!((switch.value.as_str(), switch.by.as_deref()), ("100%", Some("kim")));
    assert!(lab.handle().set_switch("wins-flag", Some("maybe"), None).is_err());
    lab.handle().set_switch("wins-flag", None, Some("kim")).unwrap();
    assert!(!FLAG.enabled() && FLAG.set_by() == SetBy::Policy);
    lab.stop();
}

#[test]
fn limits_and_a_persons_word_outlive_a_restart() {
    static FLAG: Flag = Flag::on("memory-flag");
    let held = Flag::named("memory-held", true).unwrap();
    let _alone = stage();
    let path = std::env::temp_dir().join(format!("reliability-memory-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let checkout = sli("memory-checkout");
    let plan = || {
        Policy::named("memory")
            .unwrap()
            .on(Trigger::detected("memory-checkout"))
            .step(&FLAG)
            .at_most(1, Duration::from_secs(3_600))
            .act()
    };
    let running = Some(("1.4.2", Duration::from_secs(30)));
    let mut lab = Lab::judging([&checkout]).with_policies_and_memory([plan()], running, &path);
    serve(&mut lab, &checkout, 40, || 0);
    assert_eq!(lab.report().response.known_good.unwrap().version.as_deref(), Some("1.4.2"));
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(!FLAG.enabled());
    lab.handle().set_switch("memory-held", Some("off"), Some("kim")).unwrap();
    lab.advance(Duration::from_secs(2));
    lab.stop();
    drop(lab);
    as_a_new_process_finds(held);

    let fresh = sli("memory-checkout");
    let mut lab =
        Lab::judging([&fresh]).with_policies_and_memory([plan()], Some(("1.5.0", Duration::from_secs(30))), &path);
    assert!(!held.enabled() && held.set_by() == SetBy::Manual, "what a person has switched off stays off");
    fresh.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(2));
    assert!(FLAG.enabled(), "it has engaged as often as it may, before the restart");
    assert!(policy(&lab, "memory").reason.contains("as often as it may"), "{}", policy(&lab, "memory").reason);
    assert_eq!(lab.report().response.known_good.unwrap().version.as_deref(), Some("1.4.2"));
    lab.stop();
    drop(lab);

    std::fs::write(&path, "reliability-memory 1\nengaged memory 17").unwrap();
    let fresh = sli("memory-checkout");
    let mut lab = Lab::judging([&fresh]).with_policies_and_memory([plan()], None, &path);
    fresh.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(2));
    assert!(FLAG.enabled() && !is_engaged(&lab, "memory"));
    assert!(lab.events().iter().any(|event| matches!(event.kind, EventKind::Forgotten { .. })));
    let aside = path.with_file_name(format!("{}.damaged", path.file_name().unwrap().to_string_lossy()));
    assert!(aside.exists(), "the damaged file is kept");
    lab.stop();
    let _ = (std::fs::remove_file(path), std::fs::remove_file(aside));
    lab.handle().set_switch("memory-held", None, None).unwrap();
}

/// As a new process would find it.
fn as_a_new_process_finds(flag: &'static Flag) {
    let lab = Lab::judging([]).with_policies([]);
    lab.handle().set_switch(flag.name(), None, None).unwrap();
    assert!(flag.enabled());
}

#[test]
fn the_verdict_stops_while_a_policy_is_engaged_and_is_unknown_while_little_was_seen() {
    static FLAG: Flag = Flag::on("verdict-flag");
    let _alone = stage();
    let checkout = sli("verdict-checkout");
    let plan = Policy::named("verdict").unwrap().on(Trigger::detected("verdict-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&checkout]).with_policies([plan]);
    serve(&mut lab, &checkout, 10, || 0);
    let answer = verdict(&lab.report());
    assert_eq!((answer.verdict, answer.roll_back), (Verdict::Unknown, false));
    checkout.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    let answer = verdict(&lab.report());
    assert_eq!(answer.verdict, Verdict::Stop);
    assert!(answer.reasons.iter().any(|reason| reason.contains("policy verdict is engaged")), "{:?}", answer.reasons);
    lab.stop();
}

#[test]
fn who_has_stopped_all_policies_has_stopped_them_after_a_restart_too() {
    static FLAG: Flag = Flag::on("stopped-flag");
    let _alone = stage();
    let path = std::env::temp_dir().join(format!("reliability-stopped-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let plan = || Policy::named("stopped").unwrap().on(Trigger::detected("stopped-checkout")).step(&FLAG).act();
    let mut lab = Lab::judging([&sli("stopped-checkout")]).with_policies_and_memory([plan()], None, &path);
    lab.handle().kill_switch(true, Some("kim"));
    lab.advance(Duration::from_secs(2));
    lab.stop();
    drop(lab);
    for round in 0..2 {
        let checkout = sli("stopped-checkout");
        let mut lab = Lab::judging([&checkout]).with_policies_and_memory([plan()], None, &path);
        assert!(lab.report().response.kill_switch, "after restart {round}");
        serve(&mut lab, &checkout, 5, || 50);
        assert!(FLAG.enabled() && count(&lab, Did::Engaged) == 0, "after restart {round}");
        if round == 1 {
            lab.handle().kill_switch(false, Some("kim"));
            serve(&mut lab, &checkout, 5, || 50);
            assert!(!FLAG.enabled(), "allowed again");
        }
        lab.stop();
    }
    let _ = std::fs::remove_file(path);
}

#[test]
fn a_flag_that_a_person_has_killed_stays_killed_over_a_restart_whatever_its_provider_says() {
    static FLAG: Flag = Flag::on("killed-flag");
    let _alone = stage();
    let path = std::env::temp_dir().join(format!("reliability-killed-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut lab = Lab::judging([]).with_policies_and_memory([], None, &path);
    turn(&FLAG, SetBy::Provider, Some(Share::ALL));
    lab.handle().set_switch("killed-flag", Some("off"), Some("kim")).unwrap();
    lab.advance(Duration::from_secs(2));
    lab.stop();
    drop(lab);
    // a new process finds what is declared; its provider is not there yet, then says on, then is gone
    turn(&FLAG, SetBy::Manual, None);
    turn(&FLAG, SetBy::Provider, None);
    assert!(FLAG.enabled());
    let mut lab = Lab::judging([]).with_policies_and_memory([], None, &path);
    for says in [None, Some(Share::ALL), Some(Share::ratio(1, 2)), None] {
        turn(&FLAG, SetBy::Provider, says);
        lab.advance(Duration::from_secs(1));
        assert!(!FLAG.enabled() && FLAG.set_by() == SetBy::Manual, "the provider says {says:?}");
    }
    lab.handle().set_switch("killed-flag", None, Some("kim")).unwrap();
    lab.advance(Duration::from_secs(2));
    lab.stop();
    drop(lab);
    let lab = Lab::judging([]).with_policies_and_memory([], None, &path);
    assert!(FLAG.enabled(), "what was taken back is not remembered");
    drop(lab);
    let _ = std::fs::remove_file(path);
}
