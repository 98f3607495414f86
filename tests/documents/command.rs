//! The example `documents`, as people and pipelines run it.

use std::fs;
use std::process::Command;

use crate::tools::scratch;

/// Exit code and output.
fn run(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_documents"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/documents"))
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr),
    )
}

#[test]
fn check_tells_all_and_its_code_says_whether_all_is_well() {
    let (code, out) = run(&["check", "every-kind.yaml"]);
    assert_eq!((code, out.lines().last()), (0, Some("17 documents, 0 errors, 0 warnings")), "{out}");
    let (code, out) = run(&["check", "bad"]);
    assert_eq!(code, 1);
    assert!(out.contains("error[target-missing") || out.contains("error[missing]"), "{out}");
    assert_eq!(run(&["check", "no-such-file.yaml"]).0, 1);
    assert_eq!(run(&["chekc", "every-kind.yaml"]).0, 2);
    assert_eq!(run(&["check"]).0, 2);
}

#[test]
fn fmt_prints_writes_or_checks() {
    let (code, out) = run(&["fmt", "every-kind.yaml"]);
    assert_eq!((code, out.as_str()), (0, include_str!("every-kind.formatted.yaml")));
    assert_eq!(run(&["fmt", "--check", "every-kind.formatted.yaml"]), (0, String::new()));
    assert_eq!(run(&["fmt", "--check", "every-kind.yaml"]), (1, "every-kind.yaml is not formatted\n".into()));
    let file = scratch("documents-fmt").join("shop.yaml");
    fs::write(&file, include_str!("every-kind.yaml")).unwrap();
    assert_eq!(run(&["fmt", "--write", file.to_str().unwrap()]).0, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), include_str!("every-kind.formatted.yaml"));
}

#[test]
fn words_schema_and_lint_answer() {
    let (code, out) = run(&["words", "every-kind.yaml"]);
    assert_eq!((code, out.as_str()), (0, include_str!("every-kind.words.txt")));
    assert_eq!(run(&["schema"]), (0, include_str!("reliability.schema.json").into()));
    let (code, out) = run(&["lint", "--why", "every-kind.yaml"]);
    assert_eq!(code, 1);
    assert!(out.contains("warning[page-without-words]") && out.contains("alert-not-judged: OpenSLO's alerts"), "{out}");
}

#[test]
fn the_storefronts_document_is_in_order() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/storefront/reliability.yaml");
    let (code, out) = run(&["check", path]);
    assert_eq!(code, 0, "{out}");
    assert_eq!(run(&["fmt", "--check", path]), (0, String::new()));
    // a review may be due one day; what else there is to say is said in the file
    let (_, out) = run(&["lint", path]);
    assert!(!out.contains("page-without-words") && !out.contains("unreachable"), "{out}");
}
