//! What the histories hold, counted in the reference's result.

use std::collections::BTreeMap;

use crate::case::{Case, Count, Period};
use crate::generator::Wounds;
use crate::judge::Verdict;
use crate::story::{Minute, Story};
use crate::zones;

pub(crate) const PAIRS: [&str; 4] = ["1h/5m", "6h/30m", "1d/2h", "3d/6h"];

pub(crate) type Counts = BTreeMap<String, u64>;

/// What a history holds, as the reference sees it.
pub(crate) fn count(case: &Case, story: &Story, wounds: Wounds, verdict: &Verdict, counts: &mut Counts) {
    let mut add = |name: String, holds: bool| *counts.entry(name).or_default() += u64::from(holds);
    for pair in PAIRS {
        let edge = |fired: bool| verdict.edges.iter().any(|edge| edge.pair == pair && edge.fired == fired);
        add(format!("{pair} fired and resolved"), edge(true) && edge(false));
    }
    add("edges".into(), false);
    add("gap".into(), story.minutes.iter().any(|minute| !minute.seen) && (wounds.missing || wounds.hung));
    add("restart".into(), wounds.restarted);
    add("exact edge".into(), verdict.exact_edge);
    add("held back".into(), verdict.held_back);
    add("held while firing".into(), verdict.held_firing);
    let quiet = |minute: &Minute| minute.seen && minute.good + minute.bad == 0;
    add("quiet hours".into(), story.minutes.windows(60).any(|hour| hour.iter().all(quiet)));
    if let Period::Month { zone } = case.period {
        let (_, next) = case.period_at(story.begins);
        add(format!("month end in {}", zones::name(zone)), next <= story.ends());
    }
    let method = match case.count {
        Count::Events => "occurrences",
        Count::Verdicts { .. } => "timeslices",
        Count::Means { .. } => "ratio timeslices",
    };
    add(method.into(), true);
    *counts.entry("edges".into()).or_default() += verdict.edges.len() as u64;
    *counts.entry("minutes".into()).or_default() += story.minutes.len() as u64;
}
