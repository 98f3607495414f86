//! Policies, planned time, features and agreements of documents.

use std::fs;
use std::path::PathBuf;

use reliability_core::__private::{RegisteredSwitch, inventory};
use reliability_core::document::{Documents, Source};
use reliability_core::{
    Component, Dimmer, Flag, Gate, Ladder, Missing, Objective, PolicyMode, Reading, Reliability, Sli, SliSpec,
    StartError,
};

use crate::tools::scratch;

static PAGE: Ladder = Ladder::new("doc-page", &["full", "cached"]);
static BANNERS: Dimmer = Dimmer::new("doc-banners");
static DOOR: Gate = Gate::new("doc-door");

// as the attributes do that name them
inventory::submit!(RegisteredSwitch::ladder(&PAGE, &[]));
inventory::submit!(RegisteredSwitch::dimmer(&BANNERS));
inventory::submit!(RegisteredSwitch::gate(&DOOR));

const POLICY: &str = "
apiVersion: reliability/v1
kind: Policy
metadata: { name: lighter }
spec:
  mode: act
  trigger: { any: [{ detected: doc-home }, { saturated: doc-door }] }
  steps:
    - { flag: doc-extras, to: 'off', costs: no extras }
    - { ladder: doc-page, to: cached }
    - { dimmer: doc-banners, to: 20% }
    - { gate: doc-door, to: enforce }
  verify: { sli: doc-home, within: 5s }
  release: { hold: 1m, atMost: { times: 3, within: 2h } }
---
apiVersion: reliability/v1
kind: Maintenance
metadata: { name: upgrade }
spec: { from: '2100-01-01T00:00:00Z', to: '2100-01-01T01:00:00Z', slis: [doc-home], charged: false }
";

fn file(name: &str, text: &str) -> PathBuf {
    let path = scratch(&format!("documents-{name}")).join("reliability.yaml");
    fs::write(&path, text).unwrap();
    path
}

fn home(name: &'static str) -> Sli {
    Sli::named(name).unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
}

#[test]
fn a_policy_of_a_document_turns_the_switches_that_it_names() {
    Flag::named("doc-extras", true).unwrap();
    let sli = home("doc-home");
    let reliability =
        Reliability::builder().only("doc-home").sli(&sli).documents(file("policy", POLICY)).start().unwrap();
    let report = reliability.stop();
    let policy = &report.response.policies[0];
    assert_eq!((policy.name.as_str(), policy.mode), ("lighter", PolicyMode::Act));
    let steps: Vec<_> = policy.steps.iter().map(|step| step.describe.as_str()).collect();
    assert_eq!(
        steps,
        [
            "flag doc-extras off",
            "ladder doc-page at cached",
            "dimmer doc-banners at most 20%",
            "gate doc-door refuses what would be too late"
        ]
    );
    assert_eq!(policy.steps[0].cost, "no extras");
    assert_eq!(policy.limit, 3);
    assert_eq!(report.maintenance[0].planned.name, "upgrade");
    assert!(!report.maintenance[0].planned.charged);
}

#[test]
fn a_policy_that_names_what_the_code_does_not_have_starts_nothing() {
    let sli = home("doc-none");
    let text = "
apiVersion: reliability/v1
kind: Policy
metadata: { name: lighter }
spec:
  mode: shadow
  trigger: { burn: { slo: doc-none-latency, severity: page } }
  steps:
    - { flag: doc-nothing, to: 'off' }
    - { ladder: doc-page, to: chached }
";
    let error = Reliability::builder().only("doc-none").sli(&sli).documents(file("nothing", text)).start().unwrap_err();
    let StartError::Documents(findings) = error else { panic!("{error}") };
    let told: Vec<_> = findings.iter().map(|finding| (finding.code, finding.line, finding.path.as_str())).collect();
    assert_eq!(
        told,
        [
            ("unknown-slo", 7, "spec.trigger.burn.slo"),
            ("unknown-switch", 9, "spec.steps[0].flag"),
            ("unknown-rung", 10, "spec.steps[1].to"),
        ]
    );
    assert!(findings[2].message.ends_with("it has: full, cached"), "{}", findings[2]);
}

#[test]
fn a_composite_of_openslo_is_a_feature_and_its_parts_are_objectives() {
    let text = include_str!("every-kind.yaml");
    let slis = [
        SliSpec::new("checkout").objective(Objective::parse("99.9%").unwrap()),
        SliSpec::new("home").objective(Objective::parse("99%").unwrap()),
    ];
    let (documents, _) = Documents::read([Source::new("every-kind.yaml", text)]);
    let (bound, findings) = documents.bind(&slis);
    // two documents speak of the availability of checkout: only one can be right
    let twice: Vec<_> = findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.code).collect();
    assert_eq!(twice, ["bound-twice"]);
    let feature = |name: &str| bound.features.iter().find(|feature| feature.name == name).unwrap();
    assert_eq!(feature("shop-works").reading, Reading::RatioSlices);
    assert_eq!(feature("shop-works").parts[0].of, Component::Slo("home-availability".into()));
    let purchase = feature("purchase");
    assert_eq!((purchase.reading, purchase.title.as_deref()), (Reading::Journey, Some("Buy something")));
    assert_eq!(purchase.objective, Some(Objective::parse("99.5%").unwrap()));
    assert_eq!(purchase.window.to_string(), "month Europe/Paris");
    let names: Vec<_> = purchase.parts.iter().map(|part| part.of.to_string()).collect();
    assert_eq!(names, ["objective checkout-availability", "objective search-latency-250ms", "feature browsing"]);
    assert!(!purchase.parts[1].required);
    assert_eq!((purchase.parts[1].weight, purchase.parts[1].missing), (2, Missing::Ignored));
}

#[test]
fn an_agreement_is_looser_than_the_objective_that_keeps_it() {
    let slis = [SliSpec::new("checkout").objective(Objective::parse("99.9%").unwrap())];
    let agreement = |target: &str| {
        format!(
            "apiVersion: reliability/v1\nkind: Agreement\nmetadata: {{ name: acme }}\nspec:\n  customer: ACME\n  slo: checkout-availability\n  target: {target}\n  window: 30d\n  exclusions: [planned time]\n"
        )
    };
    let bind = |target: &str| Documents::read([Source::new("sla.yaml", agreement(target))]).0.bind(&slis);
    let (bound, findings) = bind("99.5%");
    assert_eq!(findings, []);
    assert_eq!((bound.agreements[0].margin_ppb(), bound.agreements[0].exclusions.len()), (4_000_000, 1));
    let (bound, findings) = bind("99.9%");
    assert_eq!((bound.agreements.len(), findings[0].code, findings[0].line), (0, "no-margin", 7));
}

#[test]
fn every_window_and_method_that_can_be_judged_is_and_no_other() {
    let slis = [SliSpec::new("checkout").objective(Objective::parse("99.9%").unwrap())];
    let bind = |window: &str, method: &str, goal: &str| {
        let text = format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{ name: checkout }}\nspec:\n  service: shop\n  indicatorRef: checkout\n  timeWindow: [{{ {window} }}]\n  budgetingMethod: {method}\n  objectives: [{{ {goal} }}]\n"
        );
        let (documents, findings) = Documents::read([Source::new("slo.yaml", text)]);
        assert!(findings.iter().all(|finding| !finding.is_error()), "{findings:?}");
        let (bound, findings) = documents.bind(&slis);
        match bound.overlays.first() {
            Some(overlay) => Ok(format!("{} {}", overlay.window.unwrap(), overlay.method)),
            None => Err(findings.iter().find(|finding| finding.is_error()).unwrap().code),
        }
    };
    let calendar = |duration: &str, start: &str| {
        format!(
            "duration: {duration}, isRolling: false, calendar: {{ startTime: '{start} 00:00:00', timeZone: Europe/Paris }}"
        )
    };
    let occurrences = |window: &str| bind(window, "Occurrences", "target: 0.99");
    for (window, judged) in [
        ("duration: 4w, isRolling: true", Ok("28d occurrences")),
        ("duration: 1M, isRolling: true", Ok("30d occurrences")),
        ("duration: 90d, isRolling: true", Ok("90d occurrences")),
        ("duration: 91d, isRolling: true", Err("not-judged")),
        ("duration: 36h, isRolling: true", Err("not-judged")),
        ("duration: 0d, isRolling: true", Err("not-judged")),
        (&calendar("1M", "2026-02-01"), Ok("month Europe/Paris occurrences")),
        (&calendar("1m", "2026-02-01"), Ok("month Europe/Paris occurrences")),
        (&calendar("1w", "2026-03-02"), Ok("week Europe/Paris occurrences")),
        (&calendar("1Q", "2026-04-01"), Ok("quarter Europe/Paris occurrences")),
        (&calendar("3M", "2026-04-01"), Ok("quarter Europe/Paris occurrences")),
        (&calendar("1Q", "2026-02-01"), Err("not-judged")),
        (&calendar("1M", "2026-02-15"), Err("not-judged")),
        (&calendar("1Y", "2026-01-01"), Err("not-judged")),
    ] {
        assert_eq!(occurrences(window), judged.map(str::to_owned), "{window}");
    }
    let rolling = "duration: 30d, isRolling: true";
    for (method, goal, judged) in [
        ("Timeslices", "target: 0.99, timeSliceWindow: 5m, timeSliceTarget: 0.95", Ok("30d timeslices 5m 95%")),
        ("Timeslices", "target: 0.99, timeSliceWindow: 5, timeSliceTarget: 1", Ok("30d timeslices 5m 100%")),
        ("RatioTimeslices", "target: 0.99, timeSliceWindow: 1h", Ok("30d ratio-timeslices 1h")),
        ("Timeslices", "target: 0.99, timeSliceWindow: 5m, timeSliceTarget: 0", Err("not-judged")),
        ("RatioTimeslices", "target: 0.99, timeSliceWindow: 2d", Err("not-judged")),
        ("Occurrences", "target: 0", Err("not-judged")),
    ] {
        assert_eq!(bind(rolling, method, goal), judged.map(str::to_owned), "{goal}");
    }
}
