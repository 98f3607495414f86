//! Any text as a file of documents: it is read or refused, what is printed reads the same, and all that can be asked is answered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::document::{Documents, Source, format};
use reliability_core::{SliSpec, Timestamp};

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz.yaml", text);
    if let Ok(formatted) = format(&source) {
        let again = format(&Source::new("fuzz.yaml", formatted.clone()));
        assert_eq!(again, Ok(formatted));
    }
    let (documents, findings) = Documents::read([source]);
    for finding in &findings {
        assert!(!finding.to_string().is_empty());
    }
    let printed = documents.print();
    let (again, _) = Documents::read([Source::new("fuzz.yaml", printed)]);
    assert!(again == documents);
    let _ = (documents.words(), documents.lint(&[SliSpec::new("checkout")], Timestamp::from_unix_seconds(0), &[]));
});
