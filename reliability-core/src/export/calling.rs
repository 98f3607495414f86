//! What guards calls out, as series: breakers, bulkheads and budgets of retries. See `acting`, of which this is a part.

use super::series::{Emit, Kind, Series, Value, series};
use crate::admission::{BreakerReport, BreakerState, GateReport, RetriesReport};
use crate::engine::report::Report;

/// Prometheus' name of a series, and the series.
pub(super) static CALLING: [(&str, Series); 11] = [
    (
        "reliability_breaker_state",
        series(
            Kind::Gauge,
            "reliability.breaker.state",
            "{breaker}",
            "1 for the state that a breaker is in, 0 for the others.",
            |report, emit| {
                for breaker in &report.response.breakers {
                    for state in BreakerState::ALL {
                        let is_so = f64::from(u8::from(breaker.state == state));
                        emit(&[("breaker", breaker.name), ("state", state.name())], Value::Number(is_so));
                    }
                }
            },
        ),
    ),
    (
        "reliability_breaker_opened_total",
        series(Kind::Counter, "reliability.breaker.opened", "{time}", "How often a breaker opened.", |report, emit| {
            each_breaker(report, emit, |breaker| breaker.opened);
        }),
    ),
    (
        "reliability_breaker_passed_total",
        series(
            Kind::Counter,
            "reliability.breaker.passed",
            "{call}",
            "Calls that a breaker let pass.",
            |report, emit| {
                each_breaker(report, emit, |breaker| breaker.passed);
            },
        ),
    ),
    (
        "reliability_breaker_failed_total",
        series(
            Kind::Counter,
            "reliability.breaker.failed",
            "{call}",
            "Calls through a breaker that ended as failures.",
            |report, emit| each_breaker(report, emit, |breaker| breaker.failed),
        ),
    ),
    (
        "reliability_breaker_refused_total",
        series(
            Kind::Counter,
            "reliability.breaker.refused",
            "{call}",
            "Calls that a breaker refused.",
            |report, emit| {
                each_breaker(report, emit, |breaker| breaker.refused);
            },
        ),
    ),
    (
        "reliability_bulkhead_limit",
        series(
            Kind::Gauge,
            "reliability.bulkhead.limit",
            "{call}",
            "How many calls a bulkhead holds.",
            |report, emit| {
                each_bulkhead(report, emit, |bulkhead| {
                    bulkhead.limit.map_or(Value::Unknown, |it| Value::Number(it as f64))
                });
            },
        ),
    ),
    (
        "reliability_bulkhead_in_flight",
        series(Kind::UpDown, "reliability.bulkhead.in_flight", "{call}", "Calls inside a bulkhead.", |report, emit| {
            each_bulkhead(report, emit, |bulkhead| Value::Count(bulkhead.in_flight));
        }),
    ),
    (
        "reliability_bulkhead_refused_total",
        series(
            Kind::Counter,
            "reliability.bulkhead.refused",
            "{call}",
            "Calls that a bulkhead refused.",
            |report, emit| {
                each_bulkhead(report, emit, |bulkhead| Value::Count(bulkhead.refused.total()));
            },
        ),
    ),
    (
        "reliability_retries_running",
        series(
            Kind::UpDown,
            "reliability.retries.running",
            "{retry}",
            "Retries and hedges that run.",
            |report, emit| {
                each_budget(report, emit, |budget| budget.running);
            },
        ),
    ),
    (
        "reliability_retries_granted_total",
        series(
            Kind::Counter,
            "reliability.retries.granted",
            "{retry}",
            "Retries and hedges that were let run.",
            |report, emit| each_budget(report, emit, |budget| budget.granted),
        ),
    ),
    (
        "reliability_retries_refused_total",
        series(
            Kind::Counter,
            "reliability.retries.refused",
            "{retry}",
            "Retries and hedges that were refused.",
            |report, emit| each_budget(report, emit, |budget| budget.refused),
        ),
    ),
];

fn each_breaker(report: &Report, emit: &mut Emit<'_>, value: impl Fn(&BreakerReport) -> u64) {
    for breaker in &report.response.breakers {
        emit(&[("breaker", breaker.name)], Value::Count(value(breaker)));
    }
}

fn each_bulkhead(report: &Report, emit: &mut Emit<'_>, value: impl Fn(&GateReport) -> Value) {
    for bulkhead in &report.response.bulkheads {
        emit(&[("bulkhead", bulkhead.name)], value(bulkhead));
    }
}

fn each_budget(report: &Report, emit: &mut Emit<'_>, value: impl Fn(&RetriesReport) -> u64) {
    for budget in &report.response.retries {
        emit(&[("retries", budget.name)], Value::Count(value(budget)));
    }
}
