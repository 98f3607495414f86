//! Values of a label, counted apart up to a number.

use std::sync::OnceLock;
use std::thread;

use reliability_core::testkit::Lab;
use reliability_core::{Labels, OTHER, Outcome, Sli, SliSpec};

static PLACES: [OnceLock<Sli>; 6] = [const { OnceLock::new() }; 6];
static LABELS: Labels = Labels::new(3, &PLACES);
static TENANTS: Sli = Sli::from_spec(SliSpec::new("tenants").label("tenant")).with_labels(&LABELS);

#[test]
fn the_values_after_the_last_place_are_counted_as_other() {
    let mut lab = Lab::judging([&TENANTS]);
    for round in 0..10 {
        for tenant in ["a", "b", "c", "d", "e", OTHER] {
            TENANTS.begin_labelled(tenant).end(if round == 0 { Outcome::Bad } else { Outcome::Good });
        }
    }
    thread::scope(|scope| {
        for tenant in ["a", "zebra"] {
            let door = lab.door();
            scope.spawn(move || {
                let _entered = door.enter();
                TENANTS.begin_labelled(tenant).end(Outcome::Good);
            });
        }
    });
    lab.tick();
    let report = lab.report();
    let sli = report.sli("tenants").expect("it is judged");
    let of =
        |value: &str| sli.labels.iter().find(|(label, _)| *label == value).map(|(_, counts)| (counts.good, counts.bad));
    assert_eq!(of("a"), Some((10, 1)));
    assert_eq!((of("b"), of("c")), (Some((9, 1)), Some((9, 1))));
    assert_eq!((of("d"), of("e")), (None, None));
    assert_eq!(of(OTHER), Some((28, 3)));
    assert_eq!((sli.counts.good, sli.counts.bad), (56, 6), "the whole is the sum of its values");
    assert_eq!(sli.failures.len(), 6, "failures are remembered with the whole");
}

#[test]
fn a_value_of_any_length_and_kind_is_taken() {
    static PLACES: [OnceLock<Sli>; 8] = [const { OnceLock::new() }; 8];
    static LABELS: Labels = Labels::new(8, &PLACES);
    static ODD: Sli = Sli::from_spec(SliSpec::new("odd").label("value")).with_labels(&LABELS);
    let mut lab = Lab::judging([&ODD]);
    for value in [String::new(), "é".repeat(1_000), "<script>".into(), "\0\n\"".into()] {
        ODD.begin_labelled(&value).end(Outcome::Good);
    }
    lab.tick();
    let report = lab.report();
    let labels = &report.slis[0].labels;
    assert_eq!(labels.len(), 4);
    assert!(labels.iter().all(|(value, _)| value.len() <= 64));
}

#[test]
fn a_table_without_places_counts_everything_as_other() {
    static LABELS: Labels = Labels::new(5, &[]);
    static NONE: Sli = Sli::from_spec(SliSpec::new("no-places").label("value")).with_labels(&LABELS);
    let mut lab = Lab::judging([&NONE]);
    NONE.begin_labelled("a").end(Outcome::Good);
    lab.tick();
    assert_eq!(lab.report().slis[0].labels[0].0, OTHER);
}
