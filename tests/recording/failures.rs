//! The last failures, and the texts that are shown of them.

use std::fmt::{self, Write};
use std::time::Duration;

use reliability_core::{Outcome, Reliability, with_error_texts};

use super::{eventually, lasting};

struct Hostile;
impl fmt::Display for Hostile {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a user's Display, as planned")
    }
}

#[test]
fn texts_are_taken_when_asked_for_cut_redacted_and_left_out_of_json() {
    let sli = lasting("texts-asked");
    let running = Reliability::builder()
        .only("texts-asked")
        .sli(sli)
        .error_texts(|text| text.replace("secret", "***"))
        .start()
        .expect("it starts");
    let fail = |text: &str| {
        sli.begin().end_with(Outcome::Bad, |to: &mut dyn Write| {
            let _ = to.write_str(text);
        });
    };
    fail("the secret is out");
    fail(&"é".repeat(300));
    // a text that panics hurts neither the request nor the ring
    sli.begin().end_with(Outcome::Bad, |to: &mut dyn Write| {
        let _ = write!(to, "{Hostile}");
    });
    fail("");
    fail("after it");
    let report = running.stop();
    assert_eq!(report.slis[0].counts.bad, 5);
    let texts: Vec<_> = report.slis[0].failures.iter().map(|failure| failure.text.clone()).collect();
    assert_eq!(texts.len(), 5);
    assert_eq!(texts[0].as_deref(), Some("after it"));
    assert_eq!((&texts[1], &texts[2]), (&None, &None));
    let cut = texts[3].as_deref().expect("it has a text");
    assert!(cut.len() <= 160 && cut.chars().all(|c| c == 'é'), "{cut}");
    assert_eq!(texts[4].as_deref(), Some("the *** is out"));

    let plain = serde_json::to_string(&report).expect("it renders");
    assert!(!plain.contains("after it") && !plain.contains("***"), "texts are not in JSON by themselves");
    assert!(with_error_texts(&report).to_string().contains("the *** is out"));
}

#[test]
fn a_redaction_that_panics_shows_nothing_and_stops_nothing() {
    let sli = lasting("redaction-panics");
    let running = Reliability::builder()
        .only("redaction-panics")
        .sli(sli)
        .error_texts(|_| panic!("a user's redaction, as planned"))
        .start()
        .expect("it starts");
    sli.begin().end_with(Outcome::Bad, |to: &mut dyn Write| {
        let _ = to.write_str("secret");
    });
    eventually("the failure is reported", || running.report().slis[0].counts.bad == 1);
    let report = running.stop();
    assert_eq!(report.slis[0].failures[0].text, None);
}

#[test]
fn sixteen_failures_are_remembered_the_latest_first() {
    let sli = super::sli("sixteen");
    let mut lab = reliability_core::testkit::Lab::judging([&sli]);
    for millis in 1..=40 {
        sli.record(Outcome::Bad, Duration::from_millis(millis));
    }
    lab.tick();
    let elapsed: Vec<_> = lab.report().slis[0].failures.iter().filter_map(|failure| failure.elapsed).collect();
    assert_eq!(elapsed, (25..=40).rev().map(Duration::from_millis).collect::<Vec<_>>());
}

#[test]
fn a_text_that_fails_a_call_itself_hangs_nobody() {
    let sli = lasting("text-in-text");
    let running =
        Reliability::builder().only("text-in-text").sli(sli).error_texts(str::to_owned).start().expect("it starts");
    sli.begin().end_with(Outcome::Bad, |to: &mut dyn Write| {
        sli.record(Outcome::Bad, Duration::from_millis(1));
        let _ = to.write_str("outer");
    });
    assert_eq!(running.stop().slis[0].counts.bad, 2);
}
