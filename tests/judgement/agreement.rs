//! Random histories, judged by both sides.
//!
//! A disagreement prints its seed; `JUDGEMENT_SEED=<seed>` judges that history alone and prints its terms and edges.

use std::fmt::Write;
use std::thread;

use num_rational::BigRational;
use reliability_core::slo::{BurnRate, ErrorBudget, Observed, Resolution, SloState};

use crate::case::{Count, Period, WINDOWS};
use crate::census::{Counts, PAIRS, count};
use crate::engine::{self, at};
use crate::figures::float;
use crate::generator;
use crate::judge::{Edge, Judge, Verdict};
use crate::random::Random;
use crate::zones;

const HISTORIES: u64 = 10_240;
const CLOSE: f64 = 1e-9;

#[test]
fn the_engine_agrees_with_an_independent_reading_on_ten_thousand_histories() {
    if let Some(seed) = std::env::var("JUDGEMENT_SEED").ok().and_then(|seed| seed.parse().ok()) {
        let (case, story, wounds) = generator::random(seed);
        println!("{case:#?}\n{wounds:?}, {} minutes from {}", story.minutes.len(), story.begins);
        println!("{:?}", Judge::new(&case, &story).verdict());
        if let Err(difference) = compare(seed, &mut Counts::new()) {
            panic!("{difference}");
        }
        return;
    }
    let threads = thread::available_parallelism().map_or(2, |n| n.get() as u64);
    let parts: Vec<(Counts, Vec<String>)> = thread::scope(|scope| {
        let part = |first: u64| {
            let (mut counts, mut differences) = (Counts::new(), Vec::new());
            for seed in (first..HISTORIES).step_by(threads as usize) {
                differences.extend(compare(seed, &mut counts).err());
            }
            (counts, differences)
        };
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut counts = Counts::new();
    let mut differences = Vec::new();
    for (part, found) in parts {
        for (name, n) in part {
            *counts.entry(name).or_default() += n;
        }
        differences.extend(found);
    }
    let mut summary = format!("{HISTORIES} histories:");
    for (name, n) in &counts {
        write!(summary, " {name} {n},").unwrap();
    }
    println!("{}", summary.trim_end_matches(','));
    let first: Vec<_> = differences.iter().take(5).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} of {HISTORIES} differ:\n{}", differences.len(), first.join("\n"));

    let share = |name: &str| counts.get(name).copied().unwrap_or(0) as f64 / HISTORIES as f64;
    for pair in PAIRS {
        assert!(share(&format!("{pair} fired and resolved")) >= 0.2, "{pair}");
    }
    for (name, least) in
        [("gap", 0.1), ("restart", 0.1), ("exact edge", 0.1), ("quiet hours", 0.1), ("held back", 0.01)]
    {
        assert!(share(name) >= least, "{name}");
    }
    for zone in 0..zones::ZONES {
        assert!(share(&format!("month end in {}", zones::name(zone))) >= 0.03, "{}", zones::name(zone));
    }
}

/// Judges one history twice.
fn compare(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let (case, story, wounds) = generator::random(seed);
    let judge = Judge::new(&case, &story);
    let verdict = judge.verdict();
    count(&case, &story, wounds, &verdict, counts);
    let mut expected = verdict.edges.iter().peekable();
    let mut random = Random::new(!seed);
    let every = (story.minutes.len() as u64 / 6).max(1);
    let mut looks = 0;
    let both = engine::run(&case, &story, Resolution::Exact, |t, slo, observed, edges| {
        let mut due: Vec<Edge> = Vec::new();
        while let Some(edge) = expected.next_if(|edge| edge.at <= t) {
            due.push(*edge);
        }
        differ("edges", t, &edges, &due)?;
        let month_begins = matches!(case.period, Period::Month { .. }) && case.period_at(t).0 >= t - 1;
        if month_begins || t == story.ends() || !edges.is_empty() && random.one_in(4) || random.one_in(every) {
            looks += 1;
            figures(&judge, t, slo, observed)?;
            if looks <= 2 || t == story.ends() {
                forecast(&judge, t, slo)?;
            }
        }
        Ok(())
    });
    let compact = both.and_then(|()| if seed.is_multiple_of(8) { compact(&judge, &verdict) } else { Ok(()) });
    compact.map_err(|difference| format!("JUDGEMENT_SEED={seed}: {difference}\n  {case:?}\n  {wounds:?}"))
}

/// The compact form decides alike, and its budget is never better.
fn compact(judge: &Judge<'_>, verdict: &Verdict) -> Result<(), String> {
    let mut edges = Vec::new();
    engine::run(judge.case, judge.story, Resolution::Compact, |t, slo, observed, found| {
        edges.extend(found);
        let shown = slo.figures(observed).budget.remaining();
        if t % 97 == 0 && shown > float(&judge.figures(t).left) + CLOSE {
            return Err(format!("compact budget at {t}: {shown} is better than it was"));
        }
        Ok(())
    })?;
    differ("edges in compact form", judge.story.ends(), &edges, &verdict.edges)
}

fn figures(judge: &Judge<'_>, t: i64, slo: &SloState, observed: &Observed) -> Result<(), String> {
    let exact = judge.figures(t);
    let shown = slo.figures(observed);
    differ("now", t, &shown.now, &at(t))?;
    differ("since", t, &shown.since, &at(judge.story.begins))?;
    differ("period", t, &shown.period_begins, &at(exact.period_begins))?;
    let counts = (i128::from(shown.counts.good), i128::from(shown.counts.bad));
    differ("counts", t, &counts, &exact.counts)?;
    let coverage = (shown.coverage.observed as i64, shown.coverage.minutes as i64);
    differ("coverage", t, &coverage, &exact.coverage)?;
    close("budget", t, Some(shown.budget.remaining()), Some(&exact.left))?;
    close("measured", t, shown.measured.map(ErrorBudget::remaining), exact.measured.as_ref())?;
    for ((window, shown), exact) in WINDOWS.iter().zip(shown.burn).zip(&exact.burns) {
        close(&format!("burn of {window} minutes"), t, shown.map(BurnRate::as_f64), exact.as_ref())?;
    }
    Ok(())
}

fn forecast(judge: &Judge<'_>, t: i64, slo: &SloState) -> Result<(), String> {
    let exact = judge.forecast(t);
    let shown = slo.forecast();
    close("straight forecast of 1 h", t, shown.straight_1h_minutes, exact.straight_1h.as_ref())?;
    close("straight forecast of 6 h", t, shown.straight_6h_minutes, exact.straight_6h.as_ref())?;
    let replayed = exact.replayed.map(|minutes| minutes as f64);
    // a ratio is rounded by less than 10⁻¹⁸, which decides where a minute is reached exactly
    if matches!(judge.case.count, Count::Means { .. })
        && let (Some(shown), Some(exact)) = (shown.replayed_minutes, replayed)
        && (shown - exact).abs() <= 1.0
    {
        return Ok(());
    }
    differ("replayed forecast", t, &shown.replayed_minutes, &replayed)
}

fn differ<T: PartialEq + std::fmt::Debug>(what: &str, t: i64, shown: &T, exact: &T) -> Result<(), String> {
    if shown == exact {
        Ok(())
    } else {
        Err(format!("{what} at {t}: the engine says {shown:?}, the reference {exact:?}"))
    }
}

fn close(what: &str, t: i64, shown: Option<f64>, exact: Option<&BigRational>) -> Result<(), String> {
    let alike = match (shown, exact.map(float)) {
        (None, None) => true,
        (Some(shown), Some(exact)) => (shown - exact).abs() <= CLOSE * exact.abs().max(1.0),
        _ => false,
    };
    if alike {
        Ok(())
    } else {
        Err(format!("{what} at {t}: the engine says {shown:?}, the reference {:?}", exact.map(float)))
    }
}
