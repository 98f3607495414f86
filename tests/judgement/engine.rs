//! The other side: the same history through the library, in virtual time.

use std::time::Duration;

use reliability_core::slo::{AlertState, Guard, NoData, Observed, Policy, Resolution, SloState, Tally, Terms};
use reliability_core::{CalendarUnit, Method, Objective, Slice, SliceTarget, Timestamp, Window, Zone};

use crate::case::{Case, Count, Exact, Period, Shares};
use crate::judge::Edge;
use crate::story::Story;
use crate::zones;

pub(crate) fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_seconds(minute * 60)
}

fn ppb(share: Exact) -> u32 {
    let ppb = share * Exact::from_integer(1_000_000_000);
    assert!(ppb.is_integer());
    *ppb.numer() as u32
}

/// The terms of a case, in the library's words.
pub(crate) fn terms(case: &Case, resolution: Resolution) -> Terms {
    let objective = Objective::from_ppb(1_000_000_000 - ppb(case.allowed)).unwrap();
    let window = match case.period {
        Period::Rolling { days } => Window::rolling_days(days as u32).unwrap(),
        Period::Month { zone } => Window::calendar(CalendarUnit::Month, Zone::new(zones::name(zone)).unwrap()),
    };
    let slice = |minutes: i64| Slice::of_minutes(minutes as u32).unwrap();
    let method = match case.count {
        Count::Events => Method::Occurrences,
        Count::Verdicts { minutes, target } => {
            Method::Timeslices { slice: slice(minutes), target: SliceTarget::from_ppb(ppb(target)).unwrap() }
        }
        Count::Means { minutes } => Method::RatioTimeslices { slice: slice(minutes) },
    };
    let policy = match case.shares {
        Shares::OwnPeriod => Policy::ByWindow,
        Shares::Days(30) => Policy::Days30,
        Shares::Days(28) => Policy::Days28,
        Shares::Days(_) => Policy::Days7,
    };
    let guard = case.guard.map(|proof| {
        let alpha = *proof.alpha.numer() as f64 / *proof.alpha.denom() as f64;
        Guard::new(alpha, proof.floor as u64).unwrap()
    });
    Terms::new(objective, window)
        .method(method)
        .policy(policy)
        .guard(guard)
        .no_data(if case.hold { NoData::Hold } else { NoData::NotOver })
        .resolution(resolution)
}

/// Runs a history and calls `look` after each judged minute, with that minute's edges in the order of the pairs.
pub(crate) fn run(
    case: &Case,
    story: &Story,
    resolution: Resolution,
    mut look: impl FnMut(i64, &SloState, &Observed, Vec<Edge>) -> Result<(), String>,
) -> Result<(), String> {
    let mut slo = SloState::new(terms(case, resolution), at(story.begins)).map_err(|error| error.to_string())?;
    let mut observed = Observed::new(at(story.begins));
    let names: Vec<&'static str> = case.pairs().iter().map(|pair| pair.name).collect();
    let mut total = Tally::ZERO;
    let mut unseen = None;
    for (i, minute) in story.minutes.iter().enumerate() {
        let begin = story.begins + i as i64;
        let t = begin + 1;
        total = total + Tally::new(minute.good, minute.bad);
        // a gap becomes known when somebody looks again
        if !minute.seen {
            unseen.get_or_insert(begin);
        }
        if !minute.judged {
            continue;
        }
        if let Some(from) = unseen.take() {
            observed.gap(at(from), at(if minute.seen { begin } else { t }));
        }
        slo.advance(at(t), total, Duration::ZERO);
        let transitions = slo.evaluate(&observed.sight(at(t), case.begins));
        let mut edges = Vec::new();
        for transition in transitions {
            let rule = transition.rule.to_string();
            let pair = names.iter().find(|name| **name == rule).ok_or(format!("{rule} is judged at {t}"))?;
            let fired = match transition.to {
                AlertState::Firing { since } if since == at(t) => true,
                AlertState::Resolved { at: end } if end == at(t) => false,
                other => return Err(format!("at {t} {rule} became {other:?}")),
            };
            edges.push(Edge { at: t, pair, fired });
        }
        look(t, &slo, &observed, edges)?;
    }
    Ok(())
}
