//! Whatever makes parts fail together: what journeys see lies within the bounds.

use proptest::prelude::*;

use reliability_core::slo::composite::Portion;
use reliability_core::{FeatureSpec, PartSpec, Reading};

use crate::world::{World, feature};

/// Which parts of up to six fail in each journey: any joint distribution at all is such a list.
fn journeys() -> impl Strategy<Value = (usize, Vec<u8>)> {
    (2_usize..=6).prop_flat_map(|parts| {
        let any = prop::collection::vec(0_u8..1 << parts, 1..200);
        // and some in which most go well, or fail in step
        let rare = prop::collection::vec(
            prop_oneof![8 => Just(0_u8), 1 => 0_u8..1 << parts, 1 => Just((1 << parts) - 1)],
            1..400,
        );
        prop_oneof![any, rare].prop_map(move |journeys| (parts, journeys))
    })
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn world(parts: usize, journeys: &[u8]) -> World {
    let counts: Vec<_> = (0..parts)
        .map(|part| {
            let bad = journeys.iter().filter(|failed| **failed >> part & 1 == 1).count() as u64;
            (NAMES[part], journeys.len() as u64 - bad, bad)
        })
        .collect();
    World::of(&counts)
}

fn truth(journeys: &[u8], good: impl Fn(u8) -> bool) -> (Portion, Portion) {
    let good = journeys.iter().filter(|failed| good(**failed)).count() as u64;
    (Portion::of(good, journeys.len() as u64), Portion::of_up(good, journeys.len() as u64))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_truth_of_a_series_lies_within_its_bounds((parts, journeys) in journeys()) {
        let mut world = world(parts, &journeys);
        let set = world.compose(vec![feature("f", Reading::Series, &NAMES[..parts])]).unwrap();
        let (low, high) = set.features[0].figures(&world).bounds.unwrap();
        let (down, up) = truth(&journeys, |failed| failed == 0);
        prop_assert!(low <= up && down <= high, "{low:?} {down:?} {high:?}");
    }

    #[test]
    fn the_truth_of_a_parallel_lies_within_its_bounds((parts, journeys) in journeys()) {
        let mut world = world(parts, &journeys);
        let set = world.compose(vec![feature("f", Reading::Parallel, &NAMES[..parts])]).unwrap();
        let (low, high) = set.features[0].figures(&world).bounds.unwrap();
        let (down, up) = truth(&journeys, |failed| failed != (1 << parts) - 1);
        prop_assert!(low <= up && down <= high, "{low:?} {down:?} {high:?}");
    }

    /// (a or b or …) and (a or f or …): shared parts, alternatives and needs in one.
    #[test]
    fn the_truth_of_a_graph_lies_within_its_bounds((parts, journeys) in journeys(), left in 1_u8..64, right in 1_u8..64) {
        let mut world = world(parts, &journeys);
        let mask = (1 << parts) - 1;
        let (left, right) = (left & mask | 1, right & mask | 1);
        let of = |bits: u8| (0..parts).filter(|part| bits >> part & 1 == 1).map(|part| NAMES[part]).collect::<Vec<_>>();
        let both = FeatureSpec::new("both", Reading::Series)
            .part(PartSpec::feature("left"))
            .part(PartSpec::feature("right"))
            .part(PartSpec::slo(NAMES[parts - 1]));
        let specs = vec![both, feature("left", Reading::Parallel, &of(left)), feature("right", Reading::Parallel, &of(right))];
        let set = world.compose(specs).unwrap();
        let found = set.features[0].figures(&world);
        let (low, high) = found.bounds.unwrap();
        let good = |failed: u8| failed & left != left && failed & right != right && failed >> (parts - 1) & 1 == 0;
        let (down, up) = truth(&journeys, good);
        prop_assert!(low <= up && down <= high, "{low:?} {down:?} {high:?}");
        let point = found.share.unwrap();
        // rounded down a thousand million million million times less than it could matter
        prop_assert!(point.as_f64() <= high.as_f64() + 1e-12 && point.as_f64() >= low.as_f64() - 1e-12);
    }
}
