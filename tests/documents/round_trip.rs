//! What is printed is what was read.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use reliability_core::document::{Documents, Source, format};

fn read(text: &str) -> Documents {
    let (documents, findings) = Documents::read([Source::new("test.yaml", text)]);
    let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}\n{text}", errors.join("\n"));
    documents
}

fn all_kinds() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("documents/every-kind.yaml")).unwrap()
}

#[test]
fn documents_of_every_kind_are_the_same_after_printing() {
    let documents = read(&all_kinds());
    assert_eq!(documents.len(), 17);
    let printed = documents.print();
    assert!(read(&printed) == documents, "{printed}");
    assert_eq!(read(&printed).print(), printed, "printing is canonical");
    crate::golden::compare("every-kind.printed.yaml", &printed);
}

#[test]
fn formatting_changes_no_meaning_and_loses_no_comment() {
    let text = all_kinds();
    let formatted = format(&Source::new("test.yaml", text.clone())).unwrap();
    assert!(read(&formatted) == read(&text), "{formatted}");
    assert_eq!(format(&Source::new("test.yaml", formatted.clone())).unwrap(), formatted, "formatted again it stays");
    let comments = |text: &str| {
        let mut comments: Vec<_> = text.lines().filter_map(|line| Some(line.split_once('#')?.1.to_owned())).collect();
        comments.sort();
        comments
    };
    assert!(comments(&text).len() >= 8);
    assert_eq!(comments(&formatted), comments(&text));
    crate::golden::compare("every-kind.formatted.yaml", &formatted);
}

#[test]
fn the_words_for_every_kind_are_plain() {
    crate::golden::compare("every-kind.words.txt", &read(&all_kinds()).words());
}

proptest! {
    #[test]
    fn any_text_in_any_place_survives(text in "\\PC{0,40}|[ \\n\\t#:'\"-]{0,12}", number in 0.0_f64..1.0) {
        let value = serde_json::json!({
            "apiVersion": "openslo/v1", "kind": "DataSource",
            "metadata": {"name": "x", "annotations": {"a": text}},
            "spec": {"type": "Prometheus", "connectionDetails": {"text": text, "list": [text, number, {"k": text}], "n": number}},
        });
        // JSON is YAML
        let documents = read(&value.to_string());
        let printed = documents.print();
        prop_assert!(read(&printed) == documents, "{}", printed);
        prop_assert_eq!(read(&printed).print(), printed);
    }
}
