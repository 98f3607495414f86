//! What the code declares, as `OpenSLO`: the beginning of a document.
//!
//! Indicators are ratios over the series that the library exports (`reliability_judged_total`), so
//! that another engine can read the file too, and bear the annotations that lead back to the code.

use std::collections::BTreeMap;

use serde_json::json;

use super::kinds::openslo::{
    Budgeting, Calendar, Goal, Indicator, Metadata, Metric, MetricSource, RatioMetric, SliSpec, SliceLength, SloSpec,
    TimeWindow,
};
use super::kinds::text::{Label, Shorthand, Start, ZoneName};
use super::kinds::{Document, Kind, Spec};
use super::node::Node;
use super::{print, texts};
use crate::slo::{Promise, SloKind};
use crate::spec::{CalendarUnit, Method, Window, format_duration};

/// A Service and its SLOs as YAML. What `OpenSLO` has no place for is in annotations.
///
/// ```
/// use reliability_core::document::{Documents, Source, openslo};
/// use reliability_core::slo::Promise;
/// use reliability_core::{Objective, SliSpec};
/// let checkout = SliSpec::new("checkout").objective(Objective::parse("99.9%")?).owner("payments");
/// let text = openslo("shop", &Promise::declared(&checkout));
/// let (documents, findings) = Documents::read([Source::new("shop.yaml", text)]);
/// assert!(findings.is_empty(), "{findings:?}");
/// assert_eq!(documents.bind(&[checkout]).0.overlays[0].objective.to_string(), "99.9%");
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
pub fn openslo(service: &str, promises: &[Promise]) -> String {
    let name = label(service);
    let described = (name != service).then(|| service.to_owned());
    let metadata = Metadata { name: Label(name.clone()), display_name: described, ..Metadata::default() };
    let mut documents = vec![document(Kind::Service, metadata, Spec::Service(Box::default()))];
    documents.extend(promises.iter().map(|promise| slo(&name, promise)));
    let mut nodes: Vec<_> = documents.iter().map(|document| Node::of(&document.value())).collect();
    nodes.iter_mut().for_each(print::sort);
    print::print(&nodes, &[])
}

fn document(kind: Kind, metadata: Metadata, spec: Spec) -> Document {
    Document { kind, metadata, spec, node: Node::plain(super::node::At::default(), "").into(), file: 0 }
}

fn slo(service: &str, promise: &Promise) -> Document {
    let about = &promise.about;
    let mut annotations = BTreeMap::new();
    annotations.insert("reliability/sli".to_owned(), promise.sli.clone());
    if let SloKind::Latency(threshold) = promise.kind {
        annotations.insert("reliability/latency".to_owned(), format_duration(threshold));
    }
    // a review date of another form, as only builders could say it, would not be read again
    let review = about.review.clone().filter(|review| texts::check("date", review).is_ok());
    for (key, text) in [
        ("owner", &about.owner),
        ("product-owner", &about.product_owner),
        ("review", &review),
        ("impact", &about.impact),
        ("first-action", &about.first_action),
        ("runbook", &about.runbook),
    ] {
        if let Some(text) = text {
            annotations.insert(format!("reliability/{key}"), text.clone());
        }
    }
    let title = about.title.clone().filter(|title| title.chars().count() <= 63);
    let metadata =
        Metadata { name: Label(label(&promise.slo)), display_name: title, annotations, ..Metadata::default() };
    let (method, slice, slice_target) = match promise.terms.method {
        Method::Occurrences => (Budgeting::Occurrences, None, None),
        Method::Timeslices { slice, target } => {
            (Budgeting::Timeslices, Some(slice), Some(f64::from(target.ppb()) / 1e9))
        }
        Method::RatioTimeslices { slice } => (Budgeting::RatioTimeslices, Some(slice), None),
    };
    let goal = Goal {
        target: Some(f64::from(promise.terms.objective.ppb()) / 1e9),
        time_slice_target: slice_target,
        time_slice_window: slice.map(|slice| SliceLength::Shorthand(Shorthand(format!("{}m", slice.minutes())))),
        ..Goal::default()
    };
    let description = about.description.as_ref().map(|text| text.chars().take(1050).collect());
    let spec = SloSpec {
        description,
        service: service.to_owned(),
        indicator: Some(indicator(promise)),
        time_window: Some(vec![window(promise.terms.window)]),
        budgeting_method: method,
        objectives: vec![goal],
        ..SloSpec::default()
    };
    document(Kind::Slo, metadata, Spec::Slo(Box::new(spec)))
}

fn indicator(promise: &Promise) -> Indicator {
    let metric = |outcome: &str| {
        let query = format!("sum(reliability_judged_total{{slo=\"{}\"{outcome}}})", promise.slo);
        let spec = json!({ "query": query }).as_object().cloned().unwrap_or_default();
        Some(Metric { metric_source: MetricSource { metric_source_ref: None, kind: Some("Prometheus".into()), spec } })
    };
    let ratio = RatioMetric {
        counter: Some(true),
        good: metric(",outcome=\"good\""),
        total: metric(""),
        ..RatioMetric::default()
    };
    let metadata = Metadata { name: Label(label(&promise.slo)), ..Metadata::default() };
    Indicator { metadata, spec: SliSpec { ratio_metric: Some(ratio), ..SliSpec::default() } }
}

fn window(window: Window) -> TimeWindow {
    match window.as_calendar() {
        None => {
            TimeWindow { duration: Shorthand(format!("{}d", window.days())), is_rolling: Some(true), calendar: None }
        }
        Some((unit, zone)) => {
            // a Monday that is the first of a month and of a quarter
            let (duration, start) = match unit {
                CalendarUnit::Week => ("1w", "2018-01-01 00:00:00"),
                CalendarUnit::Month => ("1M", "2018-01-01 00:00:00"),
                CalendarUnit::Quarter => ("1Q", "2018-01-01 00:00:00"),
            };
            let calendar = Calendar { start_time: Start(start.into()), time_zone: ZoneName(zone.as_str().into()) };
            TimeWindow { duration: Shorthand(duration.into()), is_rolling: Some(false), calendar: Some(calendar) }
        }
    }
}

/// A text as a name: what no name may hold becomes a hyphen.
fn label(text: &str) -> String {
    let name: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .take(63)
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "service".into() } else { name.into() }
}
