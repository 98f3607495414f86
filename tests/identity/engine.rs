//! The process's side: the same history through the library's own judge, in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use reliability_core::Timestamp;
use reliability_core::slo::{Observed, SloState, Tally};

use crate::story::{MINUTES, Story};

fn at(minute: usize) -> Timestamp {
    Timestamp::from_unix_seconds(minute as i64 * 60)
}

/// Whether each pair is over at the end of each minute; the first is the beginning.
pub(crate) fn decisions(story: &Story) -> BTreeMap<String, Vec<bool>> {
    let mut slo = SloState::new(story.terms, at(0)).unwrap();
    let mut observed = Observed::new(at(0));
    let mut decided: BTreeMap<String, Vec<bool>> = slo.alerts().map(|(rule, _)| (rule.to_string(), vec![false])).collect();
    let mut total = Tally::ZERO;
    // what replicas have counted and nobody has read
    let mut unread = vec![Tally::ZERO; story.replicas.len()];
    for minute in 0..MINUTES {
        let mut seen = false;
        for (replica, unread) in story.replicas.iter().zip(&mut unread) {
            let part = replica[minute];
            *unread = *unread + Tally::new(part.good, part.bad);
            if !part.unread {
                seen = true;
                total = total + std::mem::take(unread);
            }
        }
        if !seen {
            observed.gap(at(minute), at(minute + 1));
        }
        slo.advance(at(minute + 1), total, Duration::ZERO);
        slo.evaluate(&observed.sight(at(minute + 1), true));
        for (rule, alert) in slo.alerts() {
            decided.get_mut(&rule.to_string()).unwrap().push(alert.is_firing());
        }
    }
    decided
}
