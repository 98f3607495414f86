//! Streams counted as one call each.

use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use reliability_core::testkit::Lab;
use reliability_core::{FailureKind, Objective, Sli};

use crate::harness::run;

fn rows() -> Sli {
    let patience = Duration::from_millis(20);
    let declare =
        |spec: reliability_core::SliSpec| spec.objective(Objective::parse("99%").unwrap()).cancelled_after(patience);
    Sli::named("rows").unwrap().declare(declare)
}

#[test]
fn a_stream_is_good_if_it_ends_and_bad_if_an_item_failed() {
    let sli = rows();
    let mut lab = Lab::judging([&sli]);
    run(async {
        let good: Vec<Result<u32, ()>> = vec![Ok(1), Ok(2)];
        let bad = vec![Ok(1), Err(()), Ok(3)];
        assert_eq!(sli.stream(stream::iter(good)).count().await, 2);
        assert_eq!(sli.stream(stream::iter(bad)).count().await, 3, "a failed item does not end the stream");
        assert_eq!(sli.stream_as(stream::iter([1, 2, 3]), |row| *row > 2).count().await, 3);
    });
    lab.tick();
    let counts = lab.report().sli("rows").unwrap().counts;
    assert_eq!((counts.started, counts.good, counts.bad), (3, 1, 2));
}

#[test]
fn a_stream_that_is_dropped_before_its_end_is_judged_by_its_age() {
    let sli = rows();
    let mut lab = Lab::judging([&sli]);
    run(async {
        let endless = || stream::repeat(Ok::<u32, ()>(1));
        drop(sli.stream(endless()));
        let mut old = pin!(sli.stream(endless()));
        old.next().await;
        tokio::time::sleep(Duration::from_millis(40)).await;
    });
    lab.tick();
    let counts = lab.report().sli("rows").unwrap().counts;
    assert_eq!((counts.cancelled_ignored, counts.cancelled_bad), (1, 1));
}

#[test]
fn a_panic_while_a_stream_is_polled_is_bad_even_if_the_runtime_catches_it() {
    let sli: &'static Sli = Box::leak(Box::new(rows()));
    let mut lab = Lab::judging([sli]);
    run(async {
        let broken = stream::iter([1_u32]).map(|_| -> Result<u32, ()> { panic!("as the test wants") });
        let task = tokio::spawn(async move { sli.stream(broken).count().await });
        assert!(task.await.unwrap_err().is_panic());
    });
    lab.tick();
    let report = lab.report();
    let sli = report.sli("rows").unwrap();
    assert_eq!((sli.counts.bad, sli.counts.cancelled()), (1, 0));
    assert_eq!(sli.failures[0].kind, FailureKind::Panicked);
}
