//! Features in an engine: over their own windows, while data are missing, replaced while it runs.

use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{
    EventKind, FeatureError, FeatureReport, FeatureSpec, Missing, Outcome, PartSpec, Reading, Reliability, Sli,
    SliSpec, StartError, Window,
};

use crate::world::{feature, objective};

const DAY: Duration = Duration::from_secs(86_400);

fn sli(name: &str, window: &str) -> Sli {
    let window = Window::parse(window).expect("a window");
    Sli::named(name).expect("a name").declare(|spec| spec.objective(objective("99%")).window(window))
}

fn found(lab: &Lab, name: &str) -> FeatureReport {
    lab.report().feature(name).cloned().expect("it is judged")
}

#[track_caller]
fn near(found: Option<f64>, wanted: f64) {
    let found = found.expect("it is known");
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn parts_of_other_periods_are_counted_anew_over_the_features() {
    let (short, long) = (sli("short-period", "1d"), sli("long-period", "30d"));
    let mut lab = Lab::judging([&short, &long]);
    let parts = ["short-period-availability", "long-period-availability"];
    let spec = feature("week", Reading::Series, &parts)
        .objective(objective("90%"))
        .window(Window::parse("7d").expect("a window"));
    lab.set_features(vec![spec]).expect("it is sound");
    // both fail on the first day, and go well for two more
    for bad in [10, 0, 0] {
        for sli in [&short, &long] {
            sli.record_many(Outcome::Bad, bad);
            sli.record_many(Outcome::Good, 100 - bad);
        }
        lab.advance_by(DAY, Duration::from_secs(900));
    }
    let week = found(&lab, "week");
    // a day's budget has forgotten it, the feature's week has not
    assert_eq!(lab.report().slo("short-period-availability").map(|slo| slo.bad), Some(0));
    assert_eq!(week.parts.iter().map(|part| (part.good, part.bad)).collect::<Vec<_>>(), [(Some(290), Some(10)); 2]);
    near(week.ratio, (29.0 / 30.0) * (29.0 / 30.0));
    for _ in 0..7 {
        lab.advance_by(DAY, Duration::from_secs(900));
    }
    // after a week it has
    assert_eq!(found(&lab, "week").ratio, None);
}

#[test]
fn a_feature_that_comes_later_begins_with_what_its_parts_remember() {
    let shop = sli("remembers", "30d");
    let mut lab = Lab::judging([&shop]);
    shop.record_many(Outcome::Bad, 5);
    shop.record_many(Outcome::Good, 95);
    lab.advance(Duration::from_secs(60));
    let spec =
        feature("later", Reading::Series, &["remembers-availability"]).window(Window::parse("7d").expect("a window"));
    lab.set_features(vec![spec.clone()]).expect("it is sound");
    lab.advance(Duration::from_secs(60));
    near(found(&lab, "later").ratio, 0.95);
    // and keeps it when the set is replaced
    shop.record_many(Outcome::Good, 100);
    lab.set_features(vec![spec.objective(objective("95%"))]).expect("it is sound");
    lab.advance(Duration::from_secs(60));
    near(found(&lab, "later").ratio, 0.975);
    near(found(&lab, "later").budget_remaining, 0.5);
}

#[test]
fn a_part_that_falls_silent_is_missing_after_its_delay() {
    let (steady, silent) = (sli("steady", "30d"), sli("silent", "30d"));
    let mut lab = Lab::judging([&steady, &silent]);
    let late = PartSpec::slo("silent-availability").missing(Missing::Bad, Duration::from_secs(60));
    let spec = FeatureSpec::new("delayed", Reading::Series).part(PartSpec::slo("steady-availability")).part(late);
    lab.set_features(vec![spec]).expect("it is sound");
    steady.record_many(Outcome::Good, 100);
    silent.record_many(Outcome::Good, 100);
    lab.advance(Duration::from_secs(60));
    near(found(&lab, "delayed").ratio, 1.0);
    lab.advance(Duration::from_secs(2));
    near(found(&lab, "delayed").ratio, 0.0);
    assert_eq!(found(&lab, "delayed").parts[1].missing, Some(Missing::Bad));
    silent.record_many(Outcome::Good, 1);
    lab.advance(Duration::from_secs(1));
    near(found(&lab, "delayed").ratio, 1.0);
}

#[test]
fn what_slis_name_and_nobody_declared_is_a_series_without_an_objective() {
    let named = |name| Sli::from_spec(SliSpec::new(name).objective(objective("99%")).features(&["undeclared"]));
    let (one, two, quiet) = (named("names-one"), named("names-two"), named("names-quiet"));
    let mut lab = Lab::judging([&one, &two, &quiet]);
    for sli in [&one, &two] {
        sli.record_many(Outcome::Good, 99);
        sli.record_many(Outcome::Bad, 1);
    }
    lab.advance(Duration::from_secs(1));
    let series = found(&lab, "undeclared");
    near(series.ratio, 0.99 * 0.99); // who has no data is left out
    assert_eq!((series.declared, series.budget_remaining, series.parts.len()), (false, None, 3));
    let own = feature("undeclared", Reading::Weighted, &["names-one-availability"]);
    lab.set_features(vec![own]).expect("it is sound");
    assert_eq!((found(&lab, "undeclared").declared, found(&lab, "undeclared").parts.len()), (true, 1));
}

#[test]
fn a_set_that_is_refused_leaves_the_one_before() {
    let shop = sli("stays", "30d");
    let mut lab = Lab::judging([&shop]);
    lab.set_features(vec![feature("first", Reading::Series, &["stays-availability"])]).expect("it is sound");
    let error: FeatureError = lab
        .set_features(vec![feature("second", Reading::Series, &["stay-availability"])])
        .expect_err("a typing mistake");
    assert_eq!(
        error.to_string(),
        "feature second names objective stay-availability, which there is not; there are: stays-availability"
    );
    let names: Vec<_> = lab.report().features.into_iter().map(|feature| feature.name).collect();
    assert_eq!(names, ["first"]);
}

#[test]
fn the_journeys_of_a_feature_may_not_take_another_indicators_name() {
    let taken = sli("taken-journey", "30d");
    let mut lab = Lab::judging([&taken]);
    let error = lab.set_features(vec![feature("taken", Reading::Journey, &["taken-journey-availability"])]);
    assert!(error.expect_err("it is taken").to_string().contains("another indicator bears the name"));
}

#[test]
fn a_service_with_a_feature_that_cannot_be_read_does_not_start() {
    let lost = feature("lost", Reading::Series, &["nowhere-availability"]);
    let error = Reliability::builder().only("no-such-prefix").feature(lost).start().expect_err("it is refused");
    assert!(matches!(error, StartError::Features(_)), "{error}");
}

#[test]
fn a_changed_objective_of_a_part_is_read_at_the_next_tick() {
    let shop = sli("changes", "30d");
    let mut lab = Lab::judging([&shop]);
    lab.set_features(vec![feature("burns", Reading::WorstOf, &["changes-availability"])]).expect("it is sound");
    shop.record_many(Outcome::Good, 98);
    shop.record_many(Outcome::Bad, 2);
    lab.advance(Duration::from_secs(1));
    near(found(&lab, "burns").budget_remaining, -1.0);
    let looser = objective("96%");
    lab.change("changes-availability", |terms| terms.objective(looser)).expect("it is there");
    lab.advance(Duration::from_secs(1));
    near(found(&lab, "burns").budget_remaining, 0.5);
    // another window too: the feature goes on over its own
    lab.change("changes-availability", |terms| terms.window(Window::parse("7d").expect("a window")))
        .expect("it is there");
    lab.advance(Duration::from_secs(1));
    near(found(&lab, "burns").budget_remaining, 0.5);
}

#[test]
fn slices_of_several_objectives_are_read_together() {
    let sliced = |name| {
        let method = reliability_core::Method::parse("timeslices 1m 99%").expect("a method");
        Sli::from_spec(
            SliSpec::new(name)
                .objective(objective("99%"))
                .method(method)
                .window(Window::parse("1d").expect("a window")),
        )
    };
    let (one, two) = (sliced("sliced-one"), sliced("sliced-two"));
    let mut lab = Lab::judging([&one, &two]);
    let spec = feature("any", Reading::AnyBadSlice, &["sliced-one-availability", "sliced-two-availability"])
        .objective(objective("99%"))
        .window(Window::parse("1d").expect("a window"));
    lab.set_features(vec![spec]).expect("it is sound");
    // of ten minutes one is bad for the first, another for the second, and a third for both
    for minute in 0..10 {
        let outcome = |bad: bool| if bad { Outcome::Bad } else { Outcome::Good };
        one.record_many(outcome(minute == 2 || minute == 5), 10);
        two.record_many(outcome(minute == 5 || minute == 7), 10);
        lab.advance(Duration::from_secs(60));
    }
    let any = found(&lab, "any");
    near(any.ratio, 1.0 - 3.0 / 1440.0);
    near(any.budget_remaining, 1.0 - 3.0 / 14.4);
    near(any.parts[0].budget_spent, 2.0 / 14.4);
    near(any.parts[0].gives_back, 1.0 / 14.4);
}

#[test]
fn a_budget_that_is_spent_is_told_once_and_once_more_when_it_is_back() {
    let shop = sli("spends", "1d");
    let mut lab = Lab::judging([&shop]);
    let spec = feature("told", Reading::Series, &["spends-availability"])
        .objective(objective("90%"))
        .window(Window::parse("1d").expect("a window"));
    lab.set_features(vec![spec]).expect("it is sound");
    shop.record_many(Outcome::Bad, 20);
    shop.record_many(Outcome::Good, 80);
    lab.advance(Duration::from_secs(10));
    lab.advance_by(DAY, Duration::from_secs(900));
    shop.record_many(Outcome::Good, 100);
    lab.advance_by(DAY / 24, Duration::from_secs(900));
    let told = lab.events().iter().filter_map(|event| match &event.kind {
        EventKind::Feature { spent, remaining, .. } => Some((*spent, (remaining * 10.0).round() / 10.0)),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(true, -1.0), (false, 1.0)]);
}
