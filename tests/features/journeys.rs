//! Journeys: one verdict each, whatever they went through.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use reliability_core::journey::{carry, carry_fn, fail};
use reliability_core::testkit::Lab;
use reliability_core::{
    EventKind, Feature, FeatureReport, FeatureSpec, Journey, Missing, Outcome, PartSpec, Reading, Severity, sli,
};

use crate::world::objective;
use Outcome::{Bad, Good, Ignored};

#[sli(name = "journey-cart", objective = "99%")]
fn cart(works: bool) -> Result<(), ()> {
    works.then_some(()).ok_or(())
}

#[sli(name = "journey-pay", objective = "99%", latency = "99% < 100ms")]
async fn pay(works: bool) -> Result<(), ()> {
    tokio::task::yield_now().await;
    works.then_some(()).ok_or(())
}

#[sli(name = "journey-hints", objective = "90%")]
fn hints(works: bool) -> Result<(), ()> {
    works.then_some(()).ok_or(())
}

fn part(slo: &str, missing: Missing) -> PartSpec {
    PartSpec::slo(slo).missing(missing, Duration::ZERO)
}

/// A lab with a feature that needs cart and pay, and shows hints.
fn lab(feature: &Feature) -> Lab {
    let mut lab = Lab::new();
    let spec = FeatureSpec::new(feature.name(), Reading::Journey)
        .objective(objective("90%"))
        .part(part("journey-cart-availability", Missing::Ignored))
        .part(part("journey-pay-availability", Missing::Ignored))
        .part(part("journey-hints-availability", Missing::Ignored).optional());
    lab.set_features(vec![spec]).expect("it is sound");
    lab
}

fn after(lab: &mut Lab, feature: &Feature) -> FeatureReport {
    lab.advance(Duration::from_secs(5));
    lab.report().feature(feature.name()).cloned().expect("it is judged")
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// In order: whether cart, pay and hints work.
async fn buy(works: [bool; 3]) {
    let _ = cart(works[0]);
    let _ = pay(works[1]).await;
    let _ = hints(works[2]);
}

#[test]
fn a_journey_is_good_only_if_every_required_part_was() {
    static FEATURE: Feature = Feature::new("journeys-required");
    let mut lab = lab(&FEATURE);
    for works in
        [[true, true, true], [true, true, false], [false, true, true], [true, false, true], [false, false, true]]
    {
        run(Journey::begin(&FEATURE).scope(buy(works)));
    }
    let report = after(&mut lab, &FEATURE);
    assert_eq!(report.journeys, Some((2, 3)));
    let failed: Vec<_> = report.parts.iter().map(|part| part.failed_journeys).collect();
    // an optional part is blamed for nothing
    assert_eq!(failed, [Some((2, 1)), Some((2, 1)), Some((0, 0))]);
    // 3 of 5 failed where one in ten may: six budgets, of which each part alone took two
    assert!((report.budget_remaining.expect("a budget") + 5.0).abs() < 1e-9);
    let gives: Vec<_> = report.fixes.iter().map(|fix| (fix.part.as_str(), fix.gives_back.round())).collect();
    assert_eq!(gives, [("journey-cart-availability", 2.0), ("journey-pay-availability", 2.0)]);
    assert_eq!(report.slo.as_deref(), Some("journeys-required-journey-availability"));
}

#[test]
fn a_part_that_was_never_reached_counts_as_declared() {
    let with = |name: &str, missing| {
        let feature = Feature::named(name).expect("a name");
        let mut lab = Lab::new();
        let spec = FeatureSpec::new(name, Reading::Journey)
            .part(part("journey-cart-availability", missing))
            .part(part("journey-pay-availability", missing));
        lab.set_features(vec![spec]).expect("it is sound");
        let mut only_the_cart = Journey::begin(&feature);
        let _ = only_the_cart.enter(|| cart(true));
        let mut cart_failed = Journey::begin(&feature);
        let _ = cart_failed.enter(|| cart(false));
        (only_the_cart.end(), cart_failed.end(), Journey::begin(&feature).end())
    };
    assert_eq!(with("journeys-unreached-ignored", Missing::Ignored), (Good, Bad, Ignored));
    assert_eq!(with("journeys-unreached-good", Missing::Good), (Good, Bad, Good));
    assert_eq!(with("journeys-unreached-bad", Missing::Bad), (Bad, Bad, Bad));
    // an earlier failure is known whatever came after it
    assert_eq!(with("journeys-unreached-unknown", Missing::Unknown), (Ignored, Bad, Ignored));
}

#[test]
fn a_part_that_failed_once_and_was_tried_again_has_failed() {
    static FEATURE: Feature = Feature::new("journeys-retried");
    let _lab = lab(&FEATURE);
    let mut journey = Journey::begin(&FEATURE);
    journey.enter(|| {
        let _ = cart(false);
        let _ = cart(true);
    });
    assert_eq!(journey.end(), Outcome::Bad);
}

#[test]
fn a_latency_objective_is_a_part_by_its_threshold() {
    static FEATURE: Feature = Feature::new("journeys-latency");
    let mut lab = Lab::new();
    let spec = FeatureSpec::new(FEATURE.name(), Reading::Journey).part(PartSpec::slo("journey-pay-latency-100ms"));
    lab.set_features(vec![spec]).expect("it is sound");
    let fast = run(async {
        let mut journey = Journey::begin(&FEATURE);
        let mut paying = std::pin::pin!(pay(true));
        std::future::poll_fn(|context| journey.enter(|| paying.as_mut().poll(context))).await.expect("it works");
        journey.end()
    });
    let slow = run(async {
        let mut journey = Journey::begin(&FEATURE);
        let mut paying = std::pin::pin!(pay(true));
        let polled =
            journey.enter(|| paying.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())));
        assert!(polled.is_pending());
        std::thread::sleep(Duration::from_millis(120));
        std::future::poll_fn(|context| journey.enter(|| paying.as_mut().poll(context))).await.expect("it works");
        journey.end()
    });
    assert_eq!((fast, slow), (Outcome::Good, Outcome::Bad));
}

#[test]
fn a_journey_goes_on_in_other_tasks_and_threads() {
    static FEATURE: Feature = Feature::new("journeys-tasks");
    let mut lab = lab(&FEATURE);
    let door = lab.door();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for works in [true, false] {
        let door = door.clone();
        runtime.block_on(Journey::begin(&FEATURE).scope(async move {
            let _ = cart(true);
            let spawned = tokio::spawn(carry(async move {
                // and from there once more, on a thread
                let inner = carry_fn(move || {
                    let _entered = door.enter();
                    run(pay(works))
                });
                std::thread::spawn(inner).join().expect("it does not panic")
            }));
            let _ = spawned.await.expect("it does not panic");
        }));
    }
    assert_eq!(after(&mut lab, &FEATURE).journeys, Some((1, 1)));
}

#[test]
fn work_that_was_spawned_without_being_carried_is_not_in_the_verdict() {
    static FEATURE: Feature = Feature::new("journeys-lost");
    let lab = lab(&FEATURE);
    let door = lab.door();
    let mut journey = Journey::begin(&FEATURE);
    journey.enter(|| {
        let _ = cart(true);
        let there = move || {
            let _entered = door.enter();
            run(pay(false))
        };
        let _ = std::thread::spawn(there).join().expect("it does not panic");
    });
    assert_eq!(journey.end(), Outcome::Good);
}

#[test]
fn two_journeys_around_each_other_both_see_what_is_called() {
    static OUTER: Feature = Feature::new("journeys-outer");
    static INNER: Feature = Feature::new("journeys-inner");
    let mut lab = Lab::new();
    let spec = |feature: &Feature, slo: &str| {
        FeatureSpec::new(feature.name(), Reading::Journey).part(part(slo, Missing::Ignored))
    };
    let specs = vec![spec(&OUTER, "journey-cart-availability"), spec(&INNER, "journey-hints-availability")];
    lab.set_features(specs).expect("they are sound");
    let mut outer = Journey::begin(&OUTER);
    let inner = outer.enter(|| {
        let mut inner = Journey::begin(&INNER);
        inner.enter(|| {
            let _ = cart(false);
            let _ = hints(true);
        });
        inner.end()
    });
    assert_eq!((outer.end(), inner), (Outcome::Bad, Outcome::Good));
}

/// So many journeys, each around the next.
fn nested(feature: &Feature, depth: usize, verdicts: &mut Vec<Outcome>) {
    let mut journey = Journey::begin(feature);
    journey.enter(|| {
        if depth > 1 {
            nested(feature, depth - 1, verdicts);
        } else {
            let _ = cart(true);
        }
    });
    verdicts.push(journey.end());
}

#[test]
fn a_fifth_journey_around_four_others_has_no_verdict() {
    static FEATURE: Feature = Feature::new("journeys-five");
    let _lab = lab(&FEATURE);
    let mut verdicts = Vec::new();
    nested(&FEATURE, 5, &mut verdicts);
    assert_eq!(verdicts, [Ignored, Good, Good, Good, Good]); // the innermost is told first
}

#[test]
fn a_dropped_journey_is_bad_if_a_part_had_failed_and_else_as_a_dropped_call() {
    static FEATURE: Feature = Feature::new("journeys-dropped");
    let mut lab = lab(&FEATURE);
    let mut failed = Journey::begin(&FEATURE);
    let _ = failed.enter(|| cart(false));
    drop(failed);
    let mut left = Journey::begin(&FEATURE);
    let _ = left.enter(|| cart(true));
    drop(left); // within the patience of a second
    let report = after(&mut lab, &FEATURE);
    assert_eq!(report.journeys, Some((0, 1)));
    let counts = lab.report().sli("journeys-dropped-journey").expect("it is counted").counts;
    assert_eq!((counts.started, counts.cancelled_ignored), (2, 1));
}

#[test]
fn a_panic_is_a_failed_journey_wherever_it_is_caught() {
    static FEATURE: Feature = Feature::new("journeys-panics");
    let mut lab = lab(&FEATURE);
    let mut caught = Journey::begin(&FEATURE);
    let panicked = catch_unwind(AssertUnwindSafe(|| caught.enter(|| panic!("a journey ends here"))));
    assert!(panicked.is_err());
    drop(caught); // as a runtime does, long after the panic
    let scope = catch_unwind(AssertUnwindSafe(|| run(Journey::begin(&FEATURE).scope(async { panic!("and here") }))));
    assert!(scope.is_err());
    assert_eq!(after(&mut lab, &FEATURE).journeys, Some((0, 2)));
    // the thread is on no journey any more
    let mut next = Journey::begin(&FEATURE);
    let _ = next.enter(|| cart(true));
    assert_eq!(next.end(), Outcome::Good);
}

#[test]
fn a_journey_that_only_lacks_what_was_refused_is_shed() {
    static FEATURE: Feature = Feature::new("journeys-shed");
    let refuses = reliability_core::Sli::named("journey-refuses").expect("a name");
    let refuses = refuses.declare(|spec| spec.objective(objective("99%")));
    let mut lab = Lab::judging([&refuses]);
    let spec = FeatureSpec::new(FEATURE.name(), Reading::Journey).part(PartSpec::slo("journey-refuses-availability"));
    lab.set_features(vec![spec]).expect("it is sound");
    let mut journey = Journey::begin(&FEATURE);
    journey.enter(|| refuses.begin().end(Outcome::Shed));
    assert_eq!(journey.end(), Outcome::Shed);
    lab.advance(Duration::from_secs(5));
    let report = lab.report();
    assert_eq!(report.feature(FEATURE.name()).and_then(|feature| feature.journeys), Some((0, 1))); // people see it as bad
    assert_eq!(report.sli("journeys-shed-journey").map(|sli| sli.counts.shed), Some(1));
}

#[test]
fn journeys_page_and_spend_their_budget_like_any_indicator() {
    static FEATURE: Feature = Feature::new("journeys-page");
    let mut lab = lab(&FEATURE);
    let mut spent = Vec::new();
    for _ in 0..900 {
        for _ in 0..2 {
            let mut journey = Journey::begin(&FEATURE);
            journey.enter(fail);
            journey.end();
        }
        spent.extend(lab.advance(Duration::from_secs(1)).into_iter().filter(
            |event| matches!(&event.kind, EventKind::Feature { feature, spent: true, .. } if feature == FEATURE.name()),
        ));
    }
    assert_eq!(spent.len(), 1);
    assert!(spent[0].kind.to_string().contains("feature journeys-page (read by journey) is spent"));
    let report = lab.report();
    let slo = report.slo("journeys-page-journey-availability").expect("it is judged");
    // a factor of 14.4 is never reached at 90 %, that of six is
    assert!(slo.is_firing(Severity::Page), "{:?}", slo.alerts);
    let feature = report.feature(FEATURE.name()).expect("it is judged");
    assert_eq!(
        feature.reason(),
        "1800 of 1800 journeys failed in the last 30 days; the budget is spent 10 times over."
    );
}
