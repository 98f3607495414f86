//! Marks the spans of calls that did not go well, so that traces can be searched for bad events.
//!
//! **Attributes, not events.** An event inside the span reaches every backend too, but it is a log line as well, one for each
//! failing request, and most trace stores search attributes faster than events. An attribute of `tracing` must be declared
//! where the span is made, and that is the user's code. But a *record* need not come from the span's own fields: its values
//! carry their names, and a layer that takes records takes these as it takes the user's. So the span that is current when a
//! call ends badly gets a record of fields that are declared here. `tracing-opentelemetry` makes span attributes of it,
//! `fmt` prints it with the span, and any layer of one's own sees it in `on_record`.
//!
//! **What it costs.** The path of a good call knows nothing of this, with the layer or without. A failing call loads one
//! word without the layer; with it, it does what recording a field does in this subscriber, which may lock and allocate:
//! that is what was asked for. The budget is the last second's, from a table that is only tried: a request never waits for it.
//!
//! Limits: a span without the marks was good, ignored, or not measured. A call that ends outside of any span marks none, and
//! one that ends around its span (`#[sli]` above `#[instrument]`) marks the span around both. The second failure in one span
//! overwrites the marks of the first. The set of values is made by a constructor that `tracing` keeps for its macros.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use tracing::callsite::{Callsite, Identifier};
use tracing::field::{FieldSet, Value};
use tracing::metadata::{Kind, Level, Metadata};
use tracing::span::Record;
use tracing::subscriber::Interest;
use tracing::{Subscriber, dispatcher};
use tracing_subscriber::Layer;

use crate::engine::port::Sink;
use crate::engine::report::{Report, SliReport};
use crate::sli::{FailureKind, set_marker};
use crate::slo::Severity;

/// A `tracing` layer under which the span of a call that failed, was slow, panicked, was dropped too late or refused carries
///
/// - `reliability.sli`: the name of the indicator;
/// - `reliability.outcome`: `failed`, `panicked`, `slow`, `cancelled` or `shed`;
/// - `reliability.slo`, `reliability.budget_remaining`: its objective with the least budget left, and how much, 1 being all;
/// - `reliability.alert`: `page`, `ticket` or `none`, the worst that is firing on it.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry()
///     // .with(tracing_opentelemetry::layer()) or any other layer that takes records
///     .with(reliability_core::SpanLayer);
/// # drop(subscriber);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanLayer;

/// Some subscriber of this process has the layer.
static INSTALLED: AtomicBool = AtomicBool::new(false);
static BUDGETS: RwLock<BTreeMap<&'static str, Budget>> = RwLock::new(BTreeMap::new());

struct Budget {
    slo: String,
    remaining: f64,
    alert: &'static str,
}

impl<S: Subscriber> Layer<S> for SpanLayer {
    fn on_layer(&mut self, _: &mut S) {
        INSTALLED.store(true, Ordering::Relaxed);
    }
}

/// Has failing calls come here.
pub(super) fn install() {
    set_marker(mark);
}

/// Keeps what is left of the budgets where a failing call finds it.
pub(super) struct BudgetSink;

impl Sink for BudgetSink {
    fn name(&self) -> &'static str {
        "span-layer"
    }

    fn wants_report(&mut self) -> bool {
        INSTALLED.load(Ordering::Relaxed)
    }

    fn report(&mut self, report: &Report) {
        let budgets: Vec<_> = report.slis.iter().filter_map(|sli| Some((sli.spec.name, budget(sli)?))).collect();
        BUDGETS.write().unwrap_or_else(PoisonError::into_inner).extend(budgets);
    }
}

fn budget(sli: &SliReport) -> Option<Budget> {
    let worst = sli.slos.iter().min_by(|a, b| a.budget_remaining.total_cmp(&b.budget_remaining))?;
    let fires = |severity| sli.slos.iter().any(|slo| slo.is_firing(severity));
    let alert = match (fires(Severity::Page), fires(Severity::Ticket)) {
        (true, _) => "page",
        (false, true) => "ticket",
        (false, false) => "none",
    };
    Some(Budget { slo: worst.name.clone(), remaining: worst.budget_remaining, alert })
}

const NAMES: [&str; 5] =
    ["reliability.sli", "reliability.outcome", "reliability.slo", "reliability.budget_remaining", "reliability.alert"];

/// Where the fields are declared.
struct Here;

static HERE: Here = Here;
static FIELDS: Metadata<'static> = Metadata::new(
    "reliability",
    "reliability",
    Level::INFO,
    None,
    None,
    None,
    FieldSet::new(&NAMES, Identifier(&HERE)),
    Kind::SPAN,
);

impl Callsite for Here {
    fn set_interest(&self, _: Interest) {}
    fn metadata(&self) -> &Metadata<'_> {
        &FIELDS
    }
}

fn mark(sli: &'static str, failure: Option<FailureKind>) {
    if !INSTALLED.load(Ordering::Relaxed) {
        return;
    }
    dispatcher::get_default(|dispatch| {
        let current = dispatch.current_span();
        // another subscriber of this process may have the layer, and this thread's not
        let (Some(span), true) = (current.id(), dispatch.is::<SpanLayer>()) else { return };
        let outcome = failure.map_or("shed", FailureKind::as_str);
        let budgets = BUDGETS.try_read().ok();
        let budget = budgets.as_ref().and_then(|budgets| budgets.get(sli));
        let slo = budget.map(|budget| budget.slo.as_str());
        let remaining = budget.map(|budget| budget.remaining);
        let alert = budget.map(|budget| budget.alert);
        let values: [Option<&dyn Value>; 5] = [
            Some(&sli),
            Some(&outcome),
            slo.as_ref().map(|it| it as &dyn Value),
            remaining.as_ref().map(|it| it as &dyn Value),
            alert.as_ref().map(|it| it as &dyn Value),
        ];
        let fields: Vec<_> = FIELDS.fields().iter().collect();
        let pairs: [_; 5] = std::array::from_fn(|at| (&fields[at], values[at]));
        dispatch.record(span, &Record::new(&FIELDS.fields().value_set(&pairs)));
    });
}
