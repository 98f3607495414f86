//! What is printed when the run has ended: the books side by side, and what does not fit.

use std::fmt::Write as _;

use reliability_core::Report;
use serde_json::Value;

use crate::books::customers;
use crate::books::matching::Matching;
use crate::shop::orders::Later;

/// The end of the run, as text.
pub(crate) fn of(matching: &Matching, report: &Report, detection: &Value, later: &Later) -> String {
    let mut out = String::from("\n");
    let _ = writeln!(
        out,
        "  {:<15} {:>8} {:>8} {:>8} {:>8} | {:>8} {:>8} {:>8} {:>8}",
        "", "clients", "answered", "5xx", "hung up", "library", "good", "bad", "gone"
    );
    for (page, tally) in &matching.pages {
        let clients = &tally.clients;
        let failed: u64 = clients.answers.iter().filter(|(status, _)| **status >= 500).map(|(_, count)| count).sum();
        let counts = report.sli(page).map(|sli| sli.counts).unwrap_or_default();
        let _ = writeln!(
            out,
            "  {page:<15} {:>8} {:>8} {failed:>8} {:>8} | {:>8} {:>8} {:>8} {:>8}",
            clients.sent,
            clients.answers.values().sum::<u64>(),
            clients.hung_up,
            counts.started,
            counts.good,
            counts.bad,
            counts.cancelled(),
        );
    }
    people(&mut out, matching);
    let sum = |read: fn(&crate::books::tally::Tally) -> u64| matching.pages.values().map(read).sum::<u64>();
    let _ = writeln!(
        out,
        "\n  {} hung up: {} cancelled, {} finished, {} gone before the handler began, {} never received",
        sum(|page| page.clients.hung_up),
        sum(|page| page.hang_ups.cancelled),
        sum(|page| page.hang_ups.finished),
        sum(|page| page.hang_ups.not_begun),
        sum(|page| page.hang_ups.never_received),
    );
    if let Some(first) = detection["first_failure"]["seconds"].as_f64() {
        let _ =
            write!(out, "  first failed {} seen by a visitor at {first:.3} s", detection["sli"].as_str().unwrap_or(""));
        for what in ["shown", "alert", "page"] {
            if let Some(after) = detection[what]["after_ms"].as_f64() {
                let _ = write!(out, ", {what} {after:+.1} ms");
            }
        }
        out.push('\n');
    }
    charged_later(&mut out, later);
    for open in &matching.in_flight {
        let _ = writeln!(out, "  in flight at the end: {open}");
    }
    if !report.enabled {
        out.push_str("  measuring is switched off (RELIABILITY=off): there are no counts to compare\n");
    }
    if matching.agrees() {
        let who = if report.enabled { "clients, ledger and library" } else { "clients and ledger" };
        let _ = writeln!(out, "  {who} agree, event for event");
    } else {
        differences(&mut out, matching);
    }
    out
}

/// What those got who waited for an answer.
fn people(out: &mut String, matching: &Matching) {
    for (who, pages) in [("in all", &matching.customers), ("in the incident", &matching.customers_in_the_incident)] {
        let all = customers::sum(pages);
        let instead: u64 = all.degraded.values().sum();
        if all.asked > 0 {
            let _ = writeln!(
                out,
                "\n  customers {who}: {} asked, {} got it, {instead} something instead, {} failed ({} refused, {} too late)",
                all.asked, all.got, all.failed, all.shed, all.too_late,
            );
        }
    }
}

/// What became of the orders that were accepted without a payment.
fn charged_later(out: &mut String, later: &Later) {
    if later.accepted == 0 {
        return;
    }
    let _ = writeln!(
        out,
        "  {} orders were accepted to be charged later: {} charged, {} declined, {} not yet",
        later.accepted,
        later.charged,
        later.declined,
        later.uncharged.len(),
    );
    for order in &later.uncharged {
        let _ = writeln!(out, "  not charged yet: {order}");
    }
    if !later.agrees() {
        let _ = writeln!(out, "  THE BANK KNOWS NOTHING OF: {}", later.unknown_to_the_bank.join(", "));
    }
}

fn differences(out: &mut String, matching: &Matching) {
    out.push_str("\n  THE BOOKS DIFFER\n");
    if !matching.sums.is_empty() {
        let _ = writeln!(out, "\n  {:<15} {:<15} {:>12} {:>12}", "page", "count", "books", "library");
    }
    for sum in &matching.sums {
        let _ = writeln!(out, "  {:<15} {:<15} {:>12} {:>12}", sum.page, sum.what, sum.books, sum.library);
    }
    if !matching.differences.is_empty() {
        out.push('\n');
    }
    for difference in &matching.differences {
        let _ = writeln!(out, "  {difference}");
    }
    if matching.more > 0 {
        let _ = writeln!(out, "  and {} more", matching.more);
    }
}
