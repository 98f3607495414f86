//! The low-traffic guard by simulation: ten requests an hour at an objective of 99.9 %, arriving at random.
//!
//! **False pages.** Requests fail at the budget rate of 0.1 %, so no page is right. A false page is an instant at which the
//! service begins to be paged for: one of the two page pairs fires while none did. The pairs are looked at every minute, so
//! this is what alpha, which holds for a single look, comes to when looks repeat.
//!
//! **Detection.** From one instant on every request fails. The delay runs from that instant, not from the first failure, to
//! the first page, judged at whole minutes. The plain ratio pages at the first failure, so its delay is the wait for a
//! single request, six minutes in the mean; the guard must see two failures where the hour held at most ten requests, and
//! three where it held more. So "twice as late" cannot hold for every outage: it is 2.3 times in the mean at an alpha of 1 %
//! (1.98 at 2 %, where two failures do up to fifteen requests), and less than twice for the tenth of all outages that wait
//! longest. Judged at once instead of at whole minutes, both delays lose half a minute.

use std::thread;

use reliability_core::slo::{Resolution, Severity};

use crate::case::{Case, Count, DAY, Exact, Period, Proof, Shares};
use crate::engine;
use crate::random::Random;
use crate::story::{Minute, Story};
use crate::tail;
use crate::zones;

const AN_HOUR: f64 = 10.0;
const FAILING: f64 = 0.001;
const YEAR: i64 = 525_960;
const YEARS: u64 = 48;
const OUTAGES: u64 = 10_000;
const DEFAULT: Proof = Proof { alpha: Exact::new_raw(1, 100), floor: 2 };

/// Long, short, factor × (1 − objective).
const PAGES: [(i64, i64, Exact); 2] = [(60, 5, Exact::new_raw(9, 625)), (360, 30, Exact::new_raw(3, 500))];

/// Requests as (minute, failed), in order.
type Requests = Vec<(i64, bool)>;

fn requests(minutes: i64, failing: impl Fn(f64) -> f64, random: &mut Random) -> Requests {
    let mut requests = Requests::new();
    let mut now = 0.0;
    loop {
        now -= (1.0 - random.share()).ln() * 60.0 / AN_HOUR;
        if now >= minutes as f64 {
            return requests;
        }
        requests.push((now as i64, random.share() < failing(now)));
    }
}

/// Both page pairs, each with its last decision.
struct Pager<'a> {
    requests: &'a Requests,
    /// How many of the requests before each failed.
    failed: Vec<i128>,
    guard: Option<Proof>,
    firing: [bool; 2],
}

impl<'a> Pager<'a> {
    fn new(requests: &'a Requests, guard: Option<Proof>) -> Self {
        let mut failed = vec![0];
        for request in requests {
            failed.push(failed[failed.len() - 1] + i128::from(request.1));
        }
        Self { requests, failed, guard, firing: [false; 2] }
    }

    fn window(&self, from: i64, to: i64) -> (i128, i128) {
        let before = |minute: i64| self.requests.partition_point(|request| request.0 < minute);
        let (first, end) = (before(from), before(to));
        (self.failed[end] - self.failed[first], (end - first) as i128)
    }

    /// Whether somebody is paged at `t`.
    fn look(&mut self, t: i64) -> bool {
        for ((long, short, threshold), firing) in PAGES.into_iter().zip(0..) {
            let [long, short] = [long, short].map(|minutes| self.window(t - minutes, t));
            // without a request nobody knows, and the last decision stands
            if long.1 == 0 || short.1 == 0 {
                continue;
            }
            let faster = |(bad, n): (i128, i128)| bad * threshold.denom() > n * threshold.numer();
            let proven = self.guard.is_none_or(|guard| tail::proves(guard, long.0, long.1, threshold));
            self.firing[firing] = faster(long) && faster(short) && proven;
        }
        self.firing.contains(&true)
    }

    /// The minutes at which a page begins.
    fn pages(&mut self, minutes: i64) -> Vec<i64> {
        let mut pages = Vec::new();
        let (mut t, mut called, mut next) = (0, false, 0);
        while t < minutes {
            t += 1;
            let now = self.look(t);
            if now && !called {
                pages.push(t);
            }
            called = now;
            // nothing can fire before another request fails
            while next < self.requests.len() && (self.requests[next].0 < t || !self.requests[next].1) {
                next += 1;
            }
            if !called && self.window(t - 360, t).0 == 0 {
                t = self.requests.get(next).map_or(minutes, |request| request.0);
            }
        }
        pages
    }
}

/// Runs `of` for all numbers below `n` on all processors.
fn each<T: Send>(n: u64, of: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(2, |n| n.get() as u64);
    thread::scope(|scope| {
        let part = |first: u64| (first..n).step_by(threads as usize).map(&of).collect::<Vec<_>>();
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_guarded_service_pages_falsely_at_most_a_twentieth_as_often_as_the_plain_ratio() {
    let guards = [None, Some(DEFAULT), Some(Proof { alpha: Exact::new(1, 50), ..DEFAULT })];
    let years = each(YEARS, |seed| {
        let requests = requests(YEAR, |_| FAILING, &mut Random::new(seed));
        guards.map(|guard| {
            let pages = Pager::new(&requests, guard).pages(YEAR);
            let mut months: Vec<i64> = pages.iter().map(|t| t * 12 / YEAR).collect();
            months.dedup();
            [pages.len(), months.len()]
        })
    });
    let sum = |guard: usize, of: usize| years.iter().map(|year| year[guard][of]).sum::<usize>() as f64;
    let plain = sum(0, 0);
    println!("{YEARS} years of 10 requests an hour at 99.9 %: {plain} false pages by the plain ratio");
    for (i, guard) in guards.iter().enumerate().skip(1) {
        let (pages, months) = (sum(i, 0), sum(i, 1));
        println!(
            "guarded at alpha {}: {pages} false pages, {:.2} % fewer; one in {:.1} % of all months, at one look of {:.1e}",
            guard.unwrap().alpha,
            100.0 * (1.0 - pages / plain),
            100.0 * months / (12 * YEARS) as f64,
            (YEARS as i64 * YEAR) as f64 / pages,
        );
        assert!(pages > 0.0 && pages <= 0.05 * plain, "{pages} of {plain}");
    }
    assert!(plain > 50.0 * YEARS as f64, "{plain}");
}

#[test]
fn the_engine_pages_as_the_simulation_does() {
    let minutes = 60 * DAY;
    // ten times as many failures, so that there is something to see
    let requests = requests(minutes, |_| 10.0 * FAILING, &mut Random::new(1));
    let mut story =
        Story { begins: zones::minute_of("2026-03-10 00:00"), minutes: vec![Minute::of(0, 0); minutes as usize] };
    for (minute, failed) in &requests {
        let minute = &mut story.minutes[*minute as usize];
        if *failed { minute.bad += 1 } else { minute.good += 1 }
    }
    for guard in [None, Some(DEFAULT)] {
        let case = Case {
            allowed: Exact::new(1, 1_000),
            period: Period::Rolling { days: 30 },
            count: Count::Events,
            shares: Shares::OwnPeriod,
            hold: true,
            begins: true,
            guard,
        };
        let (mut called, mut pages) = (false, Vec::new());
        engine::run(&case, &story, Resolution::Compact, |t, slo, _, _| {
            let now = slo.is_firing(Severity::Page);
            if now && !called {
                pages.push(t - story.begins);
            }
            called = now;
            Ok(())
        })
        .unwrap();
        assert_eq!(pages, Pager::new(&requests, guard).pages(minutes));
        assert!(pages.len() > if guard.is_none() { 50 } else { 3 }, "{}", pages.len());
    }
}

/// Minutes from the begin of a total outage to the first page, without and with a guard, each sorted.
fn delays(guard: Proof) -> [Vec<f64>; 2] {
    let delays = each(OUTAGES, |seed| {
        let mut random = Random::new(!seed);
        let begins = 720.0 + random.share();
        let requests = requests(1_440, |now| if now >= begins { 1.0 } else { 0.0 }, &mut random);
        [None, Some(guard)].map(|guard| {
            let mut pager = Pager::new(&requests, guard);
            let page = (begins.ceil() as i64..=1_440).find(|t| pager.look(*t));
            page.expect("an outage of half a day is seen") as f64 - begins
        })
    });
    [0, 1].map(|i| {
        let mut delays: Vec<f64> = delays.iter().map(|delay| delay[i]).collect();
        delays.sort_by(f64::total_cmp);
        delays
    })
}

fn mean(delays: &[f64]) -> f64 {
    delays.iter().sum::<f64>() / delays.len() as f64
}

fn quantile(delays: &[f64], share: f64) -> f64 {
    delays[(delays.len() as f64 * share) as usize]
}

#[test]
fn a_guarded_page_of_a_total_outage_is_at_most_twice_as_late_in_the_slow_cases() {
    let mut ratios = Vec::new();
    for alpha in [Exact::new(1, 100), Exact::new(1, 50)] {
        let [plain, guarded] = delays(Proof { alpha, ..DEFAULT });
        let row = |delays: &[f64]| {
            [mean(delays), quantile(delays, 0.5), quantile(delays, 0.9), quantile(delays, 0.95), quantile(delays, 0.99)]
        };
        let (plain, guarded) = (row(&plain), row(&guarded));
        println!(
            "minutes to the first page of a total outage, mean 50 % 90 % 95 % 99 %: plain {plain:.1?}, at alpha {alpha} {guarded:.1?}"
        );
        ratios.push([0, 1, 2, 3, 4].map(|i| guarded[i] / plain[i]));
    }
    println!("as many times later: {ratios:.2?}");
    let [at_one_percent, at_two_percent] = ratios[..] else { unreachable!() };
    // 90 and 95 of a hundred; the mean, which is beyond twice by default, is held where it is
    assert!(at_one_percent[2] <= 2.0 && at_one_percent[3] <= 2.0 && at_one_percent[0] <= 2.35, "{at_one_percent:?}");
    assert!(at_two_percent[0] <= 2.0, "{at_two_percent:?}");
}
