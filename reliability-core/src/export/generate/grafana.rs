//! Dashboards for Grafana: one of the service, one of each feature.
//!
//! They read what the rules record, so they show what was decided and nothing that is computed twice. The data source is a variable, and
//! so are Sloth's labels: a dashboard of a service serves every service that has these rules, and Sloth's own dashboards work
//! beside it. A figure that nobody can know is a gap in a line, never a zero. The schema is version 38, which Grafana 10 and later read.

use serde_json::{Value, json};

use super::Export;
use crate::slo::{Promise, WINDOWS};

/// A dashboard by the name of its file.
pub(super) fn dashboards(export: &Export) -> Vec<(String, String)> {
    let service = &export.service.service;
    let slos = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.dedup();
        names.join("|")
    };
    let all = service_dashboard(service);
    let mut dashboards = vec![(super::file_name(service), all)];
    for (feature, title, promises) in features(export) {
        let names = slos(promises.iter().map(|promise| promise.slo.as_str()).collect());
        let name = super::file_name(&format!("{service}-{feature}"));
        dashboards.push((name, feature_dashboard(service, feature, title, &names)));
    }
    let pretty = |value: Value| serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
    dashboards.into_iter().map(|(name, value)| (name, pretty(value))).collect()
}

/// Features by name, with the SLOs that they stand on.
fn features(export: &Export) -> Vec<(&str, Option<&str>, Vec<&Promise>)> {
    use crate::spec::Component;
    let mut names: Vec<&str> =
        export.promises.iter().flat_map(|promise| promise.features.iter().map(String::as_str)).collect();
    names.extend(export.features.iter().map(|feature| feature.name.as_str()));
    names.sort_unstable();
    names.dedup();
    let of = |name: &str| {
        let spec = export.features.iter().find(|spec| spec.name == name);
        let is_part = |promise: &Promise| {
            spec.is_some_and(|spec| {
                spec.parts.iter().any(|part| matches!(&part.of, Component::Slo(slo) if *slo == promise.slo))
            })
        };
        let says_so = |promise: &Promise| promise.features.iter().any(|feature| feature == name);
        let promises = export.promises.iter().filter(|promise| says_so(promise) || is_part(promise)).collect();
        (spec.and_then(|spec| spec.title.as_deref()), promises)
    };
    names
        .into_iter()
        .map(|name| {
            let (title, promises) = of(name);
            (name, title, promises)
        })
        .collect()
}

/// Where panels are put: rows from top to bottom, 24 columns wide.
#[derive(Default)]
struct Layout {
    panels: Vec<Value>,
    y: u64,
    x: u64,
    tallest: u64,
}

impl Layout {
    fn row(&mut self, title: &str) {
        self.wrap();
        let id = self.panels.len() + 1;
        self.panels.push(json!({
            "id": id, "type": "row", "title": title, "collapsed": false, "panels": [],
            "gridPos": {"h": 1, "w": 24, "x": 0, "y": self.y},
        }));
        self.y += 1;
    }

    fn wrap(&mut self) {
        self.y += std::mem::take(&mut self.tallest);
        self.x = 0;
    }

    fn put(&mut self, (width, height): (u64, u64), mut panel: Value) {
        if self.x + width > 24 {
            self.wrap();
        }
        panel["id"] = json!(self.panels.len() + 1);
        panel["gridPos"] = json!({"h": height, "w": width, "x": self.x, "y": self.y});
        panel["datasource"] = source();
        self.x += width;
        self.tallest = self.tallest.max(height);
        self.panels.push(panel);
    }
}

fn source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

/// A query and what its series are called.
fn targets(queries: &[(&str, &str)]) -> Value {
    let one = |(number, (expr, legend)): (usize, &(&str, &str))| {
        let letter = char::from(b'A' + (number % 26) as u8).to_string();
        json!({"refId": letter, "datasource": source(), "expr": expr, "legendFormat": legend})
    };
    Value::Array(queries.iter().enumerate().map(one).collect())
}

fn lines(title: &str, says: &str, unit: &str, queries: &[(&str, &str)]) -> Value {
    json!({
        "type": "timeseries", "title": title, "description": says, "targets": targets(queries),
        "fieldConfig": {"defaults": {"unit": unit, "custom": {"spanNulls": false, "lineWidth": 1, "fillOpacity": 5}}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
    })
}

fn number(title: &str, says: &str, unit: &str, steps: &Value, queries: &[(&str, &str)]) -> Value {
    json!({
        "type": "stat", "title": title, "description": says, "targets": targets(queries),
        "fieldConfig": {"defaults": {"unit": unit, "noValue": "–", "thresholds": {"mode": "absolute", "steps": steps}}, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area", "textMode": "auto"},
    })
}

/// A state over time, told by colour and by word.
fn states(title: &str, says: &str, words: &Value, queries: &[(&str, &str)]) -> Value {
    json!({
        "type": "state-timeline", "title": title, "description": says, "targets": targets(queries),
        "fieldConfig": {"defaults": {"mappings": [{"type": "value", "options": words}], "custom": {"spanNulls": false}}, "overrides": []},
        "options": {"mergeValues": true, "showValue": "never", "legend": {"displayMode": "list", "placement": "bottom"}},
    })
}

fn budget_steps() -> Value {
    json!([{"color": "red", "value": null}, {"color": "orange", "value": 0}, {"color": "green", "value": 0.25}])
}

fn firing_words() -> Value {
    json!({"0": {"text": "quiet", "color": "green", "index": 0}, "1": {"text": "firing", "color": "red", "index": 1}})
}

fn service_dashboard(service: &str) -> Value {
    let own = "sloth_service=~\"$service\",sloth_slo=~\"$slo\"";
    let recorded = "service=~\"$service\",slo=~\"$slo\"";
    let mut layout = Layout::default();
    overview(&mut layout, recorded, "Budgets");
    layout.row("Why");
    let burns: Vec<(String, String)> = WINDOWS
        .into_iter()
        .map(crate::spec::format_duration)
        .map(|window| {
            let ratio = format!("slo:sli_error:ratio_rate{window}{{{own}}}");
            (
                format!("{ratio} / ignoring (sloth_window) group_left () slo:error_budget:ratio{{{own}}}"),
                format!("{{{{slo}}}} {window}"),
            )
        })
        .collect();
    let burns: Vec<(&str, &str)> = burns.iter().map(|(expr, legend)| (expr.as_str(), legend.as_str())).collect();
    layout.put(
        (12, 9),
        lines(
            "Burn rate",
            "1 spends the budget exactly over its period. A window without calls has none.",
            "none",
            &burns,
        ),
    );
    layout.put(
        (12, 9),
        lines(
            "Failing share of calls",
            "Sums of failures by sums of calls, over five minutes and over an hour.",
            "percentunit",
            &[
                (&format!("slo:sli_error:ratio_rate5m{{{own}}}"), "{{slo}} 5m"),
                (&format!("slo:sli_error:ratio_rate1h{{{own}}}"), "{{slo}} 1h"),
                (&format!("slo:error_budget:ratio{{{own}}}"), "{{slo}} allowed"),
            ],
        ),
    );
    decisions(&mut layout, recorded);
    layout.row("How much is known");
    layout.put(
        (12, 7),
        lines(
            "Calls a minute",
            "Good and bad as the objective counts them, over all replicas. A gap is a minute that nobody watched.",
            "short",
            &[(&format!("reliability:slo_events:new1m{{{recorded}}}"), "{{slo}} {{outcome}}")],
        ),
    );
    layout.put(
        (12, 7),
        lines(
            "Watched share of the last hour and of the last three days",
            "Below 90 % a pair keeps its last decision.",
            "percentunit",
            &[
                (&format!("min by (service) (reliability:slo_coverage:ratio1h{{{recorded}}})"), "{{service}} 1h"),
                (&format!("min by (service) (reliability:slo_coverage:ratio3d{{{recorded}}})"), "{{service}} 3d"),
            ],
        ),
    );
    dashboard(
        &format!("reliability-{}", super::file_name(service)),
        &format!("Reliability of {service}"),
        service,
        None,
        &layout,
    )
}

fn feature_dashboard(service: &str, feature: &str, title: Option<&str>, slos: &str) -> Value {
    let recorded = "service=~\"$service\",slo=~\"$slo\"";
    let mut layout = Layout::default();
    overview(&mut layout, recorded, title.unwrap_or(feature));
    layout.row("What it stands on");
    layout.put(
        (12, 8),
        lines(
            "Failing share of calls over an hour",
            "Of each part.",
            "percentunit",
            &[("slo:sli_error:ratio_rate1h{sloth_service=~\"$service\",sloth_slo=~\"$slo\"}", "{{slo}}")],
        ),
    );
    layout.put(
        (12, 8),
        lines(
            "Failed calls over an hour",
            "Of each part: whose failures they were.",
            "short",
            &[(&format!("reliability:slo_bad:sum1h{{{recorded}}}"), "{{slo}}")],
        ),
    );
    decisions(&mut layout, recorded);
    let id = format!("reliability-{}", super::file_name(&format!("{service}-{feature}")));
    dashboard(&id, &format!("{} ({service})", title.unwrap_or(feature)), service, Some(slos), &layout)
}

/// What everybody asks first.
fn overview(layout: &mut Layout, recorded: &str, title: &str) {
    layout.row(title);
    layout.put(
        (18, 6),
        number(
            "Error budget left",
            "1 is all of it, below 0 it is overspent.",
            "percentunit",
            &budget_steps(),
            &[(&format!("reliability:slo_budget_remaining:ratio{{{recorded}}}"), "{{slo}}")],
        ),
    );
    layout.put(
        (6, 6),
        number(
            "Alerts firing",
            "Pairs of windows that burn too fast, held ones included.",
            "none",
            &json!([{"color": "green", "value": null}, {"color": "red", "value": 1}]),
            &[(&format!("sum by (severity) (reliability:slo_pair:firing{{{recorded}}})"), "{{severity}}")],
        ),
    );
    layout.put(
        (24, 8),
        lines(
            "Error budget left over time",
            "A rolling budget comes back as failures leave its period.",
            "percentunit",
            &[(&format!("reliability:slo_budget_remaining:ratio{{{recorded}}}"), "{{slo}}")],
        ),
    );
}

fn decisions(layout: &mut Layout, recorded: &str) {
    layout.row("Decisions");
    let name = "{{slo}} {{rule}} {{severity}}";
    layout.put(
        (12, 9),
        states(
            "Pairs of windows",
            "Firing while both windows burn faster than the factor.",
            &firing_words(),
            &[(&format!("reliability:slo_pair:firing{{{recorded}}}"), name)],
        ),
    );
    layout.put(
        (12, 9),
        states(
            "Held for want of data",
            "A pair of which nothing is known keeps its last decision.",
            &json!({"0": {"text": "known", "color": "green", "index": 0}, "1": {"text": "held", "color": "blue", "index": 1}}),
            &[(&format!("reliability:slo_pair:held{{{recorded}}}"), name)],
        ),
    );
}

fn dashboard(uid: &str, title: &str, service: &str, slos: Option<&str>, layout: &Layout) -> Value {
    // Grafana takes no more
    let uid: String = uid.chars().take(40).collect();
    let chosen = |value: &str| json!({"text": value, "value": value});
    let asked = "label_values(sloth_slo_info{sloth_service=~\"$service\"}, sloth_slo)";
    let regex = slos.map_or_else(String::new, |slos| format!("/^({slos})$/"));
    json!({
        "uid": uid,
        "title": title,
        "tags": ["reliability", "slo", service],
        "schemaVersion": 38,
        "editable": true,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1},
            {
                "name": "service", "label": "Service", "type": "query", "datasource": source(), "refresh": 2, "sort": 1,
                "query": {"query": "label_values(sloth_slo_info, sloth_service)", "refId": "service"},
                "definition": "label_values(sloth_slo_info, sloth_service)", "current": chosen(service),
            },
            {
                "name": "slo", "label": "SLO", "type": "query", "datasource": source(), "refresh": 2, "sort": 1,
                "query": {"query": asked, "refId": "slo"}, "definition": asked, "regex": regex,
                "multi": true, "includeAll": true, "current": {"text": ["All"], "value": ["$__all"]},
            },
        ]},
        "annotations": {"list": [{
            "name": "Alerts", "enable": true, "iconColor": "red", "datasource": source(),
            "expr": "ALERTS{alertstate=\"firing\",sloth_service=~\"$service\",sloth_slo=~\"$slo\"}",
            "titleFormat": "{{alertname}}", "textFormat": "{{slo}} {{severity}}",
        }]},
        "panels": layout.panels,
    })
}
