//! A service that starts from documents, and follows them.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use reliability_core::{EventKind, Handle, Latency, Objective, Outcome, Reliability, Report, Sli, StartError, Window};

use crate::tools::scratch;

fn checkout(name: &'static str) -> Sli {
    Sli::named(name).unwrap().declare(|spec| {
        spec.objective(Objective::parse("99.9%").unwrap()).latency(Latency::parse("99% < 250ms").unwrap())
    })
}

fn document(sli: &str, target: &str) -> String {
    format!(
        "apiVersion: openslo/v1
kind: SLO
metadata:
  name: buying-works
  displayName: Buying works
  annotations: {{ reliability/owner: payments }}
spec:
  service: shop
  indicatorRef: orders-succeed
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: {target}
---
apiVersion: reliability/v1
kind: Binding
metadata: {{ name: orders }}
spec:
  indicator: orders-succeed
  sli: {sli}
"
    )
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = scratch(&format!("documents-{name}")).join("reliability.yaml");
    fs::write(&path, text).unwrap();
    path
}

/// Waits until a report says so; the documents are looked at every second.
#[allow(clippy::disallowed_methods)] // a test waits for a real thread
fn until(handle: &Handle, what: &str, holds: impl Fn(&Report) -> bool) -> Report {
    let begun = Instant::now();
    loop {
        let report = handle.report();
        if holds(&report) {
            return report;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}; {:?}", report.documents);
        sleep(Duration::from_millis(50));
    }
}

fn objective(report: &Report, slo: &str) -> String {
    report.slo(slo).unwrap().objective.to_string()
}

#[test]
fn an_objective_in_a_document_overrides_the_attributes() {
    let sli = checkout("doc-override");
    let path = file("override", &document("doc-override", "0.995"));
    let reliability = Reliability::builder().only("doc-override").sli(&sli).documents(&path).start().unwrap();
    sli.record_many(Outcome::Good, 1_000);
    sli.record_many(Outcome::Bad, 1);
    let report = reliability.stop();
    let slo = report.slo("doc-override-availability").unwrap();
    assert_eq!((slo.objective.to_string(), slo.window), ("99.5%".into(), Window::rolling_days(28).unwrap()));
    assert!((slo.budget_remaining - (1.0 - 1.0 / (0.005 * 1001.0))).abs() < 1e-9);
    assert_eq!(objective(&report, "doc-override-latency-250ms"), "99%", "what no document names stays");
    let documents = report.documents.unwrap();
    assert_eq!((documents.documents, documents.loaded), (2, 1));
    let [lint] = &documents.warnings[..] else { panic!("{:?}", documents.warnings) };
    assert!(
        lint.ends_with("does not read reliability/impact, reliability/first-action [page-without-words]"),
        "{lint}"
    );
    assert!(report.events.iter().any(|event| matches!(event.kind, EventKind::DocumentsLoaded { changed: 1, .. })));
}

#[test]
fn the_builders_word_on_terms_is_the_last() {
    let sli = checkout("doc-last-word");
    let path = file("last-word", &document("doc-last-word", "0.995"));
    let stricter = Objective::parse("99.99%").unwrap();
    let reliability = Reliability::builder()
        .only("doc-last-word")
        .sli(&sli)
        .documents(&path)
        .terms(move |slo, terms| if slo.ends_with("availability") { terms.objective(stricter) } else { terms })
        .start()
        .unwrap();
    assert_eq!(objective(&reliability.stop(), "doc-last-word-availability"), "99.99%");
}

#[test]
fn bad_documents_start_nothing_and_all_errors_are_told() {
    let sli = checkout("doc-bad");
    let text = document("doc-bad", "1.5").replace("budgetingMethod: Occurrences", "budgetingMethod: Ocurrences");
    let error = Reliability::builder().only("doc-bad").sli(&sli).documents(file("bad", &text)).start().unwrap_err();
    let StartError::Documents(findings) = &error else { panic!("{error}") };
    let codes: Vec<_> = findings.iter().map(|finding| (finding.code, finding.line)).collect();
    assert_eq!(codes, [("unknown-word", 13), ("out-of-range", 15)]);
    assert!(error.to_string().contains("15 |     - target: 1.5"), "{error}");
    let missing = Reliability::builder().documents("there/is/no/such.yaml").start().unwrap_err();
    assert!(missing.to_string().contains("no/such.yaml"), "{missing}");
}

#[test]
fn a_threshold_that_the_code_does_not_count_is_refused() {
    let sli = checkout("doc-threshold");
    let text =
        document("doc-threshold", "0.99").replace("  sli: doc-threshold", "  sli: doc-threshold\n  latency: 300ms");
    let error = Reliability::builder().only("doc-threshold").sli(&sli).documents(file("threshold", &text)).start();
    let StartError::Documents(findings) = error.unwrap_err() else { panic!("another error") };
    assert_eq!((findings[0].code, findings[0].accepted.as_deref()), ("not-counted", Some("250ms")));
}

#[test]
fn changed_documents_are_taken_in_whole_or_refused_with_what_was_in_force_kept() {
    let sli = checkout("doc-live");
    let path = file("live", &document("doc-live", "0.995"));
    let reliability = Reliability::builder().only("doc-live").sli(&sli).documents(&path).start().unwrap();
    let handle = reliability.handle();
    let slo = "doc-live-availability";

    // an editor that writes a new file and renames it
    let beside = path.with_extension("new");
    fs::write(&beside, document("doc-live", "0.98")).unwrap();
    fs::rename(&beside, &path).unwrap();
    let report = until(&handle, "98 %", |report| objective(report, slo) == "98%");
    assert_eq!(report.documents.unwrap().loaded, 2);

    // half of a file
    let whole = document("doc-live", "0.97");
    fs::write(&path, &whole[..whole.find("target").unwrap() + 3]).unwrap();
    let report = until(&handle, "a refusal", |report| !report.documents.as_ref().unwrap().refused.is_empty());
    assert_eq!(objective(&report, slo), "98%");
    let refused = report.events.iter().filter(|event| matches!(event.kind, EventKind::DocumentsRefused { .. }));
    assert_eq!(refused.count(), 1);

    // and the rest of it
    fs::write(&path, &whole).unwrap();
    let report = until(&handle, "97 %", |report| objective(report, slo) == "97%");
    assert!(report.documents.unwrap().refused.is_empty());

    // no file at all changes nothing either
    fs::remove_file(&path).unwrap();
    let report = until(&handle, "a refusal", |report| !report.documents.as_ref().unwrap().refused.is_empty());
    assert_eq!(objective(&report, slo), "97%");

    // a document that no longer speaks of it gives the attribute's objective back
    fs::write(&path, "apiVersion: openslo/v1\nkind: Service\nmetadata: { name: shop }\n").unwrap();
    until(&handle, "the attribute's", |report| objective(report, slo) == "99.9%");
    drop(reliability);
}

#[test]
fn a_feature_of_a_document_is_judged_and_swapped_with_the_rest() {
    let sli = checkout("doc-feature");
    let feature = "---\napiVersion: reliability/v1\nkind: Feature\nmetadata: { name: doc-buying }\nspec:\n  reading: series\n  objective: 99%\n  parts: [{ slo: buying-works }]\n";
    let with = document("doc-feature", "0.995") + feature;
    let path = file("feature", &with);
    let ours = reliability_core::FeatureSpec::new("doc-ours", reliability_core::Reading::WorstOf)
        .part(reliability_core::PartSpec::slo("doc-feature-latency-250ms"));
    let builder = Reliability::builder().only("doc-feature").sli(&sli).feature(ours);
    let reliability = builder.documents(&path).start().unwrap();
    assert!(reliability.report().feature("doc-buying").is_some());
    fs::write(&path, document("doc-feature", "0.98")).unwrap();
    let report = until(&reliability.handle(), "no feature", |report| report.feature("doc-buying").is_none());
    assert!(report.feature("doc-ours").is_some(), "what the builder was given stays");
    assert_eq!(objective(&report, "doc-feature-availability"), "98%");
    // a feature that goes round in a circle is refused, and nothing of that file holds
    let circle = feature.replace("slo: buying-works", "feature: doc-buying");
    fs::write(&path, document("doc-feature", "0.97") + &circle).unwrap();
    let report =
        until(&reliability.handle(), "a refusal", |report| !report.documents.as_ref().unwrap().refused.is_empty());
    assert_eq!(objective(&report, "doc-feature-availability"), "98%");
    assert!(report.feature("doc-buying").is_none());
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_swapped_by_a_symbolic_link_is_one_change() {
    use std::os::unix::fs::symlink;
    // as Kubernetes mounts a ConfigMap: names lead through `..data` to a folder of one version
    let folder = scratch("documents-mounted");
    for (version, target) in [("..one", "0.995"), ("..two", "0.98")] {
        fs::create_dir_all(folder.join(version)).unwrap();
        fs::write(folder.join(version).join("shop.yaml"), document("doc-mounted", target)).unwrap();
    }
    symlink("..one", folder.join("..data")).unwrap();
    symlink("..data/shop.yaml", folder.join("shop.yaml")).unwrap();
    let sli = checkout("doc-mounted");
    let reliability = Reliability::builder().only("doc-mounted").sli(&sli).documents(&folder).start().unwrap();
    let slo = "doc-mounted-availability";
    assert_eq!(objective(&reliability.report(), slo), "99.5%");
    symlink("..two", folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    until(&reliability.handle(), "98 %", |report| objective(report, slo) == "98%");
    let report = reliability.stop();
    assert_eq!(report.documents.unwrap().loaded, 2);
}
