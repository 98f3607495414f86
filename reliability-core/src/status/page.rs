//! The page: a pure function of a report and its curves.
//!
//! First what stands in plain words and needs somebody, then what the service does about it, then features, then each objective with
//! its figures, then what happened. Objectives keep their places whatever happens: nothing jumps away under a reader's eyes, and what needs
//! somebody is linked from the top. Complete without a script; with one, the parts are kept up to date.

use std::collections::HashMap;
use std::ops::Range;

use super::html::Html;
use super::svg::Picture;
use super::{acting, feature as declared, objective};
use crate::engine::report::{DocumentsReport, Report, SliReport, SloReport};
use crate::engine::stored::StoreStanding;
use crate::engine::words::Standing;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// How many events are shown.
const EVENTS: usize = 50;
/// The judge ticks once a second; after so many without a word its figures are old.
const OLD_AFTER_SECONDS: u64 = 5;

/// All that is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    /// The curves, by the objective's name.
    pub(super) pictures: &'a HashMap<String, Picture>,
    /// Whether the texts of errors are shown, where any were taken.
    pub(super) texts: bool,
    /// Whether buttons are there for whoever has a token.
    pub(super) control: bool,
}

/// A page and what of it may change.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) html: String,
    /// The insides of its parts, in their order: that of number 7 is the element `p7`.
    pub(super) parts: Vec<Range<usize>>,
    /// Of everything that is no part. Where it differs the page must be loaded anew.
    pub(super) skeleton: u64,
}

impl Rendered {
    /// The parts with their numbers.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, &str)> {
        self.parts.iter().map(|part| &self.html[part.clone()]).enumerate()
    }
}

/// The page of this view, which will take about so many bytes.
pub(super) fn render(view: View<'_>, room: usize) -> Rendered {
    let mut html = Html::with_room(room);
    let (head, tail) = TEMPLATE.split_once("{body}").unwrap_or((TEMPLATE, ""));
    fill(&mut html, head, |html| html.text(&view.report.service.service));
    let begins = html.so_far().0.len();
    write_body(&mut html, view);
    let skeleton = skeleton(&html, begins);
    fill(&mut html, tail, |html| html.text(format_args!("{skeleton:x}")));
    let (html, parts) = html.finish();
    Rendered { html, parts, skeleton }
}

/// A piece of the template with what stands for its markers: style, script, or what only the page knows.
fn fill(html: &mut Html, template: &'static str, mut put: impl FnMut(&mut Html) -> &mut Html) {
    for piece in template.split_inclusive('}') {
        let (markup, marker) = piece.split_once('{').unwrap_or((piece, ""));
        html.raw(markup);
        match marker {
            "" => {}
            "style}" => _ = html.raw(STYLE),
            "script}" => _ = html.raw(SCRIPT),
            // the title, or the skeleton: one in each piece
            _ => _ = put(html),
        }
    }
}

/// Of everything that is no part, and of style and script: the same in every process of one version.
fn skeleton(html: &Html, begins: usize) -> u64 {
    const FIXED: u64 = fnv(fnv(0xcbf2_9ce4_8422_2325, STYLE), SCRIPT);
    let (text, parts) = html.so_far();
    let starts = std::iter::once(begins).chain(parts.iter().map(|part| part.end));
    let ends = parts.iter().map(|part| part.start).chain(std::iter::once(text.len()));
    starts.zip(ends).fold(FIXED, |hash, (from, to)| fnv(hash, &text[from..to]))
}

/// FNV-1a, 64 bits.
const fn fnv(mut hash: u64, text: &str) -> u64 {
    let (bytes, mut i) = (text.as_bytes(), 0);
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

fn write_body(html: &mut Html, view: View<'_>) {
    let report = view.report;
    header(html, report);
    // both are relative to the page, wherever it is mounted
    html.raw("<main data-stream=\"reliability/stream\" data-control=\"reliability/control/\">\n");
    verdict(html, report);
    planned(html, report);
    acting::write(html, view);
    features(html, report);
    html.raw("<section aria-labelledby=\"objectives\"><h2 id=\"objectives\" tabindex=\"-1\">Objectives</h2>\n");
    for (n, sli) in report.slis.iter().enumerate() {
        objective::write(html, n, sli, view);
    }
    html.raw("</section>\n<section aria-labelledby=\"happened\"><h2 id=\"happened\">What happened</h2>");
    html.part("ol class=\"events\" reversed", |html| {
        if report.events.is_empty() {
            html.raw("<li>Nothing yet.</li>");
        }
        for event in report.events.iter().rev().take(EVENTS) {
            html.raw("<li>").time(event.at, report.time).raw(" ").text(&event.kind).raw("</li>");
        }
    });
    html.raw(
        "</section>\n</main>\n<footer><p>The same as <a href=\"reliability.json\">JSON</a>. For people and programs that want \
         to know, never for a readiness probe: a service whose budget is spent still serves.</p></footer>",
    );
}

fn header(html: &mut Html, report: &Report) {
    let service = &report.service;
    html.raw("<header><div><h1>").name(&service.service).raw("</h1>");
    html.part("p class=\"dim\"", |html| {
        for said in service.version.iter().chain(&service.environment).chain([&service.instance]) {
            html.name(said).raw(" · ");
        }
        html.raw("measured since ").time(report.since, report.time).raw(" · as of ").time(report.time, report.time);
        if report.dropped_events > 0 {
            html.raw(" · ").text(report.dropped_events).raw(" events were dropped by a slow sink");
        }
        if let Some(store) = &report.store {
            html.raw(match store.standing {
                StoreStanding::Kept => " · budgets are kept",
                StoreStanding::Opening => " · the store is being read",
                _ => " · budgets are not kept",
            });
            if let Some(from) = store.resumed_from {
                html.raw(", gone on with from ").time(from, report.time);
            }
        }
    });
    html.raw(
        "</div><div class=\"live\"><span id=\"link\" role=\"status\" data-state=\"still\">As loaded</span>\
         <button id=\"pause\" type=\"button\" aria-pressed=\"false\" hidden>Pause</button></div></header>\n",
    );
}

/// What needs somebody, first.
fn verdict(html: &mut Html, report: &Report) {
    let slos = || report.slis.iter().enumerate().flat_map(|(n, sli)| sli.slos.iter().map(move |slo| (n, slo)));
    let mut needy: Vec<_> = slos().filter(|(_, slo)| slo.standing() >= Standing::AtRisk).collect();
    needy.sort_by_key(|(_, slo)| std::cmp::Reverse(slo.standing()));
    html.raw("<section class=\"verdict\" aria-label=\"Verdict\">");
    // read out when it changes, so it holds no figure that changes by itself
    html.part("p class=\"headline\" role=\"status\"", |html| headline(html, report, slos().count(), &needy));
    html.part("ul class=\"needy\"", |html| {
        for (n, slo) in &needy {
            html.raw("<li class=\"").raw(tone(slo.standing())).raw("\"><a href=\"#i").text(n).raw("\">");
            html.name(&slo.name).raw("</a> ").text(slo.reason()).raw("</li>");
        }
        for sli in report.slis.iter().filter(|sli| sli.stalled_since.is_some()) {
            html.raw("<li class=\"bad\">Calls of ").name(sli.spec.name);
            html.raw(" start and none ends: ").text(sli.in_flight).raw(" in flight.</li>");
        }
        if let Some(fleet) = report.fleet.as_ref().filter(|fleet| !fleet.reason.is_empty()) {
            html.raw("<li class=\"warn\">Nobody tells how the fleet does: ").text(&fleet.reason).raw("</li>");
        }
        if let Some(store) = report.store.as_ref().filter(|store| !store.reason.is_empty()) {
            html.raw("<li class=\"warn\">A restart would forget budgets: ").text(&store.reason).raw("</li>");
        }
    });
    html.raw("</section>\n");
}

fn headline(html: &mut Html, report: &Report, slos: usize, needy: &[(usize, &SloReport)]) {
    let failing = needy.iter().filter(|(_, slo)| slo.standing() == Standing::Failing).count();
    let stalled = report.slis.iter().filter(|sli| sli.stalled_since.is_some()).count();
    let known = report.slis.iter().flat_map(|sli| &sli.slos).any(|slo| slo.standing() != Standing::Unknown);
    if !report.enabled {
        html.raw("<b class=\"unknown\">Measuring is switched off</b> (<code>RELIABILITY=off</code>)");
    } else if report.loop_age.as_secs() >= OLD_AFTER_SECONDS {
        html.raw("<b class=\"bad\">The judge is not running</b>: the figures are old");
    } else if failing == 0 && stalled > 0 {
        html.raw("<b class=\"bad\">Somebody is needed</b>: calls start and none ends");
    } else if failing > 0 {
        html.raw("<b class=\"bad\">Somebody is needed</b>: ").text(failing).raw(" of ").text(slos);
        html.raw(if failing == 1 { " objectives is failing" } else { " objectives are failing" });
    } else if !needy.is_empty() {
        html.raw("<b class=\"warn\">Watch it</b>: ").text(needy.len()).raw(" of ").text(slos);
        html.raw(if needy.len() == 1 { " objectives is at risk" } else { " objectives are at risk" });
    } else if slos == 0 {
        html.raw(
            "<b class=\"unknown\">No objectives yet</b>: declare one with <code>#[sli(objective = \"99.9%\")]</code>",
        );
    } else if !known {
        html.raw("<b class=\"unknown\">No data yet</b>: nobody has used what the ").text(slos);
        html.raw(if slos == 1 { " objective is about" } else { " objectives are about" });
    } else {
        html.raw("<b class=\"good\">All is well</b>: ").text(slos);
        html.raw(if slos == 1 { " objective, and no alert" } else { " objectives, and no alert" });
    }
}

/// Planned time, as long as somebody may ask about it, and documents that are not in force.
fn planned(html: &mut Html, report: &Report) {
    html.part("ul class=\"planned\"", |html| {
        if let Some(documents) = &report.documents {
            self::documents(html, documents);
        }
        for planned in report.maintenance.iter().filter(|planned| planned.planned.to > report.time) {
            let what = &planned.planned;
            html.raw(if planned.is_now { "<li><b>Maintenance now</b>: " } else { "<li>Maintenance planned: " });
            html.name(&what.name).raw(", ").time(what.from, report.time).raw(" to ").time(what.to, report.time);
            for (i, sli) in what.slis.iter().enumerate() {
                html.raw(if i == 0 { ", of " } else { ", " }).name(sli);
            }
            html.raw(if what.charged {
                "; failures in it spend the budget</li>"
            } else {
                "; failures in it are excused</li>"
            });
        }
    });
}

/// What lies there and does not hold, or not yet.
fn documents(html: &mut Html, documents: &DocumentsReport) {
    if let Some(first) = documents.refused.first() {
        html.raw("<li><b>Documents have changed and are not used</b>: ").text(documents.refused.len());
        html.raw(if documents.refused.len() == 1 { " error, " } else { " errors, the first " }).text(first);
        html.raw("; what was in force stays</li>");
    }
    if let Some(later) = &documents.later {
        html.raw("<li>Documents have changed: ").text(later).raw(" take force at the next start</li>");
    }
}

/// Each feature: those that were declared in full, those that SLIs only name in one sentence.
fn features(html: &mut Html, report: &Report) {
    let full = || report.features.iter().filter(|feature| feature.declared);
    let mut names: Vec<&str> = report.slis.iter().flat_map(|sli| sli.spec.features).copied().collect();
    names.retain(|name| !full().any(|feature| feature.name == *name));
    names.sort_unstable();
    names.dedup();
    if names.is_empty() && full().next().is_none() {
        return;
    }
    html.raw("<section aria-labelledby=\"features\"><h2 id=\"features\">Features</h2><ul class=\"features\">\n");
    for feature in full() {
        html.part("li class=\"full\"", |html| declared::write(html, feature, report));
        html.raw("\n");
    }
    for name in names {
        let of = || report.slis.iter().enumerate().filter(move |(_, sli)| sli.spec.features.contains(&name));
        html.part("li", |html| feature(html, name, &of().collect::<Vec<_>>()));
        html.raw("\n");
    }
    html.raw("</ul></section>\n");
}

fn feature(html: &mut Html, name: &str, parts: &[(usize, &SliReport)]) {
    let slos = || parts.iter().flat_map(|(_, sli)| &sli.slos);
    // the worst stands for the journey: it needs all of them
    let worst =
        slos().max_by(|a, b| a.standing().cmp(&b.standing()).then(b.budget_remaining.total_cmp(&a.budget_remaining)));
    let stalled = parts.iter().any(|(_, sli)| sli.stalled_since.is_some());
    let standing = if stalled { Standing::Failing } else { worst.map_or(Standing::Unknown, SloReport::standing) };
    html.raw("<h3>").name(name).raw("</h3>");
    badge(html, standing);
    html.raw("<p>");
    match (worst, standing) {
        _ if stalled => html.raw("Calls start and none ends."),
        (None, _) => html.raw("No objective says when this works."),
        (Some(_), Standing::Unknown) => html.raw("Nobody has used it yet."),
        (Some(slo), _) => html.text(slo.reason()),
    };
    html.raw("</p><p class=\"dim\">Needs ");
    for (i, (n, sli)) in parts.iter().enumerate() {
        html.raw(if i == 0 { "" } else { ", " });
        html.raw("<a href=\"#i").text(n).raw("\">").name(sli.spec.name).raw("</a>");
    }
    html.raw("</p>");
}

/// A standing as a word with a sign: never by colour alone.
pub(super) fn badge(html: &mut Html, standing: Standing) {
    html.raw("<span class=\"badge ").raw(tone(standing)).raw("\">");
    html.raw(match standing {
        Standing::Failing => "✕ failing",
        Standing::AtRisk => "▲ at risk",
        Standing::Fine => "● fine",
        Standing::Unknown => "○ no data",
    });
    html.raw("</span>");
}

pub(super) fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Failing => "bad",
        Standing::AtRisk => "warn",
        Standing::Fine => "good",
        Standing::Unknown => "unknown",
    }
}

/// Whether somebody must look at one of its objectives.
pub(super) fn worst(sli: &SliReport) -> Standing {
    if sli.stalled_since.is_some() {
        return Standing::Failing;
    }
    sli.slos.iter().map(SloReport::standing).max().unwrap_or(Standing::Unknown)
}
