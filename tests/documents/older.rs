//! `OpenSLO` v1alpha and v2alpha are read as v1.

use reliability_core::document::{Documents, Source};
use reliability_core::{Objective, SliSpec};

fn read(text: &str) -> Documents {
    let (documents, findings) = Documents::read([Source::new("old.yaml", text)]);
    assert!(findings.iter().all(|finding| !finding.is_error()), "{findings:#?}");
    documents
}

const V1: &str = "
apiVersion: openslo/v1
kind: SLO
metadata: { name: buying }
spec:
  service: shop
  indicator:
    metadata: { name: buying }
    spec:
      ratioMetric:
        counter: true
        good: { metricSource: { type: prometheus, spec: { queryType: promql, query: good } } }
        total: { metricSource: { type: prometheus, spec: { queryType: promql, query: all } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: Works, target: 0.99 }]
";

#[test]
fn an_slo_of_v1alpha_is_the_same_as_of_v1() {
    let old = read(
        "
apiVersion: openslo/v1alpha
kind: SLO
metadata: { name: buying }
spec:
  service: shop
  timeWindows: [{ unit: Day, count: 28, isRolling: true }]
  budgetingMethod: Occurrences
  objectives:
    - displayName: Works
      value: 1
      target: 0.99
      ratioMetrics:
        incremental: true
        good: { source: prometheus, queryType: promql, query: good }
        total: { source: prometheus, queryType: promql, query: all }
",
    );
    assert_eq!(old.print(), read(V1).print());
    let checkout = SliSpec::new("buying").objective(Objective::parse("99.9%").unwrap());
    assert_eq!(old.bind(&[checkout]).0.overlays[0].objective.to_string(), "99%");
}

#[test]
fn an_slo_of_v2alpha_is_the_same_as_of_v1() {
    let new = read(
        "
apiVersion: openslo.com/v2alpha
kind: SLO
metadata: { name: buying }
spec:
  service: shop
  sli:
    metadata: { name: buying }
    spec:
      ratioMetric:
        counter: true
        good: { dataSourceRef: prometheus, spec: { query: good } }
        total:
          dataSourceSpec: { type: Prometheus, connectionDetails: { url: here } }
          spec: { query: all }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: Works, target: 0.99 }]
---
apiVersion: openslo.com/v2alpha
kind: DataSource
metadata: { name: prometheus }
spec: { type: Prometheus, connectionDetails: {} }
",
    );
    let expected = V1
        .replace(
            "{ metricSource: { type: prometheus, spec: { queryType: promql, query: good } } }",
            "{ metricSource: { metricSourceRef: prometheus, spec: { query: good } } }",
        )
        .replace(
            "{ metricSource: { type: prometheus, spec: { queryType: promql, query: all } } }",
            "{ metricSource: { type: Prometheus, spec: { query: all, connectionDetails: { url: here } } } }",
        )
        + "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: { name: prometheus }\nspec: { type: Prometheus, connectionDetails: {} }\n";
    assert_eq!(new.print(), read(&expected).print());
}
