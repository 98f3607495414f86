//! Each reading by hand.

use std::time::Duration;

use reliability_core::slo::composite::{CompositeFigures, Portion, Spent};
use reliability_core::{FeatureSpec, Missing, PartSpec, Reading};

use crate::world::{World, feature, objective};

fn figures(world: &mut World, spec: FeatureSpec) -> CompositeFigures {
    let set = world.compose(vec![spec]).expect("it is sound");
    set.features[0].figures(world)
}

#[track_caller]
fn near(found: Option<f64>, wanted: f64) {
    let found = found.expect("it is known");
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

fn share(figures: &CompositeFigures) -> Option<f64> {
    figures.share.map(Portion::as_f64)
}

fn left(figures: &CompositeFigures) -> Option<f64> {
    figures.spent.map(Spent::left)
}

/// 99 %, 98 % and 99.5 %.
fn three() -> World {
    World::of(&[("a", 990, 10), ("b", 980, 20), ("c", 1990, 10)])
}

#[test]
fn a_series_is_the_product_between_its_bounds() {
    let spec = feature("f", Reading::Series, &["a", "b", "c"]).objective(objective("95%"));
    let found = figures(&mut three(), spec);
    near(share(&found), 0.99 * 0.98 * 0.995);
    let (low, high) = found.bounds.expect("bounds");
    near(Some(low.as_f64()), 0.99 + 0.98 + 0.995 - 2.0);
    near(Some(high.as_f64()), 0.98);
    near(left(&found), 1.0 - (1.0 - 0.99 * 0.98 * 0.995) / 0.05);
    // b's own failures are 2 of the 5 hundredths that may fail; without them the product lacks b alone
    near(found.parts[1].spent.map(Spent::as_f64), 0.4);
    near(found.parts[1].gives_back.map(Spent::as_f64), 0.99 * 0.995 * 0.02 / 0.05);
}

#[test]
fn a_parallel_lacks_what_all_lack() {
    let spec = feature("f", Reading::Parallel, &["a", "b"]).objective(objective("99.9%"));
    let found = figures(&mut three(), spec);
    near(share(&found), 1.0 - 0.01 * 0.02);
    let (low, high) = found.bounds.expect("bounds");
    near(Some(low.as_f64()), 0.99);
    near(Some(high.as_f64()), 1.0);
    near(left(&found), 0.8);
    near(found.parts[0].gives_back.map(Spent::as_f64), 0.2); // any that never fails saves all
    assert_eq!(found.parts[0].spent, None); // nobody spends it alone
}

#[test]
fn a_weighted_mean_hides_a_small_part_that_is_dead() {
    let mut world = World::of(&[("big", 1000, 0), ("dead", 0, 1000)]);
    let spec = FeatureSpec::new("f", Reading::Weighted)
        .objective(objective("90%"))
        .part(PartSpec::slo("big").weight(99))
        .part(PartSpec::slo("dead"));
    let found = figures(&mut world, spec);
    near(share(&found), 0.99);
    near(left(&found), 0.9);
    near(found.parts[1].gives_back.map(Spent::as_f64), 0.1);
}

#[test]
fn weighted_burns_add_up_and_the_worst_of_them_is_one() {
    // of budgets of 1 %: all of it, twice it, half of it
    let parts = |reading| {
        FeatureSpec::new("f", reading)
            .part(PartSpec::slo("a").weight(2))
            .part(PartSpec::slo("b"))
            .part(PartSpec::slo("c"))
    };
    let sum = figures(&mut three(), parts(Reading::WeightedBurns));
    near(left(&sum), 1.0 - (2.0 + 2.0 + 0.5));
    assert_eq!((sum.share, sum.bounds), (None, None)); // budgets are read, not shares
    near(sum.parts[0].spent.map(Spent::as_f64), 2.0);
    let worst = figures(&mut three(), parts(Reading::WorstOf));
    near(left(&worst), -1.0);
    near(worst.parts[2].gives_back.map(Spent::as_f64), 0.0);
    let alone = figures(&mut three(), feature("f", Reading::WorstOf, &["b", "c"]));
    near(alone.parts[0].gives_back.map(Spent::as_f64), 1.5); // down to the next
}

#[test]
fn a_slice_is_bad_if_it_is_for_any_part() {
    let mut world = three();
    world.bad_minutes("a", 43_200, &[1, 2, 3]);
    world.bad_minutes("b", 43_200, &[3, 4]);
    let spec = feature("f", Reading::AnyBadSlice, &["a", "b"]).objective(objective("99.9%"));
    let found = figures(&mut world, spec);
    near(share(&found), 1.0 - 4.0 / 43_200.0);
    near(left(&found), 1.0 - 4.0 / 43.2);
    near(found.parts[0].spent.map(Spent::as_f64), 3.0 / 43.2);
    near(found.parts[0].gives_back.map(Spent::as_f64), 2.0 / 43.2); // the third minute was b's too
}

#[test]
fn what_ratios_of_slices_lack_adds_up() {
    let mut world = three();
    world.ratios("a", 1, 100);
    world.ratios("b", 3, 100);
    let spec = FeatureSpec::new("f", Reading::RatioSlices)
        .objective(objective("90%"))
        .part(PartSpec::slo("a").weight(2))
        .part(PartSpec::slo("b"));
    let found = figures(&mut world, spec);
    near(share(&found), 0.95);
    near(left(&found), 0.5);
    near(found.parts[1].gives_back.map(Spent::as_f64), 0.3);
}

#[test]
fn journeys_are_themselves_and_their_parts_stand_beside() {
    let mut world = three();
    world.journeys("f", 970, 30);
    world.blame("a", 10, 5);
    world.blame("b", 15, 5);
    let spec = feature("f", Reading::Journey, &["a", "b", "far"]).objective(objective("95%"));
    let found = figures(&mut world, spec);
    near(share(&found), 0.97);
    near(left(&found), 0.4);
    near(found.independent.map(Portion::as_f64), 0.99 * 0.98);
    near(found.parts[0].spent.map(Spent::as_f64), 0.3);
    near(found.parts[1].spent.map(Spent::as_f64), 0.4);
    near(found.parts[1].gives_back.map(Spent::as_f64), 0.3);
    assert_eq!(found.parts[2].counts, None); // another process has it
}

#[test]
fn without_a_journey_nothing_is_known() {
    let mut world = three();
    let spec = feature("f", Reading::Journey, &["a"]).objective(objective("95%"));
    let found = figures(&mut world, spec);
    assert_eq!((found.share, found.spent), (None, None));
}

#[test]
fn a_missing_part_counts_as_declared() {
    let part = |missing| PartSpec::slo("none").missing(missing, Duration::ZERO);
    let with = |missing| {
        let mut world = World::of(&[("a", 90, 10), ("none", 0, 0)]);
        let spec = FeatureSpec::new("f", Reading::Weighted).part(PartSpec::slo("a")).part(part(missing).weight(3));
        figures(&mut world, spec)
    };
    near(share(&with(Missing::Ignored)), 0.9);
    near(share(&with(Missing::Good)), 0.975);
    near(share(&with(Missing::Bad)), 0.225);
    let unknown = with(Missing::Unknown);
    assert_eq!((unknown.share, unknown.parts[1].missing), (None, Some(Missing::Unknown)));
    let (low, high) = unknown.bounds.expect("bounds are known all the same");
    near(Some(low.as_f64()), 0.225);
    near(Some(high.as_f64()), 0.975);
}

#[test]
fn a_part_is_missing_once_it_was_quiet_for_as_long_as_declared() {
    let minute = Duration::from_secs(60);
    let with = |counts: (u64, u64), quiet| {
        let mut world = World::of(&[("a", 90, 10), ("late", counts.0, counts.1)]);
        world.quiet_for("late", quiet);
        let late = PartSpec::slo("late").missing(Missing::Bad, minute);
        figures(&mut world, FeatureSpec::new("f", Reading::Series).part(PartSpec::slo("a")).part(late))
    };
    near(share(&with((1, 0), minute)), 0.9); // its last figure stands
    near(share(&with((1, 0), minute * 2)), 0.0);
    assert_eq!(share(&with((0, 0), minute)), None); // there is no figure yet, and nobody knows
    near(share(&with((0, 0), minute * 2)), 0.0);
}

#[test]
fn an_optional_part_is_shown_and_decides_nothing() {
    let mut world = World::of(&[("a", 90, 10), ("b", 0, 100)]);
    let spec = FeatureSpec::new("f", Reading::Series).part(PartSpec::slo("a")).part(PartSpec::slo("b").optional());
    let found = figures(&mut world, spec);
    near(share(&found), 0.9);
    assert_eq!(found.parts[1].counts.map(|counts| counts.bad), Some(100));
}

#[test]
fn at_an_edge_the_budget_is_spent_and_just_above_it_is_not() {
    let spent = |bad| {
        let mut world = World::of(&[("a", 1_000_000 - bad, bad)]);
        let spec = feature("f", Reading::Series, &["a"]).objective(objective("99.9%"));
        let set = world.compose(vec![spec]).expect("it is sound");
        set.features[0].spent(&world).expect("it is known").is_all()
    };
    assert!(spent(1_000));
    assert!(!spent(999));
}
