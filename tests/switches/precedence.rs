//! Which of several who turn a switch is in force.

use std::thread;

use reliability_core::testkit::turn;
use reliability_core::{Dimmer, Flag, Gate, Ladder, Priority, SetBy, Share, ShedReason};

#[test]
fn a_policy_overrides_a_provider_and_a_person_overrides_both() {
    static FLAG: Flag = Flag::on("precedence-flag");
    turn(&FLAG, SetBy::Provider, Some(Share::ratio(1, 2)));
    assert_eq!((FLAG.share(), FLAG.set_by()), (Share::ratio(1, 2), SetBy::Provider));
    turn(&FLAG, SetBy::Policy, Some(Share::NONE));
    turn(&FLAG, SetBy::Provider, Some(Share::ALL));
    assert_eq!((FLAG.enabled(), FLAG.set_by()), (false, SetBy::Policy), "a provider does not undo a policy");
    turn(&FLAG, SetBy::Manual, Some(Share::ALL));
    assert_eq!((FLAG.enabled(), FLAG.set_by()), (true, SetBy::Manual));
    turn(&FLAG, SetBy::Manual, None);
    turn(&FLAG, SetBy::Policy, None);
    assert_eq!((FLAG.share(), FLAG.set_by()), (Share::ALL, SetBy::Provider), "the provider's last word is remembered");
    turn(&FLAG, SetBy::Declared, Some(Share::NONE));
    assert!(FLAG.enabled(), "what is declared stands in the source");
}

#[test]
fn every_kind_of_switch_has_the_same_layers() {
    static LADDER: Ladder = Ladder::new("layers-ladder", &["full", "cached", "static"]);
    static DIMMER: Dimmer = Dimmer::new("layers-dimmer");
    static GATE: Gate = Gate::new("layers-gate");
    turn(&LADDER, SetBy::Policy, Some("static"));
    turn(&LADDER, SetBy::Manual, Some("cached"));
    assert_eq!((LADDER.at(), LADDER.rung(), LADDER.set_by()), ("cached", 1, SetBy::Manual));
    assert!(LADDER.is_at_least(1) && !LADDER.is_at_least(2));
    turn(&DIMMER, SetBy::Policy, Some(Share::NONE));
    assert_eq!((DIMMER.serve(), DIMMER.theta(), DIMMER.set_by()), (false, Share::NONE, SetBy::Policy));
    turn(&GATE, SetBy::Policy, Some(Share::ALL));
    assert_eq!(GATE.admit(Priority::Critical).unwrap_err().reason(), ShedReason::Forced);
    turn(&GATE, SetBy::Manual, Some(Share::NONE));
    assert!(GATE.admit(Priority::Low).is_ok());
}

#[test]
fn a_flag_named_at_run_time_is_one_flag_for_one_name() {
    let flag = Flag::named("run-time", false).unwrap();
    assert!(std::ptr::eq(flag, Flag::named("run-time", true).unwrap()) && !flag.enabled());
    turn(flag, SetBy::Provider, Some(Share::ALL));
    assert!(flag.enabled_for("anybody"));
    assert!(Flag::named("Not A Name", true).is_err());
}

#[test]
fn readers_on_other_threads_see_a_turn() {
    static FLAG: Flag = Flag::off("seen");
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    while !FLAG.enabled() {
                        thread::yield_now();
                    }
                })
            })
            .collect();
        turn(&FLAG, SetBy::Manual, Some(Share::ALL));
        for reader in readers {
            reader.join().unwrap();
        }
    });
}
