//! A small shop whose promises have all that rules must know of: objectives of three sizes, latencies, slices, a month, owners,
//! tiers, dependencies, and what people wrote about it.

use reliability_core::testkit::Lab;
use reliability_core::{Export, Latency, Method, Objective, Sli, SliSpec, Window};

fn sli(name: &str, declare: impl FnOnce(SliSpec) -> SliSpec) -> Sli {
    Sli::named(name).unwrap().declare(declare)
}

fn objective(text: &str) -> Objective {
    Objective::parse(text).unwrap()
}

fn latency(text: &str) -> Latency {
    Latency::parse(text).unwrap()
}

/// What the shop promises.
pub(crate) fn shop() -> Export {
    let checkout = sli("checkout", |spec| {
        spec.objective(objective("99.9%"))
            .latency(latency("99% < 250ms"))
            .features(&["purchase"])
            .owner("payments")
            .tier(1)
            .depends_on(&[|| "card", || "stock"])
    });
    let card = sli("card", |spec| spec.objective(objective("99.9%")).features(&["purchase"]).owner("payments").tier(1));
    let stock = sli("stock", |spec| {
        spec.objective(objective("99.95%")).window(Window::parse("28d").unwrap()).owner("stores").tier(2)
    });
    let search = sli("search", |spec| {
        spec.objective(objective("93%")).latency(latency("90% < 1500ms")).features(&["discovery"]).tier(3)
    });
    let feed = sli("feed", |spec| {
        spec.objective(objective("99%")).method(Method::parse("timeslices 1m 95%").unwrap()).depends_on(&[|| "search"])
    });
    let invoices = sli("invoices", |spec| {
        spec.objective(objective("99.5%")).window(Window::parse("month Europe/Paris").unwrap()).owner("billing")
    });
    let lab = Lab::judging([&checkout, &card, &stock, &search, &feed, &invoices]);
    let mut export = lab.handle().export();
    for promise in export.promises_mut().iter_mut().filter(|promise| promise.slo == "checkout-availability") {
        promise.about.title = Some("Paying".into());
        promise.about.description = Some("A customer pays and has an order.".into());
        promise.about.product_owner = Some("Ada".into());
        promise.about.review = Some("2027-01-31".into());
        promise.about.impact = Some("Customers cannot buy; {{ nothing }} is charged.".into());
        promise.about.first_action = Some("Look at the bank's status page, then turn on \"charge later\".".into());
        promise.about.runbook = Some("https://runbooks.example/checkout".into());
    }
    export
}
