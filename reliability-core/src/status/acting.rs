//! What the service does about it: what is engaged first, then what waits for a word, gates, and switches.
//!
//! Buttons stand here only where control is switched on, and are seen only by whoever has shown a token. What a button says is
//! written into it as path and body, so the script knows neither policies nor switches.

use serde_json::{Value, json};

use super::html::Html;
use super::page::View;
use super::words;
use crate::SetBy;
use crate::admission::{BreakerState, GateMode, GateReport, ShedReason};
use crate::clock::Timestamp;
use crate::engine::response::{
    ApprovalReport, ApprovalState, Phase, PolicyMode, PolicyReport, ResponseReport, SwitchReport,
};

/// The section; nothing where nothing can act.
pub(super) fn write(html: &mut Html, view: View<'_>) {
    let response = &view.report.response;
    let silent = response.policies.is_empty() && response.switches.is_empty() && response.providers.is_empty();
    if silent {
        return;
    }
    html.raw("<section class=\"acting\" aria-labelledby=\"acting\"><h2 id=\"acting\">What it does about it</h2>\n");
    if view.control {
        html.raw(
            "<p class=\"token\" id=\"hand\"><label for=\"token\">Token</label> <input id=\"token\" type=\"password\" \
             autocomplete=\"off\" spellcheck=\"false\" maxlength=\"512\"> <button type=\"button\" id=\"show\">Take control\
             </button> <span id=\"said\" role=\"status\"></span></p>\n",
        );
    }
    if !response.policies.is_empty() {
        html.part("p class=\"kill\"", |html| kill_switch(html, view));
        html.part("ul class=\"policies\"", |html| policies(html, view));
        html.part("ul class=\"approvals\"", |html| approvals(html, view));
        html.part("p class=\"dim\"", |html| known_good(html, response, view.report.time));
    }
    if !response.gates.is_empty() {
        html.raw("<div class=\"card\">");
        html.part("table class=\"gates\"", |html| gates(html, &response.gates));
        html.raw("</div>");
    }
    let calls_out = !response.breakers.is_empty() || !response.bulkheads.is_empty() || !response.retries.is_empty();
    if calls_out {
        html.raw("<div class=\"card\">");
        html.part("table class=\"calls-out\"", |html| calls(html, response));
        html.raw("</div>");
    }
    if !response.switches.is_empty() {
        html.raw("<div class=\"card\">");
        html.part("table class=\"switches\"", |html| switches(html, view));
        html.raw("</div>");
    }
    if !response.providers.is_empty() {
        html.part("ul class=\"providers dim\"", |html| providers(html, response));
    }
    html.raw("</section>\n");
}

/// A button that sends this to that path, for whoever has shown a token.
fn button(html: &mut Html, view: View<'_>, label: &str, about: &str, path: &'static str, body: &Value) {
    if !view.control {
        return;
    }
    html.raw(" <button type=\"button\" class=\"hand\" data-path=\"").raw(path).raw("\" data-body=\"").text(body);
    html.raw("\" aria-label=\"")
        .text(label)
        .raw(if about.is_empty() { "" } else { " " })
        .text(about)
        .raw("\">")
        .text(label)
        .raw("</button>");
}

fn kill_switch(html: &mut Html, view: View<'_>) {
    let killed = view.report.response.kill_switch;
    if killed {
        html.raw("<b class=\"bad\">No policy may act</b>: the kill switch is on.");
    }
    let label = if killed { "Let policies act" } else { "Stop all policies" };
    button(html, view, label, "", "kill-switch", &json!({"on": !killed}));
    let lapses = view.report.response.lease_lapses;
    if lapses > 0 {
        html.raw(" <span class=\"warn\">The loop did not renew its lease: all was reverted ").text(lapses);
        html.raw(if lapses == 1 { " time.</span>" } else { " times.</span>" });
    }
}

fn is_engaged(policy: &PolicyReport) -> bool {
    policy.steps.iter().any(|step| step.engaged.is_some())
}

fn policies(html: &mut Html, view: View<'_>) {
    let mut policies: Vec<&PolicyReport> = view.report.response.policies.iter().collect();
    // what is engaged first, then what has tried everything; the rest keeps its order
    policies.sort_by_key(|policy| match policy.phase {
        _ if is_engaged(policy) => 0,
        Phase::Exhausted => 1,
        Phase::Idle | Phase::CoolingDown { .. } => 3,
        _ => 2,
    });
    for policy in policies {
        one(html, view, policy);
    }
}

fn one(html: &mut Html, view: View<'_>, policy: &PolicyReport) {
    let now = view.report.time;
    html.raw("<li class=\"").raw(tone(policy)).raw("\"><h3>").name(&policy.name).raw("</h3><span class=\"badge ");
    html.raw(tone(policy)).raw("\">");
    phase(html, policy);
    html.raw("</span>");
    if policy.mode == PolicyMode::Shadow {
        html.raw(" <span class=\"badge unknown\">only watches</span>");
    }
    html.raw(" since ").time(policy.since, now);
    until(html, policy.phase, now);
    let (name, act) = (&policy.name, policy.mode == PolicyMode::Act);
    let say = |what: &str| json!({"policy": name, "do": what});
    if act && !is_engaged(policy) {
        button(html, view, "Engage", name, "policy", &say("engage"));
    }
    if act && (is_engaged(policy) || !matches!(policy.phase, Phase::Overridden { .. })) {
        button(html, view, "Release", name, "policy", &say("release"));
    }
    if matches!(policy.phase, Phase::Overridden { .. }) {
        button(html, view, "Automatic", name, "policy", &say("automatic"));
    }
    if !policy.reason.is_empty() {
        html.raw("<p>").text(&policy.reason).raw("</p>");
    }
    html.raw("<ol>");
    for step in &policy.steps {
        html.raw(if step.engaged.is_some() { "<li class=\"on\"><b>" } else { "<li>" }).name(&step.compensator);
        if let Some(engaged) = step.engaged {
            html.raw("</b> <b class=\"warn\">engaged at ").text(percent(engaged)).raw("</b>");
        }
        html.raw(" <span class=\"dim\">").text(&step.describe);
        if !step.cost.is_empty() {
            html.raw("; costs: ").text(&step.cost);
        }
        html.raw("</span></li>");
    }
    html.raw("</ol><p class=\"dim\">When ").text(&policy.trigger).raw(match policy.triggered {
        Some(true) => " (so now)",
        Some(false) => " (not so now)",
        None => " (not known now)",
    });
    if !policy.verify.is_empty() {
        html.raw(" · then ").text(&policy.verify);
    }
    html.raw(" · engaged ").text(policy.engagements).raw(" of at most ").text(policy.limit).raw(" times in ");
    html.text(words::span(policy.window)).raw("</p></li>");
}

fn tone(policy: &PolicyReport) -> &'static str {
    match policy.phase {
        Phase::Exhausted => "bad",
        _ if is_engaged(policy) => "warn",
        Phase::Idle => "good",
        Phase::CoolingDown { .. } | Phase::Overridden { .. } => "unknown",
        _ => "warn",
    }
}

/// As words with a sign, never by colour alone.
fn phase(html: &mut Html, policy: &PolicyReport) {
    match policy.phase {
        Phase::Idle => html.raw("● at rest"),
        Phase::Verifying { .. } => html.raw("▲ engaged, being checked"),
        Phase::Engaged { .. } => html.raw("▲ engaged, and it helped"),
        Phase::Probing { share, .. } => html.raw("▲ giving back ").text(percent(share)),
        Phase::CoolingDown { .. } => html.raw("○ released, resting"),
        Phase::Exhausted => html.raw("✕ tried everything"),
        Phase::Overridden { engaged: true } => html.raw("▲ engaged by hand"),
        Phase::Overridden { engaged: false } => html.raw("○ stopped by hand"),
    };
}

fn until(html: &mut Html, phase: Phase, now: Timestamp) {
    match phase {
        Phase::Verifying { until, .. } => html.raw(", must have helped by ").time(until, now),
        Phase::Engaged { until, .. } => html.raw(", not released before ").time(until, now),
        Phase::Probing { until, .. } => html.raw(", judged at ").time(until, now),
        Phase::CoolingDown { until } => html.raw(", may engage again at ").time(until, now),
        _ => html,
    };
}

fn approvals(html: &mut Html, view: View<'_>) {
    for approval in &view.report.response.approvals {
        let pending = approval.state == ApprovalState::Pending;
        html.raw(if pending { "<li class=\"warn\">" } else { "<li class=\"dim\">" });
        html.name(&approval.policy).raw(" asks for <b>").name(&approval.compensator).raw("</b>: ");
        state(html, approval, view.report.time);
        if pending {
            html.raw("<pre>");
            for line in approval.plan.lines() {
                html.text(line).raw("\n");
            }
            html.raw("</pre>");
            let say = |word: &str| json!({"id": approval.id, "digest": approval.digest, "answer": word});
            button(html, view, "Approve", &approval.id, "approval", &say("approve"));
            button(html, view, "Decline", &approval.id, "approval", &say("decline"));
        }
        html.raw("</li>");
    }
}

fn state(html: &mut Html, approval: &ApprovalReport, now: Timestamp) {
    match &approval.state {
        ApprovalState::Pending => {
            html.raw("waits for a word until ").time(approval.expires, now).raw("; silence is no")
        }
        ApprovalState::Approved { by } => html.raw("approved by ").name(by),
        ApprovalState::Declined { by } => html.raw("declined by ").name(by),
        ApprovalState::Expired => html.raw("nobody answered, which is no"),
    };
    html.raw(" <span class=\"dim\">asked by ").name(&approval.requester).raw(" at ").time(approval.asked, now);
    html.raw("</span>");
}

fn known_good(html: &mut Html, response: &ResponseReport, now: Timestamp) {
    let Some(known) = &response.known_good else { return };
    match &known.version {
        Some(version) => {
            html.raw("Version ").name(version).raw(" is known to be good");
            if let Some(confirmed) = known.confirmed {
                html.raw(", last seen so at ").time(confirmed, now);
            }
        }
        None => _ = html.raw("No version is known to be good yet"),
    }
    if let Some(running) = &known.running {
        html.raw("; ").name(running).raw(" runs and has met its objectives for ").text(words::span(known.soaked));
        html.raw(" of ").text(words::span(known.soak));
    }
    html.raw(".");
}

fn gates(html: &mut Html, gates: &[GateReport]) {
    html.raw("<caption>Gates</caption><thead><tr><th scope=\"col\">gate</th><th scope=\"col\">inside</th><th scope=\"col\">admitted</th><th scope=\"col\">refused</th></tr></thead><tbody>");
    for gate in gates {
        html.raw("<tr><th scope=\"row\">").name(gate.name).raw(match gate.mode {
            GateMode::Enforce => "",
            GateMode::Monitor => " <span class=\"dim\">only watches</span>",
            GateMode::Open => " <span class=\"dim\">open</span>",
        });
        html.raw("</th><td>").text(gate.in_flight).raw(" of ");
        match gate.limit {
            Some(limit) => html.text(limit),
            None => html.raw("–"),
        };
        if let Some(baseline) = gate.baseline {
            html.raw(", at rest ").text(words::millis(baseline));
        }
        if let Some(expected) = gate.expected {
            html.raw(", now ").text(words::millis(expected));
        }
        html.raw("</td><td>").text(gate.admitted).raw("</td><td>").text(gate.refused.total());
        let reasons = ShedReason::ALL.into_iter().filter(|reason| gate.refused.by_reason(*reason) > 0);
        for (i, reason) in reasons.enumerate() {
            html.raw(if i == 0 { " <span class=\"dim\">" } else { "<span class=\"dim\">, " });
            html.text(gate.refused.by_reason(reason)).raw(" ").raw(reason.name()).raw("</span>");
        }
        if gate.would_refuse > 0 {
            html.raw(" <span class=\"dim\">").text(gate.would_refuse).raw(" would have been</span>");
        }
        html.raw("</td></tr>");
    }
    html.raw("</tbody>");
}

/// What guards calls out. A state is a word with a sign, never a colour alone.
fn calls(html: &mut Html, response: &ResponseReport) {
    html.raw("<caption>Calls out</caption><thead><tr><th scope=\"col\">guard</th><th scope=\"col\">stands</th><th scope=\"col\">passed</th><th scope=\"col\">refused</th></tr></thead><tbody>");
    let row = |html: &mut Html, kind: &'static str, name: &str| {
        html.raw("<tr><th scope=\"row\"><span class=\"dim\">").raw(kind).raw("</span> ").name(name).raw("</th><td>");
    };
    for breaker in &response.breakers {
        row(html, "breaker", breaker.name);
        html.raw(match breaker.state {
            BreakerState::Closed => "● closed",
            BreakerState::HalfOpen => "<b class=\"warn\">▲ half open</b>",
            BreakerState::Open => "<b class=\"bad\">✕ open</b>",
        });
        html.raw(", opened ").text(breaker.opened).raw(if breaker.opened == 1 { " time" } else { " times" });
        html.raw("</td><td>")
            .text(breaker.passed)
            .raw(" <span class=\"dim\">")
            .text(breaker.failed)
            .raw(" failed</span>");
        html.raw("</td><td>").text(breaker.refused).raw("</td></tr>");
    }
    for bulkhead in &response.bulkheads {
        row(html, "bulkhead", bulkhead.name);
        html.text(bulkhead.in_flight).raw(" of ").text(bulkhead.limit.unwrap_or_default()).raw(" inside</td><td>");
        html.text(bulkhead.admitted).raw("</td><td>").text(bulkhead.refused.total()).raw("</td></tr>");
    }
    for budget in &response.retries {
        row(html, "retries", budget.name);
        html.text(budget.running).raw(" run beside ").text(budget.in_flight).raw(" calls</td><td>");
        html.text(budget.granted).raw("</td><td>").text(budget.refused).raw("</td></tr>");
    }
    html.raw("</tbody>");
}

fn switches(html: &mut Html, view: View<'_>) {
    html.raw("<caption>Switches</caption><thead><tr><th scope=\"col\">switch</th><th scope=\"col\">stands at</th><th scope=\"col\">set by</th><th scope=\"col\">served</th></tr></thead><tbody>");
    for switch in &view.report.response.switches {
        html.raw("<tr><th scope=\"row\"><span class=\"dim\">").raw(switch.kind.as_str()).raw("</span> ");
        html.name(&switch.name).raw("</th><td><b>").name(&switch.value).raw("</b>");
        if switch.kind.refuses() {
            html.raw(" refused on purpose");
        }
        turn(html, view, switch);
        html.raw("</td><td>").raw(switch.set_by.as_str());
        if let Some(by) = &switch.by {
            html.raw(" <span class=\"dim\">").name(by).raw("</span>");
        }
        html.raw("</td><td>").text(switch.served);
        if switch.degraded > 0 {
            let how = if switch.kind.refuses() { " refused" } else { " with less" };
            html.raw(", <b>").text(switch.degraded).raw("</b>").raw(how);
        }
        html.raw("</td></tr>");
    }
    html.raw("</tbody>");
}

/// What a switch can be set to by a button; a share in between is for the endpoint.
fn turn(html: &mut Html, view: View<'_>, switch: &SwitchReport) {
    let name = format!("{}/{}", switch.kind.as_str(), switch.name);
    let usual = ["0%", "50%", "100%"].map(str::to_owned);
    let values = if switch.values.is_empty() { &usual[..] } else { &switch.values[..] };
    for value in values {
        button(html, view, value, &name, "switch", &json!({"switch": name, "value": value}));
    }
    if switch.set_by == SetBy::Manual {
        button(html, view, "hand off", &name, "switch", &json!({"switch": name, "value": null}));
    }
}

fn providers(html: &mut Html, response: &ResponseReport) {
    for provider in &response.providers {
        html.raw("<li>Flags from ").name(if provider.name.is_empty() { "a provider" } else { &provider.name });
        match provider.answered {
            Some(age) => html.raw(": it last answered ").text(words::span(age)).raw(" ago"),
            None => html.raw(": it has not answered yet"),
        };
        if let Some(trouble) = &provider.trouble {
            html.raw("; <b class=\"warn\">").text(trouble).raw("</b>, so its last word stays");
        }
        for (names, what) in
            [(&provider.overruled, "; overruled: "), (&provider.forgotten, "; it no longer knows, and they stay: ")]
        {
            for (i, name) in names.iter().enumerate() {
                html.raw(if i == 0 { what } else { ", " }).name(name);
            }
        }
        html.raw("</li>");
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1e4).round() / 1e2)
}
