//! Graphs of features: what is shared counts once, circles and too much are refused.

use std::time::Duration;

use reliability_core::slo::composite::{MAX_COMPONENTS, MAX_DEPTH, Portion, Spent};
use reliability_core::{FeatureSpec, Missing, PartSpec, Reading, Window};

use crate::world::{World, feature, objective};

fn refused(world: &mut World, specs: Vec<FeatureSpec>) -> String {
    world.compose(specs).expect_err("it is refused").to_string()
}

fn over(name: &str, reading: Reading, features: &[&str]) -> FeatureSpec {
    features.iter().fold(FeatureSpec::new(name, reading), |spec, part| spec.part(PartSpec::feature(*part)))
}

#[test]
fn a_part_that_two_features_share_counts_once() {
    let mut world = World::of(&[("auth", 90, 10), ("cart", 99, 1), ("profile", 98, 2)]);
    let specs = vec![
        over("purchase", Reading::Series, &["checkout", "account"]),
        feature("checkout", Reading::Series, &["auth", "cart"]),
        feature("account", Reading::Series, &["auth", "profile"]),
    ];
    let set = world.compose(specs).expect("it is sound");
    let found = set.features[0].figures(&world);
    let share = found.share.map(Portion::as_f64).expect("it is known");
    assert!((share - 0.9 * 0.99 * 0.98).abs() < 1e-12, "{share}");
    assert_eq!((set.features[0].components(), set.features[0].depth()), (5, 2));
    assert_eq!(found.parts.len(), 3); // taken apart
}

#[test]
fn a_part_that_is_shared_between_alternatives_counts_once_too() {
    // (a or b) and (a or c): 1 − P(not) by hand is a + (1 − a) b c
    let mut world = World::of(&[("a", 9, 1), ("b", 8, 2), ("c", 7, 3)]);
    let specs = vec![
        over("both", Reading::Series, &["left", "right"]),
        feature("left", Reading::Parallel, &["a", "b"]),
        feature("right", Reading::Parallel, &["a", "c"]),
    ];
    let set = world.compose(specs).expect("it is sound");
    let found = set.features[0].figures(&world);
    let share = found.share.map(Portion::as_f64).expect("it is known");
    assert!((share - (0.9 + 0.1 * 0.8 * 0.7)).abs() < 1e-12, "{share}");
    let (low, high) = found.bounds.expect("bounds");
    assert!(low.as_f64() <= share && share <= high.as_f64());
}

#[test]
fn burns_of_a_shared_part_count_once_by_the_larger_weight() {
    let mut world = World::of(&[("auth", 99, 1), ("cart", 99, 1)]); // each has spent its whole budget
    let mut inner = FeatureSpec::new("inner", Reading::WeightedBurns);
    inner = inner.part(PartSpec::slo("auth").weight(3));
    let outer = FeatureSpec::new("outer", Reading::WeightedBurns)
        .part(PartSpec::feature("inner"))
        .part(PartSpec::slo("auth"))
        .part(PartSpec::slo("cart"));
    let set = world.compose(vec![inner, outer]).expect("it is sound");
    let spent = set.features[1].spent(&world).map(Spent::as_f64).expect("it is known");
    assert!((spent - 4.0).abs() < 1e-9, "{spent}");
}

#[test]
fn of_two_words_on_missing_data_the_stricter_stays() {
    let mut world = World::of(&[("auth", 0, 0), ("cart", 99, 1)]);
    let with = |missing| PartSpec::slo("auth").missing(missing, Duration::ZERO);
    let inner = FeatureSpec::new("inner", Reading::Series).part(with(Missing::Bad));
    let outer = FeatureSpec::new("outer", Reading::Series)
        .part(with(Missing::Ignored))
        .part(PartSpec::slo("cart"))
        .part(PartSpec::feature("inner"));
    let set = world.compose(vec![outer, inner]).expect("it is sound");
    assert_eq!(set.features[0].figures(&world).share, Some(Portion::ZERO));
}

#[test]
fn circles_are_refused_whatever_leads_to_them() {
    let mut world = World::of(&[("a", 1, 0)]);
    let own = over("own", Reading::Series, &["own"]);
    assert_eq!(refused(&mut world, vec![own]), "feature own is a part of itself");
    let ring: Vec<_> = ["x", "y", "z"]
        .iter()
        .zip(["y", "z", "x"])
        .map(|(name, next)| over(name, Reading::Series, &[next]))
        .chain([over("outside", Reading::Series, &["x"])])
        .collect();
    assert_eq!(refused(&mut world, ring), "features are parts of each other in a circle: x, y, z");
    // long enough to exhaust a stack that would follow it
    let long: Vec<_> = (0..100_000_u32)
        .map(|i| over(&format!("f{i}"), Reading::Series, &[&format!("f{}", (i + 1) % 100_000)]))
        .collect();
    assert!(refused(&mut world, long).starts_with("features are parts of each other in a circle: f0, f1"));
}

fn chain(levels: usize) -> Vec<FeatureSpec> {
    let first = feature("f1", Reading::Series, &["a"]);
    let rest = (2..=levels).map(|i| over(&format!("f{i}"), Reading::Series, &[&format!("f{}", i - 1)]));
    std::iter::once(first).chain(rest).collect()
}

#[test]
fn eight_levels_are_accepted_and_nine_are_not() {
    let mut world = World::of(&[("a", 9, 1)]);
    let set = world.compose(chain(MAX_DEPTH)).expect("eight are accepted");
    let top = set.features.last().expect("there are eight");
    assert_eq!((top.depth(), top.figures(&world).share), (8, Some(Portion::of(9, 10))));
    assert_eq!(refused(&mut world, chain(MAX_DEPTH + 1)), "feature f9 has 9 levels of parts, 8 are the most");
}

#[test]
fn a_thousand_parts_are_accepted_and_one_more_is_not() {
    let names: Vec<String> = (0..=MAX_COMPONENTS).map(|i| format!("slo-{i}")).collect();
    let counts: Vec<_> = names.iter().map(|name| (name.as_str(), 999_u64, 1_u64)).collect();
    let mut world = World::of(&counts);
    let parts: Vec<&str> = names.iter().map(String::as_str).collect();
    let set = world.compose(vec![feature("f", Reading::Series, &parts[..MAX_COMPONENTS])]).expect("a thousand");
    let share = set.features[0].figures(&world).share.map(Portion::as_f64).expect("it is known");
    assert!((share - 0.999_f64.powi(1000)).abs() < 1e-12, "{share}");
    let error = refused(&mut world, vec![feature("f", Reading::Series, &parts)]);
    assert_eq!(error, "feature f has more than 1000 parts, those of its parts included");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut world = World::of(&[("a-availability", 1, 0)]);
    let specs = vec![
        FeatureSpec::new("Upper", Reading::Series).part(PartSpec::slo("a-availability")),
        FeatureSpec::new("empty", Reading::Series),
        feature("twice", Reading::Series, &["a-availability", "a-availability"]),
        over("lost", Reading::Series, &["nowhere"]),
        FeatureSpec::new("light", Reading::Series).part(PartSpec::slo("a-availability").weight(0)),
    ];
    let error = refused(&mut world, specs);
    for said in [
        "`Upper`: a name holds only",
        "feature empty has no part",
        "feature twice names objective a-availability twice",
        "feature lost names feature nowhere, which there is not; there are:",
        "feature light gives objective a-availability a weight of 0",
    ] {
        assert!(error.contains(said), "{said:?} is not in\n{error}");
    }
    let error = refused(&mut world, vec![feature("typo", Reading::Series, &["a-availabilty"])]);
    assert_eq!(error, "feature typo names objective a-availabilty, which there is not; there are: a-availability");
}

#[test]
fn a_reading_refuses_parts_that_it_cannot_use() {
    let mut world = World::of(&[("events", 1, 0), ("slices", 1, 0)]);
    world.bad_minutes("slices", 43_200, &[]);
    let budget = feature("budget", Reading::WorstOf, &["events"]);
    let plain = feature("plain", Reading::Series, &["events"]);
    for (specs, said) in [
        (vec![feature("f", Reading::AnyBadSlice, &["events"])], "the objective's method must be timeslices"),
        (vec![feature("f", Reading::RatioSlices, &["slices"])], "must be ratio-timeslices"),
        (
            vec![feature("f", Reading::AnyBadSlice, &["slices"]).window(Window::parse("7d").expect("a window"))],
            "give both the same",
        ),
        (vec![over("f", Reading::Series, &["budget"]), budget.clone()], "it is read as a budget"),
        (vec![over("f", Reading::Journey, &["budget"]), budget], "a journey needs each of its parts"),
        (vec![over("f", Reading::WeightedBurns, &["plain"]), plain], "it has no objective"),
    ] {
        let error = refused(&mut world, specs);
        assert!(error.contains(said), "{said:?} is not in {error}");
    }
    let with_objective = feature("plain", Reading::Series, &["events"]).objective(objective("99%"));
    assert!(world.compose(vec![over("f", Reading::WeightedBurns, &["plain"]), with_objective]).is_ok());
}
