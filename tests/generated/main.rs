//! What is written for other engines: word for word, and as their own tools see it.

mod catalogue;
#[path = "../tools/mod.rs"]
#[allow(dead_code)] // this test starts nothing that lasts
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use tools::{program, scratch};

/// Compares every file with the one that is kept, or keeps it.
#[test]
fn the_files_are_those_that_are_known() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated/golden");
    let files = catalogue::shop().files();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        catalogue::shop().write_to(&folder).unwrap();
    }
    for (path, text) in &files {
        let kept = std::fs::read_to_string(folder.join(path)).unwrap_or_default();
        let differs = text.lines().zip(kept.lines()).position(|(found, kept)| found != kept);
        assert!(
            *text == kept,
            "{} has changed in line {:?}: if on purpose, run again with UPDATE_GOLDEN=1",
            path.display(),
            differs.map(|line| line + 1)
        );
    }
}

fn written(name: &str) -> PathBuf {
    let folder = scratch(name);
    catalogue::shop().write_to(&folder).unwrap();
    folder
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}:\n{text}");
    text
}

#[test]
fn prometheus_accepts_the_rules() {
    let rules = written("generated-rules").join("prometheus/lab.rules.yml");
    let said = run(Command::new(program("prometheus", "promtool")).args(["check", "rules"]).arg(rules));
    assert!(said.contains("SUCCESS"), "{said}");
}

#[test]
fn alertmanager_accepts_the_route() {
    let config = written("generated-route").join("alertmanager/lab.yml");
    let said = run(Command::new(program("alertmanager", "amtool")).arg("check-config").arg(&config));
    assert!(said.contains("SUCCESS"), "{said}");
    // who is called by what
    let called = |labels: &[&str]| {
        let file = format!("--config.file={}", config.display());
        let tool = program("alertmanager", "amtool");
        let said = run(Command::new(tool).args(["config", "routes", "test", &file]).args(labels));
        said.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(called(&["service=lab", "owner=payments", "severity=page"]), "payments-page");
    assert_eq!(called(&["service=lab", "owner=stores", "severity=ticket"]), "stores-ticket");
    assert_eq!(called(&["service=lab", "severity=page"]), "reliability-page");
    assert_eq!(called(&["service=other", "severity=page"]), "reliability-ticket");
}

/// Every query of every dashboard is a query for Prometheus, and asks for series that the rules record.
#[test]
fn dashboards_ask_what_prometheus_understands_and_the_rules_record() {
    let export = catalogue::shop();
    let rules = export.prometheus();
    let mut asked = String::from("groups:\n- name: asked\n  rules:\n");
    let mut queries = 0;
    for (name, text) in export.grafana() {
        let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource", "{name}");
        let panels = dashboard["panels"].as_array().unwrap();
        assert!(panels.iter().filter(|panel| panel["type"] == "row").count() >= 3, "{name}");
        for query in panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten() {
            let expr = query["expr"].as_str().unwrap();
            let series = expr.split(|c: char| !c.is_ascii_alphanumeric() && !":_".contains(c));
            for series in series.filter(|word| word.starts_with("reliability:") || word.starts_with("slo:")) {
                assert!(
                    rules.contains(&format!("record: {series}\n")),
                    "{name} asks for {series}, which nobody records"
                );
            }
            queries += 1;
            asked += &format!("  - record: asked:{queries}\n    expr: '{expr}'\n").replace("asked:", "asked:number");
        }
    }
    assert!(queries >= 20, "{queries}");
    let file = scratch("generated-dashboards").join("asked.yml");
    std::fs::write(&file, asked).unwrap();
    run(Command::new(program("prometheus", "promtool")).args(["check", "rules"]).arg(file));
}

#[test]
fn the_catalogue_names_everything() {
    let export = catalogue::shop();
    let text = export.catalogue();
    for promise in export.promises() {
        assert!(text.contains(&format!("#### {}", promise.slo)), "{}", promise.slo);
    }
    for said in ["purchase", "discovery", "payments", "Ada", "charge later", "Needed by checkout", "43 minutes"] {
        assert!(text.contains(said), "{said}");
    }
}

/// A checkout that fails, a bank's service that is well, slices that the process judges; then nobody can read any of it any more.
const STORY: &str = r#"
rule_files: [prometheus/lab.rules.yml]
evaluation_interval: 1m
tests:
- interval: 1m
  input_series:
  - series: 'reliability_counts_begin_timestamp_seconds{service="lab",instance="a",sli="checkout"}'
    values: '0x30 stale'
  - series: 'reliability_judged_total{service="lab",instance="a",sli="checkout",slo="checkout-availability",outcome="good"}'
    values: '0+100x10 1000+50x19 stale'
  - series: 'reliability_judged_total{service="lab",instance="a",sli="checkout",slo="checkout-availability",outcome="bad"}'
    values: '0x10 0+50x19 stale'
  - series: 'reliability_counts_begin_timestamp_seconds{service="lab",instance="a",sli="card"}'
    values: '0x30 stale'
  - series: 'reliability_judged_total{service="lab",instance="a",sli="card",slo="card-availability",outcome="good"}'
    values: '0+100x30 stale'
  - series: 'reliability_judged_total{service="lab",instance="a",sli="card",slo="card-availability",outcome="bad"}'
    values: '0x30 stale'
  - series: 'reliability_alert_firing{service="lab",instance="a",sli="feed",slo="feed-availability",rule="1h/5m",severity="page"}'
    values: '0x10 1x19 stale'
  - series: 'reliability_alert_held{service="lab",instance="a",sli="feed",slo="feed-availability",rule="1h/5m",severity="page"}'
    values: '0x30 stale'
  - series: 'reliability_judged_total{service="lab",instance="a",sli="feed",slo="feed-availability",outcome="good"}'
    values: '0+10x30 stale'
  - series: 'reliability_judged_total{service="lab",instance="a",sli="feed",slo="feed-availability",outcome="bad"}'
    values: '0x30 stale'
  - series: 'reliability_loop_age_seconds{service="lab",instance="a"}'
    values: '0x30 stale'
  promql_expr_test:
"#;

/// Asked at a minute, and how many there are.
const ASKED: [(u32, &str, u32); 12] = [
    (10, "ALERTS{alertstate=\"firing\"}", 0),
    (
        13,
        "ALERTS{alertname=\"ReliabilityBudgetBurnsFast\",slo=\"checkout-availability\",owner=\"payments\",tier=\"1\",features=\"purchase\"}",
        1,
    ),
    (
        13,
        "ALERTS{alertname=\"ReliabilityBudgetBurns\",sloth_severity=\"ticket\",sloth_id=\"lab-checkout-availability\"}",
        1,
    ),
    (13, "ALERTS{slo=\"card-availability\"}", 0),
    (13, "ALERTS{alertname=\"ReliabilityBudgetBurnsFast\",slo=\"feed-availability\"}", 1),
    (13, "slo:sli_error:ratio_rate5m{sloth_id=\"lab-checkout-availability\",sloth_service=\"lab\"} > 0", 1),
    (13, "slo:current_burn_rate:ratio{sloth_slo=\"checkout-availability\"} > 100", 1),
    (14, "slo:period_error_budget_remaining:ratio{sloth_slo=\"checkout-availability\"} < -50", 1),
    (29, "ALERTS{alertname=\"ReliabilityServiceGone\"}", 0),
    (35, "ALERTS{alertname=\"ReliabilityServiceGone\",severity=\"page\",alertstate=\"firing\"}", 1),
    // the service is gone, and so is whoever could say that it is well again
    (
        200,
        "ALERTS{alertname=\"ReliabilityBudgetBurnsFast\",slo=~\"checkout-availability|feed-availability\",alertstate=\"firing\"}",
        2,
    ),
    (200, "ALERTS{alertname=\"ReliabilityDecisionHeld\",slo=\"checkout-availability\",alertstate=\"firing\"}", 1),
];

#[test]
fn alerts_say_whom_they_concern_and_outlive_the_service_that_they_are_about() {
    use std::fmt::Write;
    let folder = written("generated-alerts");
    let mut text = STORY.to_owned();
    for (minute, asked, count) in ASKED {
        let _ = write!(
            text,
            "  - expr: 'count({asked}) or vector(0)'\n    eval_time: {minute}m\n    exp_samples: [{{value: {count}}}]\n"
        );
    }
    std::fs::write(folder.join("test.yml"), text).unwrap();
    run(Command::new(program("prometheus", "promtool")).args(["test", "rules", "test.yml"]).current_dir(&folder));
}
