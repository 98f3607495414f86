//! The storefront with something broken in it, with and without compensation: the same visits, the same faults, other customers' days.
//!
//! The shop runs as it is, over loopback. What is asserted are counts of customers and the books' agreement; times are only
//! asked for their order. Each run is short and its incident is a few seconds long, so that all of it takes under a minute.

use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

#[path = "../tools/mod.rs"]
#[allow(dead_code)] // it runs no tool of others
mod tools;
use tools::{scratch, target};

/// Two runs at once would be each other's noise.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Builds the storefront out of the artefacts of the tests' own build, for these are its features.
fn built() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--example", "storefront"])
        .args(["--features", "reliability-core/full,reliability-core/testkit", "--target-dir"])
        .arg(target())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success());
}

/// Runs it to its end, and reads its summary. That it ends well says that clients, ledger and library agree event for event, and
/// that no order is lost.
fn run(name: &str, arguments: &str) -> Value {
    let summary = scratch(&format!("shop-{name}")).join("summary.json");
    let output = Command::new(target().join("debug/examples/storefront"))
        .args(["--port", "0", "--seed", "1", "--summary"])
        .arg(&summary)
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name} ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout)
    );
    let summary: Value = serde_json::from_str(&std::fs::read_to_string(summary).unwrap()).unwrap();
    assert_eq!(summary["agree"], true);
    summary
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

fn sum(values: &Value) -> u64 {
    values.as_object().unwrap().values().map(count).sum()
}

/// Each customer is in exactly one place.
fn adds_up(customers: &Value) {
    let parts = ["got", "failed", "declined", "mistaken"].iter().map(|part| count(&customers[part])).sum::<u64>();
    assert_eq!(count(&customers["asked"]), parts + sum(&customers["degraded"]), "{customers}");
    assert!(count(&customers["shed"]) + count(&customers["too_late"]) <= count(&customers["failed"]));
}

#[test]
fn of_ten_customers_whose_payment_would_have_failed_nine_have_their_order() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    built();
    let incident = "--incident payments --rps 200 --fault-at 3 --fault-for 9 --for 13";
    let without = run("payments-without", &format!("{incident} --no-compensation"));
    let with = run("payments-with", incident);

    let checkout = |summary: &Value| summary["customers"]["pages"]["checkout"].clone();
    let (helpless, helped) = (checkout(&without), checkout(&with));
    let (lost, still_lost) = (count(&helpless["failed"]), count(&helped["failed"]));
    assert!(lost >= 80, "an incident that hurts {lost} customers shows nothing");
    assert!(still_lost * 10 <= lost, "{lost} customers fail without compensation, and {still_lost} with it");
    assert_eq!(count(&helped["shed"]), 0, "no checkout is refused");
    for summary in [&without, &with] {
        for part in ["all", "in_the_incident"] {
            adds_up(&summary["customers"][part]);
        }
    }

    // what was promised was kept
    let later = &with["charged_later"];
    assert!(count(&later["accepted"]) >= count(&helped["degraded"]["charged later"]), "{later}");
    assert_eq!(later["uncharged"], serde_json::json!([]), "payments are well again when it ends");
    assert_eq!(count(&later["accepted"]), count(&later["charged"]) + count(&later["declined"]));
    assert_eq!(count(&without["charged_later"]["accepted"]), 0);

    // and it can be seen when
    assert_eq!(without["compensations"], serde_json::json!([]));
    let course = &with["compensations"][0];
    assert_eq!(course["compensator"], "checkout", "{course}");
    let after = |what: &str| course[what]["after_fault_ms"].as_f64();
    let (detected, engaged) = (after("detected").unwrap(), after("engaged").unwrap());
    assert!(detected > 0.0 && engaged >= detected, "{course}");
    assert!(after("verified").is_some_and(|verified| verified >= engaged), "{course}");
}

#[test]
fn in_ten_times_the_load_the_critical_customers_are_served() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    built();
    // a machine that stands still for a tenth of a second stands still for the shop as well: then it is asked for again
    let played = |summary: &Value| summary["generator"]["late_ms"]["max"].as_f64().is_some_and(|late| late < 100.0);
    let mut runs = (0..5).map(|_| run("overload", "--incident overload --rps 50 --fault-at 3 --fault-for 6 --for 10"));
    let summary = runs.find(played).expect("a machine that can send a thousand visits a second in time");
    let capacity = summary["capacity"]["requests_per_second"].as_f64().unwrap();
    let all = &summary["customers"]["in_the_incident"];
    let offered = count(&all["asked"]) as f64 / 6.0;
    assert!(
        offered > 8.0 * capacity,
        "{offered:.0} visits a second are no overload of a shop that serves {capacity:.0}"
    );
    adds_up(all);
    let critical = &summary["customers"]["pages_in_the_incident"]["checkout"];
    let served = count(&critical["got"]) + count(&critical["declined"]) + sum(&critical["degraded"]);
    let asked = count(&critical["asked"]);
    // 99 % on a machine that does nothing else; here it may
    assert!(served as f64 >= 0.97 * asked as f64, "{served} of {asked} critical customers were served: {critical}");
    assert!(
        count(&all["shed"]) > count(&all["asked"]) / 2,
        "the others are told at once that there is no place: {all}"
    );
}

#[test]
fn options_that_contradict_each_other_are_refused_with_a_sentence() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    built();
    for (arguments, says) in [
        ("--incident overload --no-incident", "cannot be used with"),
        ("--no-incident --fault-at 3", "cannot be used with"),
        ("--incident overload --no-load", "--no-load has none"),
        ("--incident overload --rps 1200", "choose --rps 1000 or less"),
        ("--incident fire", "possible values: payments, recommendations, overload, bad-deploy"),
    ] {
        let ran = Command::new(target().join("debug/examples/storefront")).args(arguments.split_whitespace()).output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{arguments}: {said}");
        assert!(said.contains(says), "{arguments}: {said}");
    }
}
