//! The rules of the house, held against the source. ARCHITECTURE.md says why they are there.
#![allow(clippy::case_sensitive_file_extension_comparisons, clippy::format_collect, clippy::needless_for_each)]

mod on_snippets;
mod rules;
mod source;

use rules::Violation;

#[track_caller]
fn none(rule: &str, violations: &[Violation]) {
    let list: String = violations.iter().map(|violation| format!("\n  {violation}")).collect();
    assert!(violations.is_empty(), "{rule}:{list}");
}

macro_rules! rules {
    ($($name:ident: $rule:literal = $check:expr;)*) => {$(
        #[test]
        fn $name() {
            none($rule, &$check);
        }
    )*};
}

rules! {
    imports_lead_downward_only: "imports lead to rooms of the table only" = rules::imports_go_downward(&source::library());
    edges_see_plain_data_and_never_the_loops_insides: "edges see plain data" = rules::edges_see_plain_data(&source::library());
    features_are_named_only_where_modules_are_declared: "`cfg(feature)` only where a module is declared" = rules::features_only_where_modules_are_declared(&source::library());
    only_the_clock_room_reads_a_clock: "only `clock` reads a clock" = rules::only_clock_reads_a_clock(&source::library());
    judgement_is_given_the_time_and_asks_nobody: "judgement is given the time" = rules::judgement_is_given_the_time(&source::library());
    the_request_path_never_panics: "the request path never panics" = rules::the_request_path_does_not_panic(&source::library());
    the_request_path_never_waits: "the request path never waits" = rules::the_request_path_does_not_wait(&source::library());
    there_is_no_unsafe_code: "there is no unsafe code" = rules::nothing_is_unsafe(&source::library());
    the_library_prints_nothing: "the library prints nothing" = rules::nothing_prints(&source::library());
    every_file_opens_with_its_purpose: "every file opens with `//!`" = rules::every_file_opens_with_its_purpose(&source::library());
    every_room_names_its_layer: "every room names its layer" = rules::every_room_names_its_layer(&source::library());
    who_reads_of_a_public_item_finds_an_example: "public items have examples" = rules::public_items_have_examples(&source::library());
    no_file_is_longer_than_four_hundred_lines: "files are short" = rules::files_stay_short(&source::library());
    no_tracked_file_names_a_home_folder: "no home folder" = rules::no_home_folder(&source::tracked());
    no_test_is_switched_off: "no test is ignored" = rules::no_test_is_ignored(&source::tracked());
}

#[test]
fn the_table_of_rooms_has_no_circle() {
    assert_eq!(rules::circle(rules::ROOMS), None);
    let unknown: Vec<_> = rules::ROOMS
        .iter()
        .flat_map(|(_, to)| to.iter())
        .filter(|to| !rules::ROOMS.iter().any(|(room, _)| room == *to))
        .collect();
    assert!(unknown.is_empty(), "the table names rooms that it does not list: {unknown:?}");
}

#[test]
fn every_exception_for_a_lock_is_still_needed() {
    let library = source::library();
    for (file, names, _) in rules::LOCKS {
        let source = library.iter().find(|source| source.path == *file).unwrap_or_else(|| panic!("{file} is gone"));
        for name in *names {
            assert!(
                ["(", "<"].iter().any(|next| source.text.contains(&format!("fn {name}{next}"))),
                "{file} has no function `{name}` any more"
            );
        }
    }
}
