//! An indicator with its objectives: what was counted, what is left, how it was spent, how near it is to an alert.

use std::time::Duration;

use super::html::Html;
use super::page::{View, badge, worst};
use super::{svg, words};
use crate::clock::Timestamp;
use crate::engine::fleet::{FleetReport, FleetStanding};
use crate::engine::report::{AlertReport, SliReport, SloKind, SloReport};
use crate::slo::{AlertState, Severity};
use crate::spec::{Method, format_duration};

/// How many values of a label are shown.
const LABELS: usize = 20;

/// The indicator of this number.
pub(super) fn write(html: &mut Html, n: usize, sli: &SliReport, view: View<'_>) {
    html.raw("<article id=\"i")
        .text(n)
        .raw("\" tabindex=\"-1\" aria-labelledby=\"n")
        .text(n)
        .raw("\"><div class=\"name\"><h3 id=\"n");
    html.text(n).raw("\">").name(sli.spec.name).raw("</h3>");
    html.part("span", |html| badge(html, worst(sli)));
    html.raw("<p class=\"dim\">");
    about(html, sli);
    html.raw("</p></div>");
    html.part("p class=\"counts\"", |html| counts(html, sli));
    html.part("p class=\"counts\"", |html| latency(html, sli));
    for slo in &sli.slos {
        objective(html, slo, view);
    }
    failures(html, sli, view);
    if let Some(label) = sli.spec.label {
        html.raw("<details><summary>By <bdi>").text(label).raw("</bdi></summary>");
        html.part("ul class=\"rows\"", |html| {
            for (value, counts) in sli.labels.iter().take(LABELS) {
                html.raw("<li>").name(value).raw(" <span>").text(counts.good).raw(" good, ").text(counts.seen_bad());
                html.raw(" bad</span></li>");
            }
        });
        html.raw("</details>");
    }
    html.raw("</article>\n");
}

fn about(html: &mut Html, sli: &SliReport) {
    let spec = &sli.spec;
    if let Some(owner) = spec.owner {
        html.raw("owned by ").name(owner).raw(" ");
    }
    if let Some(tier) = spec.tier {
        html.raw("tier ").text(tier).raw(" ");
    }
    for (i, needed) in spec.dependencies().enumerate() {
        html.raw(if i == 0 { "needs " } else { ", " }).name(needed);
    }
}

fn counts(html: &mut Html, sli: &SliReport) {
    let counts = &sli.counts;
    html.raw("<b>").text(counts.good).raw("</b> good · <b>").text(counts.bad).raw("</b> bad");
    for (many, what) in [(counts.shed, " refused"), (counts.cancelled(), " hung up"), (counts.ignored, " ignored")] {
        if many > 0 {
            html.raw(" · <b>").text(many).raw("</b>").raw(what);
        }
    }
    if counts.cancelled_bad > 0 {
        html.raw(" (").text(counts.cancelled_bad).raw(" of them too late)");
    }
    html.raw(" · <b>").text(sli.in_flight).raw("</b> in flight");
    if sli.stalled_since.is_some() {
        html.raw(" · <b class=\"bad\">calls start and none ends</b>");
    }
}

fn latency(html: &mut Html, sli: &SliReport) {
    let latency = &sli.latency;
    let percentiles = [("50 %", latency.p50), ("90 %", latency.p90), ("99 %", latency.p99), ("99.9 %", latency.p999)];
    let known = percentiles.into_iter().filter_map(|(share, within)| Some((share, within?)));
    for (i, (share, within)) in known.enumerate() {
        html.raw(if i == 0 { "Within " } else { " · " });
        html.raw("<b>").text(words::millis(within)).raw("</b> for ").raw(share);
    }
}

fn objective(html: &mut Html, slo: &SloReport, view: View<'_>) {
    html.raw("<div class=\"slo\"><h4>").text(slo.objective).raw(match slo.kind {
        SloKind::Availability => " of the requests go well",
        SloKind::Latency(_) => " go well within ",
    });
    if let SloKind::Latency(threshold) = slo.kind {
        html.text(words::millis(threshold));
    }
    html.raw(", over ").text(words::period(slo)).raw("</h4>");
    html.part("div class=\"left\"", |html| {
        budget(html, slo, view.report.time);
        if let Some(fleet) = &view.report.fleet {
            in_fleet(html, slo, fleet);
        }
    });
    html.part("div class=\"spent\"", |html| spent(html, slo, view));
    html.raw("<div class=\"pairs\">");
    html.part("table", |html| pairs(html, slo, view.report.time));
    html.raw("</div></div>");
}

fn budget(html: &mut Html, slo: &SloReport, now: Timestamp) {
    let left = slo.budget_remaining;
    html.raw("<p class=\"figure\"><b>");
    if left > 0.0 {
        html.text(words::good_share(left)).raw("</b> of the budget left</p>");
    } else {
        html.text(words::failing_share(1.0 - left)).raw("</b> of the budget spent</p>");
    }
    svg::budget_bar(html, left);
    html.raw("<p>").text(slo.reason()).raw("</p>");
    if let Some(incident) = &slo.incident {
        html.raw(if incident.until.is_some() { "<p>The incident from " } else { "<p>The incident since " });
        html.time(incident.since, now);
        if let Some(until) = incident.until {
            html.raw(" to ").time(until, now);
        }
        html.raw(" cost <b>").text(incident.failures).raw(" failures</b>");
        if let Some(cost) = incident.budget {
            html.raw(", ").text(words::failing_share(cost)).raw(" of the budget");
        }
        html.raw(".</p>");
    }
    html.raw("<p class=\"dim\">");
    remarks(html, slo);
    html.raw("</p>");
}

/// The same by all replicas together.
fn in_fleet(html: &mut Html, slo: &SloReport, fleet: &FleetReport) {
    html.raw("<p class=\"dim\">The fleet: ");
    let Some(of) = fleet.slo(&slo.name) else {
        html.raw("its engine knows no such objective.</p>");
        return;
    };
    match of.budget_remaining {
        Some(left) if left > 0.0 => html.raw("<b>").text(words::good_share(left)).raw("</b> of the budget left"),
        Some(left) => html.raw("<b>").text(words::failing_share(1.0 - left)).raw("</b> of the budget spent"),
        None => html.raw("budget unknown"),
    };
    for (severity, word) in [(Severity::Page, "page"), (Severity::Ticket, "ticket")] {
        html.raw(", ").raw(word).raw(match of.is_firing(severity) {
            Some(true) => " fires",
            Some(false) => " does not fire",
            None => " unknown",
        });
    }
    if fleet.standing != FleetStanding::Known {
        html.raw(" (old: ").text(&fleet.reason).raw(")");
    }
    html.raw("</p>");
}

/// What one must know to read the figure.
fn remarks(html: &mut Html, slo: &SloReport) {
    let more = slo.failures_left;
    if more >= 1.0 {
        html.text(format_args!("{:.0}", more.floor())).raw(" more ");
    } else if more <= -1.0 {
        html.text(format_args!("{:.0}", -more.ceil())).raw(" too many ");
    } else {
        html.raw("no more ");
    }
    html.raw(match slo.method {
        Method::Timeslices { .. } => "slices",
        _ => "requests",
    });
    html.raw(if more <= -1.0 { " have failed" } else { " may fail" });
    if slo.coverage < 0.9 {
        html.raw(" · a beginning, not a verdict: ").text(words::failing_share(slo.coverage));
        html.raw(" of the period observed");
    }
    if slo.method != Method::Occurrences {
        html.raw(" · counted by ").text(slo.method);
    }
    if let Some(measured) = slo.budget_measured {
        html.raw(" · of the slices with requests ").text(words::good_share(measured)).raw(" left");
    }
    if let Some(all) = slo.budget_with_maintenance {
        html.raw(" · ").text(words::good_share(all)).raw(" left if planned time excused nothing");
    }
    if slo.generation > 1 {
        html.raw(" · generation ").text(slo.generation).raw(" of its counts");
    }
}

fn spent(html: &mut Html, slo: &SloReport, view: View<'_>) {
    let Some(picture) = view.pictures.get(&slo.name) else { return };
    html.add(&picture.svg).raw("<p class=\"axis dim\"><span>").text(words::span(picture.reach));
    html.raw(" ago</span><span>now</span></p>");
}

fn pairs(html: &mut Html, slo: &SloReport, now: Timestamp) {
    html.raw("<caption>How fast the budget burns, and when that alerts</caption><thead><tr><th scope=\"col\">over</th><th scope=\"col\">burn</th><th scope=\"col\">alerts above</th><th scope=\"col\">state</th></tr></thead><tbody>");
    for alert in &slo.alerts {
        pair(html, slo, alert, now);
    }
    html.raw("</tbody>");
    for (rule, reason) in &slo.left_out {
        html.raw("<tbody><tr class=\"dim\"><th scope=\"row\">").text(rule).raw("</th><td colspan=\"3\">left out: ");
        html.text(reason).raw("</td></tr></tbody>");
    }
}

fn pair(html: &mut Html, slo: &SloReport, alert: &AlertReport, now: Timestamp) {
    let (long, short) = words::burns(slo, alert);
    let (long, short) = (long.and_then(|(_, burn)| burn), short.and_then(|(_, burn)| burn));
    let firing = matches!(alert.state, AlertState::Firing { .. });
    html.raw("<tr><th scope=\"row\">").text(&alert.rule).raw(match alert.severity {
        Severity::Page => " <span class=\"dim\">pages</span>",
        Severity::Ticket => " <span class=\"dim\">tickets</span>",
    });
    html.raw("</th><td>").text(rate(long)).raw(" / ").text(rate(short));
    // both windows must burn faster, so the slower one says how near it is
    if let (Some(long), Some(short)) = (long, short) {
        svg::nearness_bar(html, long.min(short) / alert.factor, firing);
    }
    html.raw("</td><td>").text(rate(Some(alert.factor))).raw("</td><td>");
    match (alert.state, alert.severity) {
        (AlertState::Firing { since }, severity) => {
            html.raw("<b class=\"").raw(if severity == Severity::Page { "bad" } else { "warn" }).raw("\">");
            html.text(severity).raw("</b> since ").time(since, now);
        }
        (AlertState::Resolved { at }, _) => _ = html.raw("over since ").time(at, now),
        (AlertState::Inactive, _) => _ = html.raw("quiet"),
    }
    if let Some(since) = alert.held_since {
        html.raw(" <span class=\"dim\">held since ").time(since, now).raw(" for want of data</span>");
    }
    if let Some(guard) = alert.guard.as_ref().filter(|guard| guard.held_back) {
        html.raw(" <span class=\"dim\">held back: ");
        match guard.needed {
            Some(needed) => html.raw("needs ").text(needed).raw(" failures"),
            None => html.raw("too little traffic"),
        };
        html.raw(", for fewer may be chance</span>");
    }
    html.raw("</td></tr>");
}

/// A burn rate, or a dash where nobody knows.
fn rate(burn: Option<f64>) -> String {
    match burn {
        None => "–".into(),
        Some(burn) if burn >= 100.0 => format!("{burn:.0}"),
        Some(burn) if burn >= 10.0 => format!("{burn:.1}"),
        Some(burn) => format!("{burn:.2}"),
    }
}

fn failures(html: &mut Html, sli: &SliReport, view: View<'_>) {
    html.raw("<details><summary>Last failures</summary>");
    html.part("ul class=\"rows\"", |html| {
        if sli.failures.is_empty() {
            html.raw("<li>None so far.</li>");
        }
        for failure in &sli.failures {
            html.raw("<li>").time(failure.at, view.report.time).raw(" <span>").raw(failure.kind.as_str());
            if let Some(elapsed) = failure.elapsed {
                html.raw(" after ").text(took(elapsed));
            }
            if let Some(trace) = failure.trace {
                html.raw(" in trace <code>").text(trace).raw("</code>");
            }
            html.raw("</span>");
            if let Some(text) = failure.text.as_ref().filter(|_| view.texts) {
                html.raw(" <q>").name(text).raw("</q>");
            }
            html.raw("</li>");
        }
    });
    html.raw("</details>");
}

fn took(elapsed: Duration) -> String {
    if elapsed < Duration::from_micros(10) { format_duration(elapsed) } else { words::millis(elapsed) }
}
