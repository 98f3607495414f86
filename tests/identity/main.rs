//! One definition, one decision: random histories through the engine of the process and, by the rules that it generates, through the
//! real promtool; and a live service beside a running Prometheus.
//!
//! `cargo test -p reliability-tests --features reliability-core/full --test identity -- --nocapture` prints the census.
//! `IDENTITY_HISTORIES` says how many histories (150; promtool takes more than a second of a processor for each), `IDENTITY_SEED` where
//! they begin.

#![allow(clippy::needless_for_each, clippy::similar_names, clippy::struct_excessive_bools)] // histories are made of what was and what began

mod census;
mod engine;
mod live;
mod promtool;
#[path = "../judgement/random.rs"]
mod random;
mod story;
#[path = "../tools/mod.rs"]
#[allow(dead_code)] // other tests use more of it
mod tools;

use census::Census;
use story::{MINUTES, Story};

/// How many histories are judged by one run of promtool.
const BATCH: usize = 150;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().unwrap())
}

#[test]
fn random_histories_are_decided_alike_by_the_process_and_by_its_rules() {
    let (seed, histories) = (number("IDENTITY_SEED", 1), number("IDENTITY_HISTORIES", 150) as usize);
    let stories: Vec<Story> = (0..histories).map(|i| Story::random(seed + i as u64, i)).collect();
    let batches: Vec<&[Story]> = stories.chunks(BATCH).collect();
    let census = std::thread::scope(|scope| {
        // two at a time: each is a process of its own
        let halves: Vec<Vec<&[Story]>> =
            (0..2).map(|half| batches.iter().skip(half).step_by(2).copied().collect()).collect();
        let working: Vec<_> = halves
            .into_iter()
            .map(|half| scope.spawn(move || half.into_iter().map(judge).fold(Census::default(), Census::and)))
            .collect();
        working.into_iter().map(|one| one.join().unwrap()).fold(Census::default(), Census::and)
    });
    println!("{census}");
    census.assert_worth_it();
}

/// Judges histories by both and compares minute by minute.
fn judge(stories: &[Story]) -> Census {
    let by_rules = promtool::decisions(stories);
    let mut census = Census::default();
    for story in stories {
        let by_engine = engine::decisions(story);
        for (rule, engine) in &by_engine {
            let rules =
                by_rules.get(&(story.name.clone(), rule.clone())).cloned().unwrap_or_else(|| vec![false; MINUTES + 1]);
            census.compare(story, rule, engine, &rules);
        }
        census.history(story);
    }
    census
}
