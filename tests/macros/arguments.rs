//! What is declared arrives, labels count apart, and SLIs are declared by hand.

use std::time::Duration;

use reliability_core::testkit::peek_labels;
use reliability_core::{Cancelled, Objective, Outcome, Sli, Timing, sli, slis};

use crate::common::{block_on, counts, good_of, sli as find};

slis! {
    /// The one that all need.
    pub(crate) static PAYMENT = "hand-payment", objective = "99.9%", latency = "99% < 250ms";
    static STOCK = "hand-stock";
    #[allow(dead_code)]
    static TENANTS = "hand-tenants", labels(tenant, max = 2);
}

#[sli(objective = "99%")]
static BY_ATTRIBUTE: Sli;

#[sli(
    name = "all-arguments",
    objective = "99.95%",
    latency = "99% < 250ms",
    latency = "99.9% < 1s",
    window = "28d",
    feature = "purchase",
    feature = "refund",
    owner = "payments",
    tier = 1,
    depends_on(PAYMENT, crate::arguments::STOCK, "elsewhere"),
    cancelled_after = "3s",
    was = "some-arguments",
    timing = "coarse",
    crate = ::reliability_core,
)]
async fn all() -> u32 {
    1
}

#[test]
fn every_argument_arrives() {
    assert_eq!(block_on(all()), 1);
    let spec = find("all-arguments").spec();
    assert_eq!(spec.objective.map(Objective::ppb), Some(999_500_000));
    let latencies: Vec<_> = spec.latencies().map(|latency| latency.to_string()).collect();
    assert_eq!(latencies, ["99% < 250ms", "99.9% < 1s"]);
    assert_eq!(spec.window.days(), 28);
    assert_eq!(spec.features, ["purchase", "refund"]);
    assert_eq!((spec.owner, spec.tier), (Some("payments"), Some(1)));
    assert_eq!(spec.dependencies().collect::<Vec<_>>(), ["hand-payment", "hand-stock", "elsewhere"]);
    assert_eq!((spec.cancelled, spec.cancelled_after), (Cancelled::ByPatience, Some(Duration::from_secs(3))));
    assert_eq!((spec.was, spec.timing), (Some("some-arguments"), Timing::Coarse));
    let place = spec.place.expect("the compiler knows it");
    assert!(place.file.ends_with("arguments.rs") && place.module.ends_with("::arguments") && place.line > 20);
}

#[sli(name = "cancelled-bad", cancelled = "bad", timing = "off")]
async fn bad() {}

#[test]
fn cancelled_and_timing_arrive() {
    block_on(bad());
    assert_eq!(find("cancelled-bad").spec().cancelled, Cancelled::Bad);
    assert_eq!(find("cancelled-bad").spec().timing, Timing::Off);
}

#[test]
fn an_sli_declared_by_hand_is_in_the_catalogue() {
    PAYMENT.record(Outcome::Bad, Duration::from_millis(3));
    assert_eq!(counts("hand-payment"), good_of(0, 1));
    assert!(std::ptr::eq(find("macros-arguments-by-attribute"), &raw const BY_ATTRIBUTE));
    assert_eq!(find("hand-stock").spec().objective, None);
    let tenants = find("hand-tenants");
    for tenant in ["a", "b", "c", "a"] {
        tenants.begin_labelled(tenant).end(Outcome::Good);
    }
    assert_eq!(peek_labels(tenants), [("a", 2), ("b", 1), ("other", 1)]);
}

struct Tenant {
    id: String,
}

impl Tenant {
    #[sli(name = "labelled-sync", labels(tenant = self.id, max = 2))]
    fn serve(&mut self, n: u32) -> Result<u32, String> {
        self.id.push('!');
        if n == 0 { Err("zero".into()) } else { Ok(n) }
    }

    #[sli(name = "labelled-async", labels(tenant = self.id.to_uppercase(), max = 2))]
    async fn later(self) -> usize {
        self.id.len()
    }
}

#[test]
fn label_values_count_apart_up_to_their_number_and_then_as_other() {
    for id in ["a", "b", "c", "d", "a"] {
        let _ = Tenant { id: id.into() }.serve(u32::from(id != "b"));
        assert_eq!(block_on(Tenant { id: id.into() }.later()), 1);
    }
    assert_eq!(peek_labels(find("labelled-sync")), [("a", 2), ("b", 1), ("other", 2)]);
    assert_eq!(counts("labelled-sync"), good_of(4, 5));
    assert_eq!(peek_labels(find("labelled-async")), [("A", 2), ("B", 1), ("other", 2)]);
    assert_eq!(find("labelled-async").spec().label, Some("tenant"));
}

mod elsewhere {
    pub(super) use reliability_core as reliability;
}

#[sli(crate = elsewhere::reliability, name = "by-another-path")]
fn by_another_path() -> Result<(), ()> {
    Ok(())
}

#[test]
fn the_library_may_be_found_elsewhere() {
    assert!(by_another_path().is_ok());
    assert_eq!(counts("by-another-path"), good_of(1, 1));
}
