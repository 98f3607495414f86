//! Both runs side by side, for the terminal.

use std::fmt::Write;
use std::ops::Range;

use crate::run::{Run, Second};

/// The table of a scenario.
pub(crate) fn of(title: &str, fault: &Range<f64>, without: &Run, with: &Run) -> String {
    let mut out = format!("{title}\n\n");
    let mut row = |what: &str, left: String, right: String| {
        let _ = writeln!(out, "  {what:<36} {left:>16} {right:>16}");
    };
    row("", "without".into(), "with".into());
    let totals = [without.total(), with.total()];
    let mut count = |what: &str, of: fn(Second) -> u64| {
        row(what, of(totals[0]).to_string(), of(totals[1]).to_string());
    };
    count("requests of customers", Second::asked);
    count("answered in full", |second| second.full);
    count("answered with less", |second| second.degraded);
    count("refused", |second| second.shed);
    count("failed or late", |second| second.failed);
    count("lost to the customer (the two above)", Second::lost);
    for ((class, left), (_, right)) in without.classes.iter().zip(&with.classes) {
        row(&format!("  {class}, got an answer"), share(*left), share(*right));
    }
    row("budget spent by the watched objective", percent(without.spent), percent(with.spent));
    let yes = |paged| String::from(if paged { "yes" } else { "no" });
    row("pages somebody", yes(without.paged), yes(with.paged));
    let after = |run: &Run, at: Option<f64>| {
        at.filter(|_| !run.marks.is_empty()).map_or("–".to_owned(), |at| format!("{:.3} s", at - fault.start))
    };
    for word in ["detected", "engaged", "verified"] {
        row(&format!("{word}, after the fault"), after(without, without.first(word)), after(with, with.first(word)));
    }
    let since_end = |run: &Run| run.last("released").map_or("–".to_owned(), |at| format!("{:.3} s", at - fault.end));
    row("all released, after the fault's end", since_end(without), since_end(with));
    match (totals[0].lost(), totals[1].lost()) {
        (0, _) => {}
        (before, now) => {
            let _ = writeln!(out, "\n  {:.1} % fewer customers lost.", 100.0 - 100.0 * now as f64 / before as f64);
        }
    }
    out
}

fn share(second: Second) -> String {
    match second.asked() {
        0 => "–".to_owned(),
        asked => format!("{:.2} %", 100.0 - 100.0 * second.lost() as f64 / asked as f64),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
