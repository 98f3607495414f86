//! Input that means harm, or nothing.

use std::fmt::Write as _;

use proptest::prelude::*;
use reliability_core::SliSpec;
use reliability_core::Timestamp;
use reliability_core::document::{Documents, Source, format};

/// Whatever it is: it is read or refused, and everything that can be asked of it can be asked.
fn ask(text: &str) -> Vec<&'static str> {
    let source = Source::new("hostile.yaml", text);
    let _ = format(&source);
    let (documents, findings) = Documents::read([source]);
    findings.iter().for_each(|finding| drop(finding.to_string()));
    let _ = (
        documents.print(),
        documents.words(),
        documents.lint(&[SliSpec::new("x")], Timestamp::from_unix_seconds(0), &[]),
    );
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn aliases_that_multiply_are_refused_and_not_written_out() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..30 {
        let before = vec![format!("*a{}", i - 1); 10].join(", ");
        writeln!(text, "a{i}: &a{i} [{before}]").unwrap();
    }
    assert_eq!(ask(&text), ["too-large"]);
}

#[test]
fn depth_without_end_is_refused() {
    for deep in
        ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "a:\n".to_owned() + &"  ".repeat(5_000)]
    {
        assert!(ask(&deep).iter().all(|code| ["syntax", "no-document", "missing", "too-large"].contains(code)));
    }
}

#[test]
fn a_file_of_any_size_is_refused_before_it_is_read() {
    assert_eq!(ask(&"a".repeat(5 << 20)), ["too-large"]);
}

#[test]
fn what_is_no_text_is_no_document() {
    for text in [
        "",
        "\u{feff}",
        "---\n---\n",
        "# only a comment",
        "\0",
        "%YAML 1.1\n---\na",
        "---\n...\n---\n",
        "? a\n: b",
        "? [a]\n: b",
        "!!binary x",
    ] {
        assert!(
            ask(text).iter().all(|code| ["syntax", "no-document", "missing"].contains(code)),
            "{text:?}: {:?}",
            ask(text)
        );
    }
}

#[test]
fn after_a_document_that_cannot_be_parsed_the_next_is_read() {
    let text = "a: [\n---\napiVersion: openslo/v1\nkind: Servise\n---\nb: [\n";
    assert_eq!(ask(text), ["syntax", "unknown-kind", "syntax"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|[\\n\\t :#\\[\\]{}&*!|>'\"%@-]){0,200}") {
        ask(&text);
    }

    #[test]
    fn a_document_with_something_cut_out_or_put_in_is_read_or_refused(
        at in 0_usize..6_000, length in 0_usize..40, put in "[ \\n:#\\[\\]{}&*!|>'\"%0-9a-z.-]{0,12}"
    ) {
        let text = include_str!("every-kind.yaml");
        let boundary = |mut i: usize| { i = i.min(text.len()); while !text.is_char_boundary(i) { i -= 1; } i };
        let (from, to) = (boundary(at), boundary(at + length));
        ask(&format!("{}{put}{}", &text[..from], &text[to..]));
    }
}
