//! What is allowed and hardly meant.

use reliability_core::document::{Documents, Seen, Source, explain};
use reliability_core::{Finding, Latency, Objective, SliSpec, Timestamp};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_773_100_800); // 2026-03-10

fn slo(more: &str, target: &str) -> String {
    format!(
        "apiVersion: openslo/v1
kind: SLO
metadata:
  name: buying
  annotations:
    reliability/owner: payments
    reliability/impact: nobody can pay
    reliability/first-action: look at the provider
{more}spec:
  service: shop
  indicatorRef: checkout
  timeWindow: [{{ duration: 30d, isRolling: true }}]
  budgetingMethod: Occurrences
  objectives: [{{ target: {target} }}]
"
    )
}

fn checkout() -> SliSpec {
    SliSpec::new("checkout").objective(Objective::parse("99.9%").unwrap())
}

fn lint(text: &str, slis: &[SliSpec], history: &[Seen]) -> Vec<Finding> {
    let (documents, findings) = Documents::read([Source::new("test.yaml", text)]);
    assert!(findings.iter().all(|finding| !finding.is_error()), "{findings:?}");
    documents.lint(slis, NOW, history)
}

fn codes(text: &str, slis: &[SliSpec], history: &[Seen]) -> Vec<&'static str> {
    let findings = lint(text, slis, history);
    assert!(findings.iter().all(|finding| explain(finding.code).is_some()));
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn what_is_meant_is_not_remarked_upon() {
    assert_eq!(
        codes(&slo("", "0.999"), &[checkout()], &[Seen::new("checkout-availability", 100_000, 40, 1.0)]),
        [""; 0]
    );
}

#[test]
fn an_sli_that_the_code_does_not_have_is_named_with_the_closest() {
    let findings = lint(&slo("", "0.999").replace("Ref: checkout", "Ref: chekout"), &[checkout()], &[]);
    assert_eq!(findings[0].code, "unknown-sli");
    assert!(findings[0].message.contains("checkout is the closest"), "{}", findings[0]);
    assert_eq!(findings[0].line, 11);
}

#[test]
fn an_objective_that_one_failure_breaks_is_unattainable() {
    let seen = |valid, coverage| [Seen::new("checkout-availability", valid, 0, coverage)];
    assert_eq!(codes(&slo("", "0.9999"), &[checkout()], &seen(7_200, 1.0)), ["unattainable"]);
    assert_eq!(codes(&slo("", "0.9999"), &[checkout()], &seen(7_200, 0.5)), [""; 0], "half a period says nothing");
    assert_eq!(codes(&slo("", "0.9999"), &[checkout()], &seen(10_000, 1.0)), [""; 0]);
}

#[test]
fn a_budget_that_nobody_touches_is_remarked_upon() {
    let seen = |bad| [Seen::new("checkout-availability", 1_000_000, bad, 1.0)];
    assert_eq!(codes(&slo("", "0.999"), &[checkout()], &seen(99)), ["untouched"]);
    assert_eq!(codes(&slo("", "0.999"), &[checkout()], &seen(100)), [""; 0]);
}

#[test]
fn an_alert_that_can_never_fire_is_unreachable() {
    let policy = |threshold| {
        let slo = slo("", "0.9");
        format!(
            "{slo}  alertPolicies:
    - kind: AlertPolicy
      metadata: {{ name: page }}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {{ name: fast }}
            spec: {{ severity: page, condition: {{ kind: burnrate, op: gte, threshold: {threshold}, lookbackWindow: 1h, alertAfter: 5m }} }}
        notificationTargets: [{{ kind: AlertNotificationTarget, metadata: {{ name: pager }}, spec: {{ target: pager }} }}]
"
        )
    };
    assert_eq!(codes(&policy("14.4"), &[checkout()], &[]), ["unreachable-alert"]);
    assert_eq!(codes(&policy("9.9"), &[checkout()], &[]), [""; 0]);
}

#[test]
fn a_dependency_that_promises_less_than_is_needed_is_weak() {
    let payments = SliSpec::new("payments").objective(Objective::parse("99.5%").unwrap());
    let checkout = checkout().depends_on(&[|| "payments"]);
    let findings = lint(&slo("", "0.999"), &[checkout, payments], &[]);
    assert_eq!((findings[0].code, findings[0].line), ("weak-dependency", 14));
    assert_eq!(codes(&slo("", "0.99"), &[checkout, payments], &[]), [""; 0], "a document may lower what is aimed at");
}

#[test]
fn a_handler_of_tier_one_without_objective_is_named_with_its_place_in_the_code() {
    let spec = SliSpec::new("refund").tier(1).place("shop::refund", "src/refund.rs", 12);
    let findings = lint(&slo("", "0.999"), &[checkout(), spec], &[]);
    assert_eq!((findings[0].code, &*findings[0].file, findings[0].line), ("no-objective", "src/refund.rs", 12));
    let fast = spec.latency(Latency::parse("99% < 250ms").unwrap());
    assert_eq!(codes(&slo("", "0.999"), &[checkout(), fast], &[]), [""; 0]);
}

#[test]
fn a_page_without_owner_impact_and_first_action_is_remarked_upon() {
    let text = slo("", "0.999")
        .replace("    reliability/impact: nobody can pay\n", "")
        .replace("    reliability/owner: payments\n", "");
    let findings = lint(&text, &[checkout()], &[]);
    assert_eq!(findings[0].code, "page-without-words");
    assert!(findings[0].message.ends_with("reliability/owner, reliability/impact"), "{}", findings[0]);
    assert!(
        lint(&text, &[checkout().owner("payments")], &[])[0].message.ends_with("read reliability/impact"),
        "the code may name the owner"
    );
}

#[test]
fn a_review_is_due_the_day_after() {
    let text = |day| slo(&format!("    reliability/review: {day}\n"), "0.999");
    assert_eq!(codes(&text("2026-03-09"), &[checkout()], &[]), ["review-passed"]);
    assert_eq!(codes(&text("2026-03-10"), &[checkout()], &[]), [""; 0]);
}
