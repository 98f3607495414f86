//! Messages word for word: a folder of documents with one fault each, and one of documents on which text and validator of `OpenSLO`
//! disagree. `UPDATE_GOLDEN=1` writes them anew; read them then.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use reliability_core::document::{Documents, Source, explain, schema};
use reliability_core::{Finding, Level};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("documents")
}

/// Compares with a file, or writes it.
pub(crate) fn compare(name: &str, found: &str) {
    let path = here().join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} differs; UPDATE_GOLDEN=1 writes it anew. Found:\n{found}");
}

/// Every file of a folder by itself.
fn files(folder: &str) -> Vec<(String, Vec<Finding>)> {
    let mut names: Vec<_> =
        fs::read_dir(here().join(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let read = |name: std::ffi::OsString| {
        let name = name.into_string().unwrap();
        let text = fs::read_to_string(here().join(folder).join(&name)).unwrap();
        let (_, findings) = Documents::read([Source::new(name.clone(), text)]);
        (name, findings)
    };
    names.into_iter().map(read).collect()
}

#[test]
fn each_bad_document_has_its_message() {
    let mut found = String::new();
    let files = files("bad");
    for (name, findings) in &files {
        let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
        assert!(!errors.is_empty(), "{name} is accepted");
        for error in errors {
            assert!(error.line > 0 && error.column > 0, "{name}: {error}");
            assert!(explain(error.code).is_some(), "{} has no explanation", error.code);
            writeln!(found, "{error}\n").unwrap();
        }
    }
    compare("bad.txt", &found);
    assert!(files.len() > 100, "{}", files.len());
}

#[test]
fn what_text_and_validator_see_differently_is_accepted_with_a_warning() {
    let mut found = String::new();
    for (name, findings) in files("disputed") {
        let disputed: Vec<_> = findings.iter().filter(|finding| finding.code == "disputed").collect();
        assert!(!disputed.is_empty(), "{name}: {findings:?}");
        assert!(findings.iter().all(|finding| finding.level == Level::Warning), "{name}: {findings:?}");
        for warning in disputed {
            writeln!(found, "{warning}\n").unwrap();
        }
    }
    compare("disputed.txt", &found);
}

#[test]
fn the_schema_of_the_own_kinds_is_published() {
    compare("reliability.schema.json", &(serde_json::to_string_pretty(&schema()).unwrap() + "\n"));
}

#[test]
fn every_code_that_is_told_is_explained() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reliability-core/src");
    let mut told = 0;
    for folder in ["document", "document/rules", "document/bind", "watch"] {
        for entry in fs::read_dir(core.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(&path) else { continue };
            // `error("code"`, `warning("code"`, `whole("code"`, and what lies in a tuple or goes through `warn`
            for call in [".error(\"", ".warning(\"", "whole(\"", "unreadable(\""] {
                for part in text.split(call).skip(1) {
                    let code = part.split('"').next().unwrap();
                    assert!(explain(code).is_some(), "{code} in {} has no explanation", path.display());
                    told += 1;
                }
            }
        }
    }
    assert!(told > 40, "{told}");
}
