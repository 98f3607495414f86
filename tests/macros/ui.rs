//! Every message, word for word: see `ui/README.md`.

#[test]
fn what_is_refused_says_why() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("macros/ui/fail/*/*.rs");
    cases.pass("macros/ui/pass/*.rs");
}
