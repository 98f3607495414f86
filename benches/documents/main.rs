//! What it takes to load 1,000 documents from a folder of 100 files: read, parse, check, resolve, bind to the code.
//!
//! `cargo bench -p reliability-benches --bench documents`
//!
//! Four in ten are SLOs with all their words, as many are bindings, one in ten an SLI with its queries, one in ten a feature. All
//! of it on one thread, as a service starts. The files are in the system's cache, as they are when they have just been mounted.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

#[path = "../harness.rs"]
mod harness;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use harness::{Options, Table, Verdict, median, print_machine, print_verdicts};
use reliability_core::document::{Documents, Source};
use reliability_core::watch::read_files;
use reliability_core::{Objective, SliSpec};

const FILES: usize = 100;

/// Ten documents.
fn file(n: usize) -> String {
    let mut text = String::new();
    for i in n * 4..n * 4 + 4 {
        write!(
            text,
            "apiVersion: openslo/v1
kind: SLO
metadata:
  name: promise-{i}
  displayName: Promise {i} # as people call it
  annotations:
    reliability/owner: payments
    reliability/product-owner: Ana
    reliability/review: \"2027-01-31\"
    reliability/impact: Customers cannot pay and leave.
    reliability/first-action: Look at the payment provider's status page
spec:
  description: An order that is placed is taken.
  service: shop
  indicatorRef: indicator-{i}
  timeWindow:
    - duration: 1M
      isRolling: false
      calendar:
        startTime: \"2026-01-01 00:00:00\"
        timeZone: Europe/Paris
  budgetingMethod: Occurrences
  objectives:
    - displayName: Works
      target: 0.999
---
apiVersion: reliability/v1
kind: Binding
metadata:
  name: binding-{i}
spec:
  indicator: indicator-{i}
  sli: handler-{i}
---
"
        )
        .expect("a string");
    }
    write!(
        text,
        "apiVersion: openslo/v1
kind: SLI
metadata:
  name: described-{n}
spec:
  ratioMetric:
    counter: true
    good:
      metricSource:
        type: Prometheus
        spec:
          query: sum(rate(orders_total{{code!~\"5..\"}}[5m]))
    total:
      metricSource:
        type: Prometheus
        spec:
          query: sum(rate(orders_total[5m]))
---
apiVersion: reliability/v1
kind: Feature
metadata:
  name: feature-{n}
spec:
  reading: journey
  objective: 99.5%
  parts:
    - slo: promise-{first}
    - slo: promise-{second}
      required: false
",
        first = n * 4,
        second = n * 4 + 1,
    )
    .expect("a string");
    text
}

/// Milliseconds of reading the files, of reading the documents, and of binding them.
fn load(folder: &Path, slis: &[SliSpec]) -> [f64; 3] {
    let since = |begun: Instant| begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    let sources: Vec<Source> = read_files(folder).expect("files");
    let files = since(begun);
    let begun = Instant::now();
    let (documents, findings) = Documents::read(sources);
    let read = since(begun);
    assert_eq!(documents.len(), FILES * 10);
    assert!(findings.is_empty(), "{}", findings[0]);
    let begun = Instant::now();
    let (bound, findings) = documents.bind(slis);
    let bind = since(begun);
    assert_eq!((bound.overlays.len(), bound.features.len(), findings.len()), (FILES * 4, FILES, 0));
    [files, read, bind]
}

fn main() {
    let options = Options::read();
    print_machine();
    let folder = std::env::temp_dir().join(format!("reliability-bench-documents-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for n in 0..FILES {
        std::fs::write(folder.join(format!("{n:03}.yaml")), file(n)).expect("a file");
    }
    let objective = Objective::parse("99.5%").expect("a share");
    let name = |i: usize| -> &'static str { Box::leak(format!("handler-{i}").into_boxed_str()) };
    let slis: Vec<_> = (0..FILES * 4).map(|i| SliSpec::new(name(i)).objective(objective)).collect();

    let rounds = if options.quick { 2 } else { 51 };
    // the first makes the schemas, once for a process; a service's start pays for it, so it is told apart
    let first: f64 = load(&folder, &slis).iter().sum();
    let loads: Vec<_> = (0..rounds).map(|_| load(&folder, &slis)).collect();
    std::fs::remove_dir_all(&folder).expect("it goes");

    let each = |part: usize| median(loads.iter().map(|load| load[part]).collect());
    let whole = median(loads.iter().map(|load| load.iter().sum()).collect());
    let slowest = loads.iter().map(|load| load.iter().sum()).fold(first, f64::max);
    let mut table = Table::new(["1,000 documents", "files", "reading", "binding", "together", "the first", "slowest"]);
    let mut row = vec!["in 100 files".to_owned()];
    row.extend([each(0), each(1), each(2), whole, first, slowest].map(|millis| format!("{millis:.1} ms")));
    table.row(row);
    table.print(options.markdown);
    if !options.quick {
        print_verdicts(
            &[Verdict { what: "1,000 documents loaded, slowest", measured: slowest, at_most: 100.0, unit: "ms" }],
            options.markdown,
        );
    }
}
