//! The rules themselves on small bad sources: a rule that never fires proves nothing.

use crate::rules::{self, Violation};
use crate::source::Source;

fn lines(violations: &[Violation]) -> Vec<usize> {
    violations.iter().map(|violation| violation.line).collect()
}

fn one(path: &str, text: &str) -> Vec<Source> {
    vec![Source::parse(path, text)]
}

#[test]
fn an_import_upward_is_found_however_it_is_written() {
    let upward = [
        "use crate::engine::driver::Driver;",
        "use crate::{clock::Reading, engine::report::Report};",
        "use super::super::engine::report;",
        "fn f() { crate::engine::report::f(); }",
        "fn f() -> Vec<u8> { vec![crate::engine::f()] }",
        "use crate::engine as e;",
        "use crate::testkit::*;",
    ];
    for text in upward {
        assert_eq!(lines(&rules::imports_go_downward(&one("slo/budget.rs", text))), [1], "{text}");
    }
}

#[test]
fn an_import_through_the_front_door_is_an_import_of_the_room_behind_it() {
    let lib = "pub use engine::report::Report; pub use spec::{Objective, Window};";
    let door = |text| vec![Source::parse("lib.rs", lib), Source::parse("slo/budget.rs", text)];
    assert_eq!(rules::imports_go_downward(&door("use crate::Report;")).len(), 1);
    assert_eq!(rules::imports_go_downward(&door("use crate::Window;")), []);
}

#[test]
fn imports_downward_sideways_and_in_tests_are_no_violations() {
    let fine = [
        "use crate::spec::Window;",
        "use super::tally::Tally;",
        "pub(crate) fn f() { crate::clock::f(); }",
        "#[cfg(test)]\nmod tests {\n    use crate::testkit::Lab;\n}",
        "#[cfg(all(test, not(loom)))]\nmod tests { fn f() { crate::engine::f() } }",
        "macro_rules! m { () => { $crate::engine::f() } }",
        "use std::sync::Arc;",
    ];
    for text in fine {
        assert_eq!(rules::imports_go_downward(&one("slo/budget.rs", text)), [], "{text}");
    }
}

#[test]
fn a_room_that_is_not_in_the_table_is_found() {
    assert_eq!(rules::imports_go_downward(&one("cellar/mod.rs", "//! Dark.")).len(), 1);
}

#[test]
fn a_circle_is_found() {
    assert!(rules::circle(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &[])]).is_some());
    assert_eq!(rules::circle(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])]), None);
}

#[test]
fn an_edge_that_looks_into_the_loop_is_found() {
    for inside in ["driver::Driver", "tick::Engine", "shared::Shared", "loop_thread::LoopThread", "outbox::Outbox"] {
        let text = format!("//! Edge.\nuse crate::engine::{inside};");
        assert_eq!(lines(&rules::edges_see_plain_data(&one("export/metrics.rs", &text))), [2], "{inside}");
    }
    assert_eq!(rules::edges_see_plain_data(&one("export/metrics.rs", "use crate::engine::report::Report;")), []);
    assert_eq!(rules::edges_see_plain_data(&one("reliability.rs", "use crate::engine::driver::Driver;")), []);
}

#[test]
fn a_feature_off_its_place_is_found() {
    let bad = [
        ("sli/mod.rs", "#[cfg(feature = \"serde\")]\nfn f() {}"),
        ("sli/mod.rs", "fn f() { if cfg!(feature = \"serde\") {} }"),
        ("sli/mod.rs", "#[cfg_attr(feature = \"serde\", derive(Debug))]\nstruct S;"),
        ("export/json.rs", "#[cfg(not(feature = \"serde\"))]\nmod inner;"),
        ("export/mod.rs", "#[cfg(feature = \"serde\")]\nfn other() {}"),
        ("lib.rs", "#[cfg(feature = \"serde\")]\nfn other() {}"),
    ];
    for (path, text) in bad {
        assert_eq!(rules::features_only_where_modules_are_declared(&one(path, text)).len(), 1, "{path}: {text}");
    }
    let fine = [
        ("lib.rs", "#[cfg(feature = \"serde\")]\nmod json;\n#[cfg(feature = \"serde\")]\npub use json::f;"),
        (
            "export/mod.rs",
            "#[cfg(feature = \"serde\")]\nmod json;\nfn sinks() {\n    #[cfg(feature = \"metrics\")]\n    f();\n}",
        ),
        ("sli/mod.rs", "#[cfg(test)]\nfn f() {}"),
    ];
    for (path, text) in fine {
        assert_eq!(rules::features_only_where_modules_are_declared(&one(path, text)), [], "{path}: {text}");
    }
}

#[test]
fn a_clock_read_elsewhere_is_found() {
    let reads = [
        "fn f() { std::time::Instant::now(); }",
        "fn f() { SystemTime::now(); }",
        "fn f(i: Instant) { i.elapsed(); }",
        "use quanta::Clock;",
        "fn f() { assert!(vec![Instant::now()].len() == 1); }",
    ];
    for text in reads {
        assert_eq!(rules::only_clock_reads_a_clock(&one("engine/tick.rs", text)).len(), 1, "{text}");
        assert_eq!(rules::only_clock_reads_a_clock(&one("clock/mod.rs", text)), [], "{text}");
    }
    assert_eq!(
        rules::only_clock_reads_a_clock(&one("engine/tick.rs", "// Instant::now()\nfn f() { g(\"Instant::now()\"); }")),
        []
    );
}

#[test]
fn judgement_that_asks_for_the_time_is_found() {
    let text = "fn f() { Reading::now(); }";
    for path in ["slo/budget.rs", "engine/tick.rs", "engine/driver.rs"] {
        assert_eq!(rules::judgement_is_given_the_time(&one(path, text)).len(), 1, "{path}");
    }
    assert_eq!(rules::judgement_is_given_the_time(&one("engine/loop_thread.rs", text)), []);
    assert_eq!(rules::judgement_is_given_the_time(&one("engine/driver.rs", "fn f() { g(Timing::Coarse); }")), []);
}

#[test]
fn a_panic_on_the_request_path_is_found() {
    for text in ["x.unwrap()", "x.expect(\"y\")", "panic!()", "todo!()", "assert!(x)", "vec![x.unwrap()]"] {
        let text = format!("fn f() {{ {text}; }}");
        assert_eq!(rules::the_request_path_does_not_panic(&one("sli/call.rs", &text)).len(), 1, "{text}");
        assert_eq!(rules::the_request_path_does_not_panic(&one("engine/driver.rs", &text)), [], "{text}");
    }
    let fine = "fn f() { x.unwrap_or(1); debug_assert!(true); }\n#[cfg(test)]\nmod tests { fn f() { x.unwrap(); } }";
    assert_eq!(rules::the_request_path_does_not_panic(&one("sli/call.rs", fine)), []);
}

#[test]
fn a_wait_on_the_request_path_is_found() {
    for text in [
        "m.lock().unwrap_or_default()",
        "lock(&m)",
        "l.write()",
        "std::fs::read(p)",
        "std::net::TcpStream::connect(a)",
        "println!()",
        "thread::sleep(d)",
    ] {
        let text = format!("fn f() {{ {text}; }}");
        assert_eq!(rules::the_request_path_does_not_wait(&one("sli/call.rs", &text)).len(), 1, "{text}");
    }
    assert_eq!(rules::the_request_path_does_not_wait(&one("sli/call.rs", "fn f() { m.try_lock().ok(); }")), []);
    assert_eq!(rules::the_request_path_does_not_wait(&one("sli/record/realm.rs", "fn meter() { m.lock(); }")), []);
    assert_eq!(rules::the_request_path_does_not_wait(&one("sli/record/realm.rs", "fn other() { m.lock(); }")).len(), 1);
}

#[test]
fn unsafe_code_and_printing_are_found() {
    assert_eq!(rules::nothing_is_unsafe(&one("slo/ring.rs", "fn f() { unsafe { g() } }")).len(), 1);
    assert_eq!(rules::nothing_is_unsafe(&one("slo/ring.rs", "// unsafe\nfn f() {}")), []);
    assert_eq!(rules::nothing_prints(&one("slo/ring.rs", "fn f() { println!(); }")).len(), 1);
}

#[test]
fn a_silent_a_long_and_a_homeless_file_are_found() {
    assert_eq!(rules::every_file_opens_with_its_purpose(&one("slo/ring.rs", "use std::fmt;")).len(), 1);
    assert_eq!(rules::every_room_names_its_layer(&one("slo/mod.rs", "//! Judgement.")).len(), 1);
    assert_eq!(rules::every_room_names_its_layer(&one("slo/mod.rs", "//! Judgement.\n//!\n//! Layer 2.")), []);
    let long = "fn f() {}\n".repeat(401);
    assert_eq!(rules::files_stay_short(&one("slo/ring.rs", &long)).len(), 1);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert_eq!(rules::files_stay_short(&one("slo/ring.rs", &tests)), []);
}

#[test]
fn a_public_item_without_an_example_is_found() {
    let of = |text: &str| rules::public_items_have_examples(&one("admission/flag.rs", text)).len();
    assert_eq!(of("/// A flag.\npub struct Flag;"), 1);
    assert_eq!(of("/// A flag.\n///\n/// ```text\n/// on\n///\n/// ``` here\npub struct Flag;"), 1);
    assert_eq!(of("/// A flag.\n///\n/// ```\n/// f();\n/// ```\npub struct Flag;"), 0);
    assert_eq!(of("/// A flag.\npub(crate) struct Flag;\n#[doc(hidden)]\npub enum Mark {}"), 0);
    assert_eq!(rules::public_items_have_examples(&one("slo/burn.rs", "pub struct Burn;")), []);
}

#[test]
fn a_home_folder_and_an_ignored_test_are_found() {
    let file = |text: String| vec![("a.rs".to_owned(), text)];
    for parts in [["see /ho", "me/ada/main"], ["cd /Us", "ers/ada"]] {
        assert_eq!(rules::no_home_folder(&file(parts.concat())).len(), 1, "{parts:?}");
    }
    assert_eq!(rules::no_home_folder(&file("the homework of users".into())), []);
    assert_eq!(rules::no_test_is_ignored(&file("#[test]\n#[ignore]\nfn f() {}".into())).len(), 1);
    assert_eq!(rules::no_test_is_ignored(&file("#[test]\n#[ignore = \"slow\"]\nfn f() {}".into())).len(), 1);
    assert_eq!(rules::no_test_is_ignored(&file("// #[ignore]\nfn ignore() {}".into())), []);
}
