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
                assert!(rules.contains(&format!("record: {series}\n")), "{name} asks for {series}, which nobody records");
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
