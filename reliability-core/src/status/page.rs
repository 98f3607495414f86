//! The first plain page: one table, no script, refreshed by the browser.

use std::fmt::{self, Write};

use crate::engine::report::{Report, SliReport, SloReport};
use crate::slo::Severity;
use crate::spec::format_duration;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}td.n{font-variant-numeric:tabular-nums}\
.page{color:#c22;font-weight:600}.ticket{color:#b60;font-weight:600}.held,.dim{opacity:.7}.bar{background:#8883;height:.6rem;width:8rem;\
display:inline-block;border-radius:.3rem;overflow:hidden}.bar i{display:block;height:100%;background:#2a7}.bar.low i{background:#c22}\
.wide{overflow-x:auto}th:first-child{width:34%}th:nth-child(2){width:24%}";

/// Text from elsewhere, escaped for HTML.
struct Escaped<T>(T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string().chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The page.
pub(super) fn render(report: &Report) -> String {
    let mut html = String::new();
    // writing to a String cannot fail
    let _ = write(&mut html, report);
    html
}

fn write(html: &mut String, report: &Report) -> fmt::Result {
    let service = Escaped(&report.service.service);
    write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"refresh\" content=\"2\"><title>{service}: reliability</title><style>{STYLE}</style></head><body>\
         <h1>{service}</h1><p class=\"dim\">{} · since {} · as of {}{}</p>",
        Escaped(&report.service.instance),
        report.since,
        report.time,
        if report.loop_age.as_secs() > 5 {
            " · <strong class=\"page\">the judging loop is not running: figures are old</strong>"
        } else {
            ""
        },
    )?;
    if !report.enabled {
        html.push_str("<p>Measuring is switched off (<code>RELIABILITY=off</code>).</p>");
    }
    let mut slis: Vec<_> = report.slis.iter().collect();
    // what needs somebody comes first
    slis.sort_by_key(|sli| std::cmp::Reverse(urgency(sli)));
    slis.into_iter().try_for_each(|sli| write_sli(html, sli))?;
    if !report.events.is_empty() {
        html.push_str("<h2>What happened</h2><ul>");
        for event in report.events.iter().rev().take(50) {
            write!(html, "<li><time>{}</time> {}</li>", event.at, Escaped(&event.kind))?;
        }
        html.push_str("</ul>");
    }
    html.push_str("</body></html>");
    Ok(())
}

fn urgency(sli: &SliReport) -> Option<Severity> {
    let firing = |severity| sli.slos.iter().any(|slo| slo.is_firing(severity));
    [Severity::Page, Severity::Ticket].into_iter().find(|severity| firing(*severity))
}

fn write_sli(html: &mut String, sli: &SliReport) -> fmt::Result {
    let counts = &sli.counts;
    write!(
        html,
        "<h2>{}</h2><p class=\"dim\">{} good · {} bad · {} shed · {} cancelled ({} of them bad) · {} ignored · {} in flight{}{}</p>",
        Escaped(sli.spec.name),
        counts.good,
        counts.bad,
        counts.shed,
        counts.cancelled(),
        counts.cancelled_bad,
        counts.ignored,
        sli.in_flight,
        if sli.stalled_since.is_some() { " · <strong class=\"page\">calls start and none ends</strong>" } else { "" },
        sli.latency.p99.map_or(String::new(), |p99| format!(" · 99 % within {:.1} ms", p99.as_secs_f64() * 1e3)),
    )?;
    if !sli.slos.is_empty() {
        html.push_str(
            "<div class=\"wide\"><table><tr><th>objective</th><th>budget left</th><th>failures left</th><th>burn 5m · 1h · 6h · 3d</th><th>alerts</th></tr>",
        );
        sli.slos.iter().try_for_each(|slo| write_slo(html, slo))?;
        html.push_str("</table></div>");
    }
    if !sli.failures.is_empty() {
        html.push_str("<details><summary>last failures</summary><ul>");
        for failure in &sli.failures {
            write!(html, "<li><time>{}</time> {}", failure.at, failure.kind.as_str())?;
            if let Some(elapsed) = failure.elapsed {
                write!(html, " after {:.1} ms", elapsed.as_secs_f64() * 1e3)?;
            }
            if let Some(trace) = failure.trace {
                write!(html, " in trace {trace}")?;
            }
            html.push_str("</li>");
        }
        html.push_str("</ul></details>");
    }
    Ok(())
}

fn write_slo(html: &mut String, slo: &SloReport) -> fmt::Result {
    let left = slo.budget_remaining * 100.0;
    let burns = ["5m", "1h", "6h", "3d"].map(|wanted| {
        let rate = slo.burn.iter().find(|(window, _)| format_duration(*window) == wanted).and_then(|(_, rate)| *rate);
        rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.2}"))
    });
    write!(
        html,
        "<tr><td>{} <span class=\"dim\">{} over {}</span></td><td class=\"n\"><span class=\"bar{}\"><i style=\"width:{:.0}%\"></i></span> {left:.1} %\
         <br><span class=\"dim\">{:.1} % of the period observed</span></td><td class=\"n\">{:.1}</td><td class=\"n\">{}</td><td>",
        Escaped(&slo.name),
        slo.objective,
        slo.window,
        if left < 25.0 { " low" } else { "" },
        left.clamp(0.0, 100.0),
        slo.coverage * 100.0,
        slo.failures_left,
        burns.join(" · "),
    )?;
    let (page, ticket) = (slo.is_firing(Severity::Page), slo.is_firing(Severity::Ticket));
    match (page, ticket) {
        (true, _) => html.push_str("<span class=\"page\">page</span>"),
        (_, true) => html.push_str("<span class=\"ticket\">ticket</span>"),
        _ => html.push_str("<span class=\"dim\">none</span>"),
    }
    for alert in slo.alerts.iter().filter(|alert| alert.held_since.is_some()) {
        write!(html, "<br><span class=\"held\">{} held for want of data</span>", Escaped(&alert.rule))?;
    }
    html.push_str("</td></tr>");
    Ok(())
}
