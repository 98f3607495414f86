//! A process that counts is killed at random points, again and again, and its book is kept outside it.
//!
//! Each event is written into the book after it was counted. Of a killed process at most one second of counts may be missing, and
//! none may be there that the book does not know. `RELIABILITY_KILLS=2000` kills so often; a short run is part of every test run.

use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use crate::child;
use crate::files::Folder;

/// How many files are killed on at a time: most of the time they sleep.
const CHAINS: usize = 4;
/// What one round of the child counts: it may have been killed between counting and saying so.
const ROUND: (u64, u64) = (4, 1);

/// What one killed process said.
#[derive(Default)]
struct Book {
    /// What it went on from: good, bad, budget, since when.
    begun: Option<(u64, u64, f64, i64)>,
    /// Microseconds, good, bad.
    lines: Vec<(u64, u64, u64)>,
}

fn run(folder: &Folder, lives: Duration) -> Book {
    let mut child = child::start(&folder.file(), 1, "");
    let pipe = BufReader::new(child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut book = Book::default();
        for line in pipe.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["begun", good, bad, budget, since, standing] => {
                    assert_eq!(*standing, "kept");
                    let figures = (good.parse(), bad.parse(), budget.parse(), since.parse());
                    let (Ok(good), Ok(bad), Ok(budget), Ok(since)) = figures else { panic!("{line}") };
                    book.begun = Some((good, bad, budget, since));
                }
                [micros, good, bad] => {
                    let line = (micros.parse(), good.parse(), bad.parse());
                    if let (Ok(micros), Ok(good), Ok(bad)) = line {
                        book.lines.push((micros, good, bad));
                    }
                }
                ["stands", standing, ..] => assert_eq!(*standing, "kept", "{line}"),
                _ => {}
            }
        }
        book
    });
    std::thread::sleep(lives);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// What there must be at least and may be at most.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    least: (u64, u64),
    most: (u64, u64),
    since: Option<i64>,
}

#[derive(Default, Debug)]
struct Sum {
    kills: u64,
    events: u64,
    lost: u64,
    worst: Duration,
    counting: Duration,
    early: u64,
}

fn chain(name: &str, kills: u64, mut seed: u64) -> Sum {
    let folder = Folder::new(name);
    let (mut bounds, mut sum) = (Bounds::default(), Sum::default());
    let mut before: Vec<(u64, u64, u64)> = Vec::new();
    while sum.kills < kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let book = run(&folder, Duration::from_micros(20_000 + (seed >> 33) % 1_400_000));
        sum.kills += 1;
        let Some((good, bad, budget, since)) = book.begun else {
            // killed while it began: it has counted nothing
            sum.early += 1;
            continue;
        };
        assert!(good >= bounds.least.0 && bad >= bounds.least.1, "lost more than a second: {good} {bad} {bounds:?}");
        assert!(good <= bounds.most.0 && bad <= bounds.most.1, "counted twice: {good} {bad} {bounds:?}");
        let (valid, best) = (good + bad, (bounds.most.0 + bounds.least.1, bounds.least.1));
        let left = |bad: u64, valid: u64| if valid == 0 { 1.0 } else { 1.0 - bad as f64 * 100.0 / valid as f64 };
        assert!((budget - left(bad, valid)).abs() < 1e-6, "{budget} is not what {good} and {bad} leave");
        assert!(budget <= left(best.1, best.0) + 1e-9, "better than the book: {budget} {bounds:?}");
        assert!(valid == 0 || bounds.since.is_none_or(|known| since <= known), "a minute that was observed is no more");
        // how far back the file stood when it was killed
        if let Some((killed, ..)) = before.last() {
            let (old, _) = bounds.most;
            sum.lost += old.saturating_sub(good + ROUND.0);
            let base = bounds.most.0 - before.last().map_or(0, |line| line.1) - ROUND.0;
            let kept = before.iter().rev().find(|line| base + line.1 <= good).map_or(0, |line| line.0);
            sum.worst = sum.worst.max(Duration::from_micros(killed - kept));
        }
        let (killed, all_good, all_bad) = book.lines.last().copied().unwrap_or_default();
        let sure = book.lines.iter().rev().find(|line| line.0 + 1_000_000 <= killed).copied().unwrap_or_default();
        bounds = Bounds {
            least: (good + sure.1, bad + sure.2),
            most: (good + all_good + ROUND.0, bad + all_bad + ROUND.1),
            // of one that was killed before its first write nothing is known
            since: (good + bad > 0).then(|| bounds.since.map_or(since, |known| known.min(since))),
        };
        sum.events += all_good + all_bad;
        sum.counting += Duration::from_micros(killed);
        before = book.lines;
    }
    sum
}

#[test]
fn a_killed_process_loses_at_most_a_second_and_counts_nothing_twice() {
    let kills: u64 = std::env::var("RELIABILITY_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(60);
    let begun = Instant::now();
    let seed = std::env::var("RELIABILITY_KILLS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(17_u64);
    let chains: Vec<_> = (0..CHAINS)
        .map(|n| {
            let kills = kills.div_ceil(CHAINS as u64);
            std::thread::spawn(move || chain(&format!("kills-{n}"), kills, seed + n as u64))
        })
        .collect();
    let sums: Vec<Sum> = chains.into_iter().map(|chain| chain.join().unwrap()).collect();
    let total = |of: fn(&Sum) -> u64| sums.iter().map(of).sum::<u64>();
    let counting: Duration = sums.iter().map(|sum| sum.counting).sum();
    let rate = total(|sum| sum.events) as f64 / counting.as_secs_f64().max(0.001);
    println!(
        "{} kills in {} s, {} of them before the first count; {} events counted, {rate:.0} a second; at worst {} ms of counts lost, {} good ones in all",
        total(|sum| sum.kills),
        begun.elapsed().as_secs(),
        total(|sum| sum.early),
        total(|sum| sum.events),
        sums.iter().map(|sum| sum.worst.as_millis()).max().unwrap_or(0),
        total(|sum| sum.lost),
    );
}
