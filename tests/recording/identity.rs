//! Names: of this process, and of the SLIs in it.

use reliability_core::{CatalogueError, Reliability, Sli, SliSpec, StartError};

use super::switched_off::child;

#[test]
fn the_environment_says_who_this_is_and_the_builder_wins() {
    let run = |variables: &[(&str, &str)]| child("identity::tells_who_it_is", variables);
    let said = run(&[
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.version=1.2,deployment.environment=old,service.instance.id=%2B7%+1%zz"),
    ]);
    assert_eq!(said, "shop|Some(\"1.2\")|Some(\"old\")|+7%+1%zz|built");
    assert_eq!(
        run(&[("OTEL_RESOURCE_ATTRIBUTES", "service.name=from-attributes")]).split('|').next(),
        Some("from-attributes")
    );
    assert!(run(&[("OTEL_SERVICE_NAME", "")]).starts_with("recording"));
}

#[test]
fn tells_who_it_is() {
    if std::env::var_os("RELIABILITY_TEST_CHILD").is_none() {
        return;
    }
    let plain = Reliability::builder().only("no-such").start().expect("it starts").stop().service;
    let built = Reliability::builder().only("no-such").service("built").start().expect("it starts").stop().service;
    let (version, environment) = (&plain.version, &plain.environment);
    println!("said:{}|{version:?}|{environment:?}|{}|{}", plain.service, plain.instance, built.service);
}

#[test]
fn two_of_one_name_are_an_error_that_names_both_places() {
    let of = |line| Sli::from_spec(SliSpec::new("twice").place("shop::cart", "src/cart.rs", line));
    let (first, second) = (of(10), of(20));
    let error = Reliability::builder().only("no-such").sli(&first).sli(&second).start().expect_err("it must not start");
    let text = error.to_string();
    assert!(text.contains("src/cart.rs:10") && text.contains("src/cart.rs:20") && text.contains("`twice`"), "{text}");
    let StartError::Catalogue(errors) = error else { panic!("{text}") };
    assert!(matches!(errors.0[..], [CatalogueError::Duplicate { .. }]));
}

#[test]
fn all_faults_of_names_are_told_at_once() {
    let (bad, renamed, kept) =
        (Sli::new("Not a name"), Sli::from_spec(SliSpec::new("new").was("kept")), Sli::new("kept"));
    let builder = Reliability::builder().only("no-such").sli(&bad).sli(&renamed).sli(&kept);
    let text = builder.start().expect_err("it must not start").to_string();
    assert!(text.contains("`Not a name`") && text.contains("was = \"kept\""), "{text}");
    assert!(Sli::named("Not a name").is_err());
}

#[test]
fn the_same_sli_handed_over_twice_is_one() {
    let sli = super::sli("same-twice");
    let running = Reliability::builder().only("no-such").sli(&sli).sli(&sli).start().expect("it starts");
    assert!(!running.add(&sli));
    assert_eq!(running.stop().slis.len(), 1);
}
