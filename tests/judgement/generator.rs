//! Random cases and histories. Each is made so that something is likely to be decided in it: outages that are long enough for
//! every pair and dilute again, traffic that burns exactly at a factor, nights, single failures, lost minutes.

use crate::case::{Case, Count, DAY, Exact, HOUR, Period, Proof, Shares};
use crate::random::Random;
use crate::story::{Minute, Story};
use crate::zones;

/// What was put into a history.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wounds {
    /// Minutes that were judged and not seen, as in a file with missing rows.
    pub(crate) missing: bool,
    /// The process hung: nobody looked, and all was counted in the minute after.
    pub(crate) hung: bool,
    /// The process was down and began to count anew.
    pub(crate) restarted: bool,
}

pub(crate) fn random(seed: u64) -> (Case, Story, Wounds) {
    let mut random = Random::new(seed);
    let case = case(&mut random);
    let mut minutes = minutes(&case, &mut random);
    let wounds = wound(&mut minutes, &mut random);
    let begins = match case.period {
        // before a month's end, so that most of these histories contain it
        Period::Month { zone } if random.percent(70) => {
            zones::month(zone, random.within(2, 12) as usize) - random.within(0, minutes.len() as i64 + 10)
        }
        _ => zones::minute_of("2026-01-04 00:00") + random.within(0, 340 * DAY),
    };
    (case, Story { begins, minutes }, wounds)
}

fn case(random: &mut Random) -> Case {
    let count = match random.within(0, 9) {
        0..=3 => Count::Events,
        4..=6 => Count::Verdicts {
            minutes: random.pick(&[1, 1, 1, 1, 2, 5, 7, 10, 60]),
            target: random.pick(&[(99, 100), (95, 100), (1, 2), (1, 1), (999, 1_000)]).into(),
        },
        _ => Count::Means { minutes: random.pick(&[1, 1, 1, 2, 3, 5, 10, 45]) },
    };
    let percents: &[(i128, i128)] = match count {
        Count::Events => &[(1, 1_000), (1, 1_000), (1, 2_000), (1, 100), (5, 100), (7, 100), (1, 10_000)],
        Count::Verdicts { .. } => &[(1, 1_000), (1, 1_000), (1, 2_000), (1, 100), (5, 100), (5, 100)],
        Count::Means { .. } => &[(1, 1_000), (1, 100), (1, 100), (5, 100), (5, 100), (25, 1_000)],
    };
    let period = if random.percent(45) {
        Period::Month { zone: random.within(0, zones::ZONES as i64 - 1) as usize }
    } else {
        Period::Rolling { days: random.pick(&[1, 3, 7, 7, 28, 28, 30, 30, 30, 90]) }
    };
    let hold = random.percent(70);
    Case {
        allowed: random.pick(percents).into(),
        period,
        count,
        shares: random.pick(&[Shares::OwnPeriod, Shares::Days(30), Shares::Days(28), Shares::Days(7)]),
        hold,
        begins: if hold { random.percent(97) } else { random.percent(50) },
        guard: match random.within(0, 9) {
            0..=4 => Some(Proof { alpha: Exact::new(1, 100), floor: 2 }),
            5 => Some(Proof { alpha: Exact::new(1, 20), floor: 3 }),
            6 => Some(Proof { alpha: Exact::new(1, 1_000), floor: 0 }),
            _ => None,
        },
    }
}

fn minutes(case: &Case, random: &mut Random) -> Vec<Minute> {
    let mut minutes = Vec::new();
    if case.hold && !case.begins {
        // windows that must fill before anything is known
        let quiet = Minute::of(random.pick(&[0, 1, 20]), 0);
        minutes.extend(std::iter::repeat_n(quiet, random.within(0, 70 * HOUR) as usize));
    }
    match random.within(0, 19) {
        0..=3 => on_a_factor(case, &mut minutes, random),
        4..=5 => phases(&mut minutes, random),
        6 => lonely(&mut minutes, random),
        _ => outage(case, &mut minutes, random),
    }
    minutes
}

/// Some clean traffic, an outage, and so much good traffic or time that every pair resolves.
fn outage(case: &Case, minutes: &mut Vec<Minute>, random: &mut Random) {
    let allowed = *case.allowed.numer() as f64 / *case.allowed.denom() as f64;
    let rate = random.within(1, 24) as u64;
    let clean = if random.percent(50) { 0 } else { random.within(1, 90) };
    minutes.extend((0..clean).map(|_| traffic(rate, 0.0, random)));
    let share = random.pick(&[1.0, 1.0, 0.9, 0.6]);
    let slice = case.slice().unwrap_or(1);
    // of verdicts, the pair of three days asks for a share of all its slices, whatever their traffic
    let needed = match case.count {
        Count::Verdicts { .. } => (3 * DAY) as f64 * allowed,
        _ => 0.0,
    };
    let length = random.within(4, 24) + needed as i64 + random.within(0, slice);
    minutes.extend((0..length).map(|_| traffic(rate, share, random)));
    let rest = match case.count {
        Count::Events => random.within(30, 240),
        _ => random.within(HOUR, 7 * HOUR) + slice,
    };
    let diluted = if case.slice().is_some() {
        rate * random.pick(&[1, 1, 2, 3])
    } else {
        (2.0 * length as f64 * share * rate as f64 / (allowed * rest as f64)).ceil() as u64 + 1
    };
    minutes.extend((0..rest).map(|_| traffic(diluted, 0.0, random)));
    // quiet after it, sometimes
    if random.one_in(4) {
        minutes.extend((0..random.within(1, 400)).map(|_| Minute::of(0, 0)));
    }
}

/// Traffic that burns exactly at a pair's factor, one failure more, one fewer.
fn on_a_factor(case: &Case, minutes: &mut Vec<Minute>, random: &mut Random) {
    let pairs = case.pairs();
    let threshold = random.pick(&pairs).factor * case.allowed;
    let (a, d) = (*threshold.numer() as u64, *threshold.denom() as u64);
    let length = random.within(40, 420) as usize;
    let first = minutes.len();
    if let Count::Verdicts { minutes: slice, .. } = case.count {
        // a of d slices are bad
        let bad = |k: u64| (k + 1) * a / d > k * a / d;
        minutes.extend(
            (0..length as u64).map(|m| if bad(m / slice as u64) { Minute::of(0, 2) } else { Minute::of(3, 0) }),
        );
    } else {
        let every = random.pick(&[1, 1, 1, 3, 30]);
        let times = random.pick(&[1, 1, 2, 5]);
        let exact = Minute::of((d - a) * times, a * times);
        minutes.extend((0..length).map(|m| if m % every == 0 { exact } else { Minute::of(0, 0) }));
    }
    // a pair of changes takes each other back
    for _ in 0..random.within(0, 4) {
        let (one, other) = (random.within(0, length as i64 - 1), random.within(0, length as i64 - 1));
        let (from, to) = (first + one as usize, first + other as usize);
        if minutes[from].bad > 0 && minutes[to].good > 0 {
            (minutes[from].bad, minutes[from].good) = (minutes[from].bad - 1, minutes[from].good + 1);
            (minutes[to].bad, minutes[to].good) = (minutes[to].bad + 1, minutes[to].good - 1);
        }
    }
}

/// Stretches of all kinds.
fn phases(minutes: &mut Vec<Minute>, random: &mut Random) {
    for _ in 0..random.within(2, 8) {
        let rate = random.pick(&[0, 0, 1, 3, 12, 60, 500]);
        let share = random.pick(&[0.0, 0.0, 0.0, 0.001, 0.01, 0.1, 0.5, 1.0]);
        let length = random.pick(&[1, 5, 6, 7, 30, 36, 60, 90, 200]);
        minutes.extend((0..length).map(|_| traffic(rate, share, random)));
    }
}

/// A night with a request now and then.
fn lonely(minutes: &mut Vec<Minute>, random: &mut Random) {
    let fails = random.pick(&[2, 5, 20]);
    minutes.extend((0..random.within(200, 900)).map(|_| match random.within(0, 5) {
        0 if random.one_in(fails) => Minute::of(0, 1),
        0 => Minute::of(1, 0),
        _ => Minute::of(0, 0),
    }));
}

fn traffic(rate: u64, failing: f64, random: &mut Random) -> Minute {
    // multiples of one rate, so that sums of ratios keep small denominators
    let valid = rate * random.pick(&[1, 1, 1, 2, 3]);
    let bad = (valid as f64 * failing + random.share()).floor() as u64;
    Minute::of(valid - bad.min(valid), if failing == 0.0 { 0 } else { bad.min(valid) })
}

fn wound(minutes: &mut Vec<Minute>, random: &mut Random) -> Wounds {
    let mut wounds = Wounds::default();
    let mut stretch = |minutes: &[Minute]| {
        let length = random.pick(&[1, 1, 3, 6, 7, 30, 36, 40, 144]).min(minutes.len() as i64 - 2).max(1);
        let from = random.within(0, (minutes.len() as i64 - length - 1).max(0)) as usize;
        (random.percent(25), from, from + length as usize, random.within(0, 40))
    };
    let (missing, from, to, _) = stretch(minutes);
    if missing {
        wounds.missing = true;
        minutes[from..to].fill(Minute { seen: false, ..Minute::of(0, 0) });
    }
    let (hung, from, to, _) = stretch(minutes);
    if hung && to < minutes.len() {
        wounds.hung = true;
        let (good, bad) =
            minutes[from..to].iter().fold((0, 0), |sum, minute| (sum.0 + minute.good, sum.1 + minute.bad));
        minutes[from..to].fill(Minute::default());
        minutes[to].good += good;
        minutes[to].bad += bad;
    }
    let (restarted, at, to, days) = stretch(minutes);
    if restarted {
        wounds.restarted = true;
        // down for some minutes, rarely for days
        let down = if days == 0 { 12 * DAY } else { (to - at) as i64 };
        minutes.splice(at..at, std::iter::repeat_n(Minute::default(), down as usize));
    }
    wounds
}
