//! A journey over two services, by the headers that go there and come back.

use reliability_core::journey::{Baggage, JOURNEY_HEADER, Joined, Verdicts, carry_fn};
use reliability_core::testkit::Lab;
use reliability_core::{Feature, FeatureSpec, Journey, Outcome, PartSpec, Reading, sli};

#[sli(name = "front-shop", objective = "99%")]
fn front() -> Result<(), ()> {
    Ok(())
}

#[sli(name = "back-stock", objective = "99%")]
fn back(works: bool) -> Result<(), ()> {
    works.then_some(()).ok_or(())
}

/// What the other service does with a request that bears this header; gives the header of its answer.
fn other_service(baggage: &str, works: bool, spawns: bool) -> String {
    let mut joined = Joined::of(&Baggage::parse(baggage).expect("it is baggage"));
    joined.enter(|| {
        if spawns {
            let _ = carry_fn(|| back(works))();
        } else {
            let _ = back(works);
        }
    });
    joined.end().to_string()
}

#[test]
fn what_happened_in_another_service_is_in_the_verdict() {
    static FEATURE: Feature = Feature::new("two-services");
    let mut lab = Lab::new();
    let spec = FeatureSpec::new(FEATURE.name(), Reading::Journey)
        .part(PartSpec::slo("front-shop-availability"))
        .part(PartSpec::slo("back-stock-availability"));
    lab.set_features(vec![spec]).expect("it is sound");
    let call = |works, spawns| {
        let mut journey = Journey::begin(&FEATURE);
        journey.enter(|| {
            let _ = front();
            let there = format!("session=17, {}", Baggage::current());
            // it runs on this thread, and so would note with this journey as well: leave it for the call
            let answer = std::thread::scope(|scope| {
                scope.spawn(|| other_service(&there, works, spawns)).join().expect("it does not panic")
            });
            Verdicts::note(&answer);
        });
        journey.end()
    };
    assert_eq!(call(true, false), Outcome::Good);
    assert_eq!(call(false, false), Outcome::Bad);
    assert_eq!(call(true, true), Outcome::Good);
    assert_eq!(call(false, true), Outcome::Bad);
    assert_eq!(JOURNEY_HEADER, "reliability-journey");
}

#[test]
fn a_service_that_knows_nothing_of_a_feature_tells_nothing() {
    assert_eq!(other_service("reliability-journey=nobody-declared-this", false, false), "");
    assert_eq!(other_service("unrelated=x", false, false), "");
}

#[test]
fn without_an_answer_the_part_was_not_reached() {
    static FEATURE: Feature = Feature::new("lost-answer");
    let mut lab = Lab::new();
    let spec = FeatureSpec::new(FEATURE.name(), Reading::Journey)
        .part(PartSpec::slo("front-shop-availability"))
        .part(PartSpec::slo("back-stock-availability"));
    lab.set_features(vec![spec]).expect("it is sound");
    let mut journey = Journey::begin(&FEATURE);
    let _ = journey.enter(front);
    assert_eq!(journey.end(), Outcome::Ignored);
}
