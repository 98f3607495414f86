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
