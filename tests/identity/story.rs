//! Random histories of six hours, each made so that something is likely to be decided in it: outages that are long enough for
//! every pair and dilute again, traffic that burns exactly at a factor, single failures in a quiet night, lost minutes,
//! replicas that restart.

use reliability_core::slo::{Guard, NoData, Policy, Terms, rules_by};
use reliability_core::{Objective, Window};

use crate::random::Random;

/// How long each is.
pub(crate) const MINUTES: usize = 360;

/// What one replica did in a minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part {
    pub(crate) good: u64,
    pub(crate) bad: u64,
    /// It began anew at the minute's start.
    pub(crate) begins: bool,
    /// It cannot be read at the minute's end.
    pub(crate) unread: bool,
}

pub(crate) struct Story {
    pub(crate) seed: u64,
    /// The SLI's name.
    pub(crate) name: String,
    pub(crate) terms: Terms,
    /// By replica, then by minute.
    pub(crate) replicas: Vec<Vec<Part>>,
    /// Readings that are missing are told of by a marker, as after a scrape that failed, or merely missing.
    pub(crate) marked: bool,
    pub(crate) wounds: Wounds,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wounds {
    pub(crate) gap: bool,
    pub(crate) reset: bool,
    pub(crate) on_a_factor: bool,
    pub(crate) low_traffic: bool,
}

/// The terms that are tried: every objective with the default guard, others, and none; three ways to scale; both readings of
/// missing data.
fn terms(random: &mut Random) -> Terms {
    let plain = |objective: &str, window: &str| {
        Terms::new(Objective::parse(objective).unwrap(), Window::parse(window).unwrap())
    };
    let all = [
        plain("99.9%", "30d"),
        plain("99.9%", "30d"),
        plain("99.9%", "28d"),
        plain("99%", "30d"),
        plain("99.95%", "7d"),
        plain("99.5%", "90d"),
        plain("95%", "30d").guard(Guard::new(0.05, 3)),
        plain("99.99%", "30d").guard(Guard::new(0.001, 1)),
        plain("99.9%", "30d").guard(None),
        plain("99%", "30d").no_data(NoData::NotOver).guard(None),
        plain("99.9%", "7d").policy(Policy::Days30),
    ];
    random.pick(&all)
}

type Counts = Vec<(u64, u64)>;

impl Story {
    pub(crate) fn random(seed: u64, number: usize) -> Self {
        let mut random = Random::new(seed);
        let terms = terms(&mut random);
        let mut wounds = Wounds::default();
        let mut counts = Counts::new();
        while counts.len() < MINUTES {
            match random.within(0, 19) {
                0..=2 => {
                    wounds.on_a_factor = true;
                    on_a_factor(&terms, &mut counts, &mut random);
                }
                3..=4 => phases(&mut counts, &mut random),
                5..=6 => {
                    wounds.low_traffic = true;
                    lonely(&mut counts, &mut random);
                }
                _ => outage(&terms, &mut counts, &mut random),
            }
        }
        counts.truncate(MINUTES);
        let mut replicas = split(&counts, &mut random);
        hurt(&mut replicas, &mut wounds, &mut random);
        let marked = random.percent(50);
        Self { seed, name: format!("h{number}"), terms, replicas, marked, wounds }
    }

    pub(crate) fn slo(&self) -> String {
        format!("{}-availability", self.name)
    }
}

fn traffic(rate: u64, share: f64, random: &mut Random) -> (u64, u64) {
    let all = if rate == 0 { 0 } else { rate - rate / 4 + random.next() % (rate / 2 + 1) };
    let bad = (0..all.min(200)).filter(|_| random.share() < share).count() as u64;
    let bad = if all > 200 { (all as f64 * share).round() as u64 } else { bad };
    (all - bad, bad)
}

/// Some clean traffic, an outage, and so much good traffic that every pair resolves.
fn outage(terms: &Terms, counts: &mut Counts, random: &mut Random) {
    let allowed = f64::from(terms.objective.error_ppb()) / 1e9;
    let rate = random.pick(&[2, 4, 8, 16, 24, 60, 400]);
    let clean = if random.percent(50) { 0 } else { random.within(1, 90) };
    counts.extend((0..clean).map(|_| traffic(rate, 0.0, random)));
    let share = random.pick(&[1.0, 1.0, 0.9, 0.6]);
    let length = random.within(4, 24);
    counts.extend((0..length).map(|_| traffic(rate, share, random)));
    let rest = random.within(60, 240);
    let spent = length as f64 * share * rate as f64;
    let diluted = (random.pick(&[1.2, 2.0]) * spent / (allowed * rest as f64)).ceil() as u64 + 1;
    counts.extend((0..rest).map(|_| traffic(diluted, 0.0, random)));
    if random.one_in(4) {
        counts.extend((0..random.within(1, 200)).map(|_| (0, 0)));
    }
}

/// Traffic that burns exactly at a pair's factor, one failure more, one fewer.
fn on_a_factor(terms: &Terms, counts: &mut Counts, random: &mut Random) {
    let pairs = rules_by(terms.policy, terms.objective, terms.window).active;
    let factor = random.pick(&pairs).factor;
    let (a, d) = (factor.numerator() * u64::from(terms.objective.error_ppb()), factor.denominator() * 1_000_000_000);
    let divisor = num_integer::gcd(a, d);
    let (a, d) = (a / divisor, d / divisor);
    let length = random.within(40, 420) as usize;
    let first = counts.len();
    let (every, times) = (random.pick(&[1, 1, 1, 3, 30]), random.pick(&[1, 1, 2, 5]));
    let exact = ((d - a) * times, a * times);
    counts.extend((0..length).map(|minute| if minute % every == 0 { exact } else { (0, 0) }));
    for _ in 0..random.within(0, 4) {
        let (one, other) = (random.within(0, length as i64 - 1), random.within(0, length as i64 - 1));
        let (from, to) = (first + one as usize, first + other as usize);
        if counts[from].1 > 0 && counts[to].0 > 0 {
            counts[from] = (counts[from].0 + 1, counts[from].1 - 1);
            counts[to] = (counts[to].0 - 1, counts[to].1 + 1);
        }
    }
}

/// Stretches of all kinds.
fn phases(counts: &mut Counts, random: &mut Random) {
    for _ in 0..random.within(2, 8) {
        let rate = random.pick(&[0, 0, 1, 3, 12, 60, 500, 50_000]);
        let share = random.pick(&[0.0, 0.0, 0.0, 0.001, 0.01, 0.1, 0.5, 1.0]);
        let length = random.pick(&[1, 5, 6, 7, 30, 36, 60, 90, 200]);
        counts.extend((0..length).map(|_| traffic(rate, share, random)));
    }
}

/// A night with a request now and then.
fn lonely(counts: &mut Counts, random: &mut Random) {
    let (length, every) = (random.within(60, 400), random.pick(&[2, 6, 15, 40]));
    let share = random.pick(&[0.02, 0.1, 0.5, 1.0]);
    counts.extend((0..length).map(|_| {
        if !random.one_in(every) {
            (0, 0)
        } else if random.share() < share {
            (0, 1)
        } else {
            (1, 0)
        }
    }));
}

/// One process, or several that serve a share each.
fn split(counts: &Counts, random: &mut Random) -> Vec<Vec<Part>> {
    let replicas = random.pick(&[1, 1, 1, 1, 1, 2, 3]) as usize;
    let mut parts = vec![Vec::with_capacity(MINUTES); replicas];
    for (good, bad) in counts {
        let (mut good, mut bad) = (*good, *bad);
        for (i, replica) in parts.iter_mut().enumerate() {
            let last = i + 1 == replicas;
            let mut take = |left: &mut u64| {
                let taken = if last { *left } else { random.next() % (*left + 1) };
                *left -= taken;
                taken
            };
            replica.push(Part { good: take(&mut good), bad: take(&mut bad), ..Part::default() });
        }
    }
    parts
}

fn hurt(replicas: &mut [Vec<Part>], wounds: &mut Wounds, random: &mut Random) {
    // nobody can read the service for a while, and it counts on
    if random.percent(35) {
        wounds.gap = true;
        for _ in 0..random.within(1, 3) {
            let length = random.pick(&[1, 1, 2, 3, 4, 7, 20, 55]);
            let from = random.within(1, MINUTES as i64 - 60) as usize;
            replicas
                .iter_mut()
                .for_each(|replica| replica[from..from + length].iter_mut().for_each(|part| part.unread = true));
        }
    }
    // all of it is down and begins anew
    if random.percent(20) {
        (wounds.gap, wounds.reset) = (true, true);
        let length = random.pick(&[1, 2, 5, 30, 100]) as usize;
        let from = random.within(1, MINUTES as i64 - 110) as usize;
        replicas.iter_mut().for_each(|replica| down(replica, from, length));
    }
    // one replica is down, or begins anew within a minute
    for replica in replicas.iter_mut() {
        if !random.percent(30) {
            continue;
        }
        wounds.reset = true;
        let length = random.pick(&[0, 0, 0, 3, 70]) as usize;
        down(replica, random.within(1, MINUTES as i64 - 80) as usize, length);
    }
}

fn down(replica: &mut [Part], from: usize, length: usize) {
    // what it had counted while it could not be read would be lost, and no history says how much that was
    if replica[from - 1].unread || replica[from + length].unread {
        return;
    }
    replica[from..from + length].fill(Part { unread: true, ..Part::default() });
    replica[from + length].begins = true;
}
