//! `#[flag]`, `#[degrade]` and `#[shed]`: which function answers, with which arguments, and as what it is counted.
// a fallback has the signature of the function that it stands in for
#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps, clippy::unused_async, clippy::manual_async_fn)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reliability_core::testkit::{Peek, turn};
use reliability_core::{
    Arm, ArmCounts, Flag, Gate, Ladder, Outcome, Priority, SetBy, Share, Shed, ShedReason, degrade, flag, shed, sli,
};

use crate::common::{block_on, counts, poll_once, turn as wait_once};

#[derive(Debug, PartialEq)]
enum Fault {
    Refused(ShedReason),
    Broken,
}

impl From<Shed> for Fault {
    fn from(shed: Shed) -> Self {
        Self::Refused(shed.reason())
    }
}

const RUNGS: &[&str] = &["full", "cached", "static", "refuse"];

mod alone {
    use super::*;

    static SYNC: Flag = Flag::on("alone-sync");

    #[flag(SYNC, otherwise = old)]
    fn new(text: String, (a, mut b): (u32, u32)) -> String {
        b += 1;
        format!("new {text} {a} {b}")
    }

    fn old(text: String, (a, b): (u32, u32)) -> String {
        format!("old {text} {a} {b}")
    }

    #[test]
    fn a_flag_that_is_off_runs_the_other_function_with_the_same_arguments() {
        assert_eq!(new("x".into(), (1, 2)), "new x 1 3");
        turn(&SYNC, SetBy::Manual, Some(Share::NONE));
        assert_eq!(new("x".into(), (1, 2)), "old x 1 2");
    }

    static LADDER: Ladder = Ladder::new("alone-ladder", RUNGS).most_fallbacks(2);

    #[degrade(LADDER, from = "cached", fallback = cached)]
    #[degrade(LADDER, from = "static", fallback = fixed)]
    async fn home(visitor: String) -> Result<String, Fault> {
        wait_once().await;
        if visitor.is_empty() {
            return Err(Fault::Broken);
        }
        Ok(format!("full {visitor}"))
    }

    async fn cached(visitor: String) -> Result<String, Fault> {
        wait_once().await;
        Ok(format!("cached {visitor}"))
    }

    fn fixed(_: String) -> Result<String, Fault> {
        Ok("static".into())
    }

    #[test]
    fn a_ladder_chooses_the_worst_rung_that_is_reached_and_refuses_at_its_end() {
        let ask = |rung| {
            turn(&LADDER, SetBy::Policy, Some(rung));
            block_on(home("you".into()))
        };
        assert_eq!(ask("full"), Ok("full you".into()));
        assert_eq!(block_on(home(String::new())), Err(Fault::Broken));
        assert_eq!(ask("cached"), Ok("cached you".into()));
        assert_eq!(ask("static"), Ok("static".into()), "a fallback that is no future");
        assert_eq!(ask("refuse"), Err(Fault::Refused(ShedReason::Forced)));
        assert_eq!([1, 2, 3].map(|rung| LADDER.served(rung)), [1, 1, 0]);

        turn(&LADDER, SetBy::Policy, Some("cached"));
        let mut hanging: Vec<_> = (0..2).map(|_| Box::pin(home("slow".into()))).collect();
        let waker = std::task::Waker::noop();
        for future in &mut hanging {
            assert!(future.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
        }
        assert_eq!(block_on(home("you".into())), Err(Fault::Refused(ShedReason::Fallbacks)));
        drop(hanging);
        assert_eq!((block_on(home("you".into())), LADDER.running()), (Ok("cached you".into()), 0));
    }

    static GATE: Gate = Gate::new("alone-gate");

    #[shed(GATE, priority = "low", cost = 2, attempt = 1, level = 3, deadline = Some(Duration::from_secs(9)), otherwise = |shed| shed.to_string())]
    fn guarded(name: &str) -> String {
        assert_eq!(GATE.report().in_flight, 2);
        name.into()
    }

    #[shed(GATE, otherwise = "nothing")]
    async fn whole() -> &'static str {
        wait_once().await;
        "something"
    }

    #[shed(GATE, priority = Priority::High, key = id)]
    fn fallible(id: &str) -> Result<usize, Fault> {
        Ok(id.len())
    }

    #[test]
    fn a_gate_holds_a_place_while_the_function_runs_and_says_what_is_given_instead() {
        assert_eq!((guarded("in"), block_on(whole()), fallible("abc")), ("in".into(), "something", Ok(3)));
        poll_once(whole());
        assert_eq!(GATE.report().in_flight, 0);
        turn(&GATE, SetBy::Policy, Some(Share::ALL));
        let refused = "refused at alone-gate: a share of the traffic is refused on purpose";
        assert_eq!((guarded("in").as_str(), block_on(whole())), (refused, "nothing"));
        assert_eq!(fallible("abc"), Err(Fault::Refused(ShedReason::Forced)));
        turn(&GATE, SetBy::Policy, None);
        assert_eq!(fallible("abc"), Ok(3));
    }

    static KEYED: Flag = Flag::for_share("alone-keyed", Share::ratio(1, 2));
    struct Customer {
        id: String,
    }

    #[flag(KEYED, otherwise = without, key = id)]
    fn with(Customer { mut id }: Customer, _: u32) -> (bool, String) {
        id.push('!');
        (true, id)
    }

    fn without(customer: Customer, _: u32) -> (bool, String) {
        (false, customer.id + "!")
    }

    #[test]
    fn a_key_may_be_a_name_inside_a_pattern() {
        for i in 0..200 {
            let id = format!("customer-{i}");
            assert_eq!(with(Customer { id: id.clone() }, 1), (KEYED.enabled_for(&id), id + "!"));
        }
    }
}

mod methods {
    use super::*;

    static FLAG: Flag = Flag::on("methods-flag");
    static LADDER: Ladder = Ladder::new("methods-ladder", &["full", "cached"]);

    struct Shop {
        name: String,
    }

    impl Shop {
        #[flag(FLAG, otherwise = Self::old)]
        fn by_reference(&self, n: u32) -> String {
            format!("new {} {n}", self.name)
        }

        fn old(&self, n: u32) -> String {
            format!("old {} {n}", self.name)
        }

        #[flag(FLAG, otherwise = Self::old_mut)]
        fn by_mut(&mut self) {
            self.name.push('+');
        }

        fn old_mut(&mut self) {
            self.name.push('-');
        }

        #[degrade(LADDER, from = "cached", fallback = Self::cached)]
        async fn by_value(self, n: u32) -> Result<String, Shed> {
            wait_once().await;
            Ok(format!("full {} {n}", self.name))
        }

        async fn cached(self, n: u32) -> Result<String, Shed> {
            Ok(format!("cached {} {n}", self.name))
        }

        #[flag(FLAG, otherwise = Self::old_shared)]
        fn shared(self: Arc<Self>) -> impl Future<Output = String> + Send {
            async move { format!("new {}", self.name) }
        }

        async fn old_shared(self: Arc<Self>) -> String {
            format!("old {}", self.name)
        }
    }

    fn shop() -> Shop {
        Shop { name: "shop".into() }
    }

    #[async_trait]
    trait Store {
        async fn read(&self, key: String) -> Result<String, Shed>;
        async fn stale(&self, key: String) -> Result<String, Shed>;
    }

    static GATE: Gate = Gate::new("methods-gate");

    #[async_trait]
    impl Store for Shop {
        #[degrade(LADDER, from = "cached", fallback = Self::stale)]
        #[shed(GATE, priority = "critical", key = self.name)]
        #[sli(name = "store-read", objective = "99%")]
        async fn read(&self, key: String) -> Result<String, Shed> {
            wait_once().await;
            Ok(format!("fresh {key}"))
        }

        async fn stale(&self, key: String) -> Result<String, Shed> {
            wait_once().await;
            Ok(format!("stale {key}"))
        }
    }

    #[test]
    fn a_method_hands_itself_on() {
        let all = |expected: [&str; 5]| {
            let mut changed = shop();
            changed.by_mut();
            let got = [
                shop().by_reference(1),
                changed.name,
                block_on(shop().by_value(2)).unwrap(),
                block_on(Arc::new(shop()).shared()),
                block_on(shop().read("k".into())).unwrap(),
            ];
            assert_eq!(got, expected);
        };
        all(["new shop 1", "shop+", "full shop 2", "new shop", "fresh k"]);
        turn(&FLAG, SetBy::Provider, Some(Share::NONE));
        turn(&LADDER, SetBy::Policy, Some("cached"));
        all(["old shop 1", "shop-", "cached shop 2", "old shop", "stale k"]);
        turn(&GATE, SetBy::Policy, Some(Share::ALL));
        assert_eq!(block_on(shop().read("k".into())).unwrap_err().gate(), "methods-gate");
        assert_eq!(counts("store-read"), Peek { started: 3, good: 2, shed: 1, degraded: 1, ..Peek::default() });
    }
}

/// One body, with the four attributes in any order.
macro_rules! in_any_order {
    ($($module:ident: $sli:literal, [$($attribute:meta),*];)*) => {$(
        mod $module {
            use super::*;

            static FLAG: Flag = Flag::on(concat!($sli, "-flag"));
            static LADDER: Ladder = Ladder::new(concat!($sli, "-ladder"), RUNGS);
            static GATE: Gate = Gate::new(concat!($sli, "-gate"));

            $(#[$attribute])*
            fn answer(good: bool) -> Result<&'static str, Fault> {
                assert_eq!(GATE.report().in_flight, 1);
                if good { Ok("new") } else { Err(Fault::Broken) }
            }

            fn old(good: bool) -> Result<&'static str, Fault> {
                if good { Ok("old") } else { Err(Fault::Broken) }
            }

            fn cached(good: bool) -> Result<&'static str, Fault> {
                if good { Ok("cached") } else { Err(Fault::Broken) }
            }

            #[test]
            fn a_call_is_counted_once_and_as_what_it_was() {
                assert_eq!([answer(true), answer(false)], [Ok("new"), Err(Fault::Broken)]);
                turn(&LADDER, SetBy::Policy, Some("cached"));
                assert_eq!([answer(true), answer(false)], [Ok("cached"), Err(Fault::Broken)]);
                turn(&LADDER, SetBy::Policy, Some("refuse"));
                assert_eq!(answer(true), Err(Fault::Refused(ShedReason::Forced)));
                assert_eq!(FLAG.counts(Arm::On), ArmCounts { good: 2, bad: 2 });
                turn(&FLAG, SetBy::Policy, Some(Share::NONE));
                assert_eq!([answer(true), answer(false)], [Ok("old"), Err(Fault::Broken)], "the ladder is the new one's");
                assert_eq!(FLAG.counts(Arm::Off), ArmCounts { good: 1, bad: 1 });
                turn(&GATE, SetBy::Policy, Some(Share::ALL));
                assert_eq!(answer(true), Err(Fault::Refused(ShedReason::Forced)));
                let expected = Peek { started: 8, good: 3, bad: 3, shed: 2, degraded: 2, ..Peek::default() };
                assert_eq!(counts($sli), expected);
                assert_eq!((GATE.report().in_flight, LADDER.running(), LADDER.served(1)), (0, 0, 2));
            }
        }
    )*};
}

in_any_order! {
    sli_first: "sli-first", [sli(name = "sli-first"), shed(GATE), flag(FLAG, otherwise = old), degrade(LADDER, from = "cached", fallback = cached)];
    shed_first: "shed-first", [shed(GATE), sli(name = "shed-first"), degrade(LADDER, from = "cached", fallback = cached), flag(FLAG, otherwise = old)];
    flag_first: "flag-first", [flag(FLAG, otherwise = old), degrade(LADDER, from = "cached", fallback = cached), shed(GATE), sli(name = "flag-first")];
    degrade_first: "degrade-first", [degrade(LADDER, from = "cached", fallback = cached), shed(GATE), sli(name = "degrade-first"), flag(FLAG, otherwise = old)];
    others_between: "others-between", [sli(name = "others-between"), allow(dead_code), shed(GATE, priority = "high"), inline, flag(FLAG, otherwise = old), doc = "text", degrade(LADDER, from = "cached", fallback = cached)];
}

mod in_vain {
    use super::*;

    static FLAG: Flag = Flag::on("in-vain-flag");

    #[sli(name = "in-vain-call", cancelled_after = "1ms")]
    #[flag(FLAG, otherwise = old)]
    async fn hangs() {
        std::future::pending::<()>().await;
    }

    async fn old() {}

    static IGNORED: Flag = Flag::on("in-vain-ignored-flag");

    #[sli(name = "in-vain-ignored", latency = "99% < 1ms", cancelled = "ignored")]
    #[flag(IGNORED, otherwise = old)]
    async fn hangs_and_nobody_minds() {
        std::future::pending::<()>().await;
    }

    #[test]
    fn a_future_whose_sli_ignores_those_that_are_dropped_says_nothing_of_its_arm() {
        let mut hanging = Box::pin(hangs_and_nobody_minds());
        assert!(hanging.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending());
        std::thread::sleep(Duration::from_millis(5));
        drop(hanging);
        assert_eq!((IGNORED.in_flight(Arm::On), IGNORED.counts(Arm::On)), (0, ArmCounts::default()));
    }

    #[test]
    fn a_future_that_is_dropped_when_patience_is_over_is_bad_for_its_arm_and_one_that_hangs_is_in_flight() {
        let mut hanging: Vec<_> = (0..3).map(|_| Box::pin(hangs())).collect();
        for future in &mut hanging {
            assert!(future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending());
        }
        assert_eq!((FLAG.in_flight(Arm::On), FLAG.counts(Arm::On)), (3, ArmCounts::default()));
        std::thread::sleep(Duration::from_millis(5));
        drop(hanging);
        assert_eq!((FLAG.in_flight(Arm::On), FLAG.counts(Arm::On)), (0, ArmCounts { good: 0, bad: 3 }));
        turn(&FLAG, SetBy::Policy, Some(Share::NONE));
        block_on(hangs());
        assert_eq!((FLAG.in_flight(Arm::Off), FLAG.counts(Arm::Off)), (0, ArmCounts { good: 1, bad: 0 }));
    }
}

mod counted {
    use super::*;

    static FLAG: Flag = Flag::on("counted-flag");
    static LADDER: Ladder = Ladder::new("counted-ladder", &["full", "cached"]);
    static GATE: Gate = Gate::new("counted-gate");

    #[sli(name = "counted-value", latency = "99% < 1s", cancelled = "bad")]
    #[flag(FLAG, otherwise = old)]
    #[shed(GATE, otherwise = 7)]
    #[degrade(LADDER, from = "cached", fallback = cached, otherwise = 8)]
    async fn plain(panics: bool) -> u32 {
        wait_once().await;
        assert!(!panics, "as asked");
        1
    }

    async fn old(_: bool) -> u32 {
        2
    }

    fn cached(_: bool) -> u32 {
        3
    }

    #[test]
    fn a_refusal_is_shed_whatever_the_value_says_and_a_panic_and_a_drop_are_what_they_are() {
        assert_eq!(block_on(plain(false)), 1);
        poll_once(plain(false));
        assert!(std::panic::catch_unwind(|| block_on(plain(true))).is_err());
        assert_eq!(
            FLAG.counts(Arm::On),
            ArmCounts { good: 1, bad: 1 },
            "a drop in time says nothing about the feature"
        );
        assert_eq!(FLAG.in_flight(Arm::On), 0);
        turn(&GATE, SetBy::Policy, Some(Share::ALL));
        assert_eq!(block_on(plain(false)), 7);
        turn(&GATE, SetBy::Policy, None);
        turn(&LADDER, SetBy::Policy, Some("cached"));
        assert_eq!(block_on(plain(true)), 3);
        let expected = Peek { started: 5, good: 2, bad: 1, shed: 1, cancelled: 1, degraded: 1, ..Peek::default() };
        assert_eq!((counts("counted-value"), GATE.report().in_flight), (expected, 0));
    }

    static HOLD: Ladder = Ladder::new("counted-futures", &["full", "cached"]);
    static DOOR: Gate = Gate::new("counted-door");

    #[shed(DOOR)]
    #[sli(name = "counted-opaque")]
    #[degrade(HOLD, from = "cached", fallback = later)]
    fn opaque(text: &str) -> impl Future<Output = Result<usize, Shed>> + Send + 'static + use<> {
        let length = text.len();
        async move {
            wait_once().await;
            if length == 0 {
                return Ok(100);
            }
            Ok(length)
        }
    }

    fn later(text: &str) -> impl Future<Output = Result<usize, Shed>> + use<> {
        std::future::ready(Ok(text.len() + 10))
    }

    #[sli(name = "counted-boxed", timing = "off")]
    #[degrade(HOLD, from = "cached", fallback = later_boxed)]
    #[shed(DOOR, priority = "critical")]
    fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<usize, Shed>> + Send>> {
        let length = text.len();
        Box::pin(async move { Ok(length) })
    }

    fn later_boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<usize, Shed>> + Send>> {
        let length = text.len() + 10;
        Box::pin(std::future::ready(Ok(length)))
    }

    #[test]
    fn functions_that_return_futures_are_guarded_at_the_call() {
        let ask = || {
            (
                block_on(opaque("four")).map_err(|shed| shed.reason()),
                block_on(boxed("four")).map_err(|shed| shed.reason()),
            )
        };
        assert_eq!(ask(), (Ok(4), Ok(4)));
        assert_eq!(block_on(opaque("")), Ok(100));
        turn(&HOLD, SetBy::Policy, Some("cached"));
        assert_eq!(ask(), (Ok(14), Ok(14)));
        turn(&DOOR, SetBy::Policy, Some(Share::ALL));
        assert_eq!(ask(), (Err(ShedReason::Forced), Err(ShedReason::Forced)));
        assert_eq!(counts("counted-opaque"), Peek { started: 4, good: 3, shed: 1, degraded: 1, ..Peek::default() });
        assert_eq!(counts("counted-boxed"), Peek { started: 3, good: 2, shed: 1, degraded: 1, ..Peek::default() });
        assert_eq!((DOOR.report().in_flight, HOLD.running()), (0, 0));
    }

    #[sli(name = "counted-labelled", labels(tenant = name, max = 3), outcome = Outcome::of_any)]
    #[flag(FLAG, otherwise = old_generic, key = name)]
    fn generic<T: std::fmt::Display + Send>(Named { name }: Named<'_>, value: T) -> String {
        format!("{name} {value}")
    }

    struct Named<'a> {
        name: &'a str,
    }

    fn old_generic<T: std::fmt::Display>(named: Named<'_>, value: T) -> String {
        format!("{}: {value}", named.name)
    }

    #[test]
    fn generics_labels_and_patterns_go_together() {
        assert_eq!(generic(Named { name: "a" }, 1.5), "a 1.5");
        assert_eq!(counts("counted-labelled"), Peek { started: 1, good: 1, ..Peek::default() });
    }

    type Reply = Result<u32, Fault>;

    #[shed(DOOR, priority = "low")]
    fn alias() -> Reply {
        Ok(1)
    }

    #[test]
    fn a_result_behind_an_alias_can_say_that_it_was_refused() {
        // the gate may be shut by the other test of this gate at any time
        assert!(matches!(alias(), Ok(1) | Err(Fault::Refused(ShedReason::Forced))));
    }
}

#[test]
fn the_switches_that_attributes_name_are_known_from_the_start_and_checked() {
    let errors = reliability_core::check_switches().expect_err("the ladder of `wrong`").0;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].to_string(), "the ladder `wrong-ladder` has no rung `cachd`: it has full, cached");
}

mod wrong {
    use super::*;

    static LADDER: Ladder = Ladder::new("wrong-ladder", &["full", "cached"]);

    #[degrade(LADDER, from = "cachd", fallback = cached)]
    fn home() -> Result<u32, Shed> {
        Ok(1)
    }

    fn cached() -> Result<u32, Shed> {
        Ok(2)
    }

    #[test]
    fn a_rung_that_its_ladder_does_not_have_is_never_reached() {
        turn(&LADDER, SetBy::Policy, Some("cached"));
        assert_eq!(home(), Ok(1));
    }
}
