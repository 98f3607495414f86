//! Replicas against one process that saw everything.

use proptest::prelude::*;

use super::*;
use crate::engine::identity::Identity;
use crate::engine::snapshot::KeptObserved;
use crate::slo::{Severity, Tally};
use crate::spec::{Method, Objective, Window};

const BEGIN: i64 = 1_772_323_200;
const NAME: &str = "pay-availability";

fn terms(method: &str) -> Terms {
    Terms::new(Objective::parse("99.9%").unwrap(), Window::DEFAULT).method(Method::parse(method).unwrap())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(BEGIN + seconds)
}

/// A pseudo-random sequence (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % n
    }

    fn shuffle<T>(&mut self, of: &mut [T]) {
        for place in (1..of.len()).rev() {
            of.swap(place, self.below(place as u64 + 1) as usize);
        }
    }
}

/// One process.
#[derive(Clone)]
struct Process {
    instance: String,
    incarnation: u64,
    resumed: bool,
    begins: Timestamp,
    state: SloState,
    total: Tally,
}

impl Process {
    fn new(instance: &str, begins: Timestamp, method: &str) -> Self {
        let state = SloState::new(terms(method), begins).unwrap();
        let incarnation = begins.unix_nanos() as u64;
        Self { instance: instance.into(), incarnation, resumed: false, begins, state, total: Tally::ZERO }
    }

    fn count(&mut self, now: Timestamp, news: Tally) {
        self.total = self.total + news;
        self.state.advance(now, self.total, Duration::ZERO);
    }

    /// What the next process of its instance is; with a store it goes on from here.
    fn restarted(&self, now: Timestamp, with_store: bool, method: &str) -> Self {
        let incarnation = now.unix_nanos() as u64;
        if with_store {
            let state = SloState::restored(terms(method), &self.state.keep(), |_| {}).unwrap();
            Self { incarnation, resumed: true, state, ..self.clone() }
        } else {
            Self { incarnation, ..Self::new(&self.instance, now, method) }
        }
    }

    fn word(&self) -> Replica {
        let slo = ReplicaSlo {
            name: NAME.into(),
            identity: 7,
            objective: terms("occurrences").objective,
            state: self.state.keep(),
        };
        Replica {
            service: Identity { service: "shop".into(), instance: self.instance.clone(), ..Identity::default() },
            incarnation: self.incarnation,
            at: self.state.history().now(),
            resumed: self.resumed,
            observed: KeptObserved { begins: self.begins, gaps: Vec::new() },
            slos: vec![slo],
        }
    }
}

/// Quarter-hours for a month and more, then minutes for a day, then 5 s for an hour.
fn instants() -> impl Iterator<Item = i64> {
    let steps = (0..33 * 96).map(|_| 900).chain((0..1_440).map(|_| 60)).chain((0..720).map(|_| 5));
    steps.scan(0, |now, step| {
        *now += step;
        Some(*now)
    })
}

/// Runs so many replicas beside one process that sees everything; gives all words and that process.
fn story(replicas: usize, method: &str, seed: u64) -> (Vec<Replica>, Process) {
    let mut random = Random(seed | 1);
    let mut all = Process::new("all", at(0), method);
    let mut processes: Vec<_> = (0..replicas).map(|n| Process::new(&format!("pod-{n}"), at(0), method)).collect();
    let mut words = Vec::new();
    for (step, now) in instants().enumerate() {
        let now = at(now);
        let mut sum = Tally::ZERO;
        for (n, process) in processes.iter_mut().enumerate() {
            if step % 64 == n % 64 && random.below(9) == 0 {
                words.push(process.word());
                *process = process.restarted(process.state.history().now(), n % 2 == 0, method);
            }
            // some serve little, and some fail for a while
            let good = random.below(1 + 3 * n as u64);
            let bad = if random.below(200) < 1 + (n as u64 % 7) { random.below(3) } else { 0 };
            process.count(now, Tally::new(good, bad));
            sum = sum + Tally::new(good, bad);
            if random.below(2_000) == 0 {
                words.push(process.word());
            }
        }
        all.count(now, sum);
    }
    words.extend(processes.iter().map(Process::word));
    (words, all)
}

fn judged_alone(process: &Process) -> (Figures, Vec<(BurnRule, AlertState)>) {
    let observed = Observed::new(process.begins);
    let mut state = process.state.clone();
    let now = state.history().now();
    state.evaluate(&observed.sight(now, true));
    (state.figures(&observed), state.alerts().map(|(rule, alert)| (*rule, alert.state())).collect())
}

fn view(words: impl IntoIterator<Item = Replica>) -> FleetView {
    let mut view = FleetView::of("shop", None);
    words.into_iter().for_each(|word| view.add(word).unwrap());
    view
}

#[test]
fn sixty_four_replicas_in_any_order_are_one_process_that_saw_everything() {
    let (mut words, all) = story(64, "occurrences", 42);
    let now = all.state.history().now();
    let (figures, pairs) = judged_alone(&all);
    assert!(figures.counts.bad > 1_000 && words.len() > 200, "{} words, {:?}", words.len(), figures.counts);
    let incarnations = view(words.clone()).len();
    assert!(incarnations > 128, "{incarnations} incarnations of 64");
    for seed in 1..4 {
        let mut random = Random(seed);
        random.shuffle(&mut words);
        let twice = words.iter().chain(&words[..words.len() / 2]).cloned();
        let merged = view(twice).judge(now);
        assert_eq!(merged.left_out, Vec::<String>::new());
        assert_eq!(merged.slos[0].figures, figures, "seed {seed}");
        assert_eq!(merged.slos[0].pairs, pairs, "seed {seed}");
    }
}

#[test]
fn alerts_of_the_sum_are_those_of_one_process() {
    let mut all = Process::new("all", at(0), "occurrences");
    let mut pods: Vec<_> = (0..5).map(|n| Process::new(&format!("pod-{n}"), at(0), "occurrences")).collect();
    for step in 1..=120 {
        for (n, pod) in pods.iter_mut().enumerate() {
            // one of five fails in the second hour: 20 % of all
            let failing = n == 0 && step > 60;
            pod.count(at(step * 60), if failing { Tally::new(0, 100) } else { Tally::new(100, 0) });
        }
        let bad = if step > 60 { 100 } else { 0 };
        all.count(at(step * 60), Tally::new(500 - bad, bad));
    }
    let merged = view(pods.iter().map(Process::word)).judge(at(7_200));
    assert_eq!(merged.slos[0].pairs, judged_alone(&all).1);
    let firing = |pair: &&(BurnRule, AlertState)| matches!(pair.1, AlertState::Firing { .. });
    let fires = merged.slos[0].pairs.iter().filter(firing).any(|(rule, _)| rule.severity == Severity::Page);
    assert!(fires, "{merged:?}");
}

#[test]
fn slices_of_a_fleet_are_never_better_than_those_of_one_process() {
    for method in ["timeslices 5m 99.5%", "ratio-timeslices 5m"] {
        let (words, all) = story(5, method, 7);
        let merged = view(words).judge(all.state.history().now());
        let (figures, _) = judged_alone(&all);
        assert!(merged.left_out.is_empty());
        let left = (merged.slos[0].figures.budget, figures.budget);
        assert!(left.0.cmp_remaining(left.1).is_le(), "{method}: {left:?}");
    }
}

#[test]
fn what_an_incarnation_counted_that_kept_nothing_stays() {
    let mut first = Process::new("pod", at(0), "occurrences");
    first.count(at(60), Tally::new(90, 10));
    let mut second = first.restarted(at(60), false, "occurrences");
    second.count(at(120), Tally::new(100, 0));
    let merged = view([first.word(), second.word()]).judge(at(120));
    assert_eq!((merged.replicas, merged.slos[0].figures.counts), (2, Tally::new(190, 10)));
}

#[test]
fn one_that_goes_on_from_a_store_stands_for_those_before_it() {
    let mut first = Process::new("pod", at(0), "occurrences");
    first.count(at(60), Tally::new(90, 10));
    let mut second = first.restarted(at(60), true, "occurrences");
    second.count(at(120), Tally::new(100, 0));
    for words in [[first.word(), second.word()], [second.word(), first.word()]] {
        let merged = view(words).judge(at(120));
        assert_eq!((merged.replicas, merged.slos[0].figures.counts), (1, Tally::new(190, 10)));
    }
}

#[test]
fn a_minute_in_which_nobody_lived_was_not_observed() {
    let mut first = Process::new("pod", at(0), "occurrences");
    first.count(at(600), Tally::new(90, 10));
    let mut second = Process::new("pod", at(1_200), "occurrences");
    second.count(at(1_800), Tally::new(1, 0));
    let merged = view([first.word(), second.word()]).judge(at(1_800));
    let coverage = merged.slos[0].figures.coverage;
    assert!((20..=22).contains(&coverage.observed), "{coverage:?}");
}

#[test]
fn a_clock_that_is_a_slot_behind_or_ahead_improves_no_budget() {
    let month = 30 * 86_400;
    for skew in [-60, -5, 0, 5, 60] {
        // failures that are about to leave the period, on every second around its edge
        for edge in (-70..=70).step_by(5) {
            let mut healthy = Process::new("healthy", at(0), "occurrences");
            healthy.count(at(month + 10), Tally::new(100_000, 0));
            let mut failing = Process::new("failing", at(skew), "occurrences");
            failing.count(at(1_000 + edge + skew), Tally::new(0, 50));
            failing.count(at(month + 1_000 + skew), Tally::new(0, 50));
            healthy.count(at(month + 1_000), Tally::new(100_050, 0));
            let merged = view([healthy.word(), failing.word()]).judge(at(month + 1_000));
            let bad = 100_000 - 99_900; // what is inside by the clock of whoever is right, at the least
            let inside = if edge > 0 { bad } else { 50 };
            let left = merged.slos[0].figures.budget;
            let truth = crate::slo::ErrorBudget::of(Tally::new(200_050, inside), terms("occurrences").objective);
            assert!(left.cmp_remaining(truth).is_le(), "{skew} s, {edge} s: {left:?} and {truth:?}");
        }
    }
}

#[test]
fn a_clock_from_another_century_pushes_nobody_out() {
    let mut failing = Process::new("failing", at(0), "occurrences");
    failing.count(at(600), Tally::new(0, 50));
    let mut mad = Process::new("mad", at(2_000_000_000), "occurrences");
    mad.count(at(2_000_000_060), Tally::new(1_000, 0));
    let merged = view([failing.word(), mad.word()]).judge(at(600));
    assert_eq!(merged.slos[0].figures.counts, Tally::new(0, 50));
    assert!(merged.left_out[0].contains("mad: its clock is"), "{:?}", merged.left_out);
}

#[test]
fn other_definitions_are_named_and_not_added() {
    let mut old = Process::new("old", at(0), "occurrences");
    old.count(at(60), Tally::new(5, 5));
    let mut new = Process::new("new", at(30), "occurrences");
    new.count(at(60), Tally::new(7, 0));
    let mut word = old.word();
    word.slos[0].identity = 8;
    let merged = view([word, new.word()]).judge(at(60));
    assert_eq!(merged.slos[0].figures.counts, Tally::new(7, 0));
    assert_eq!(merged.left_out, ["pay-availability of old: it means something else by it"]);
}

proptest! {
    /// Words of three instances, each of two incarnations, at a few instants.
    #[test]
    fn views_merge_in_any_order_grouping_and_number(
        words in prop::collection::vec((0_u8..3, 0_u64..2, 1_i64..6, prop::bool::ANY), 0..24),
        cuts in (0_usize..24, 0_usize..24),
        seed in any::<u64>(),
    ) {
        let words: Vec<_> = words.into_iter().map(|(instance, incarnation, now, resumed)| {
            let mut process = Process::new(&format!("pod-{instance}"), at(0), "occurrences");
            process.count(at(now * 60), Tally::new(now as u64 * 10, incarnation));
            Replica { incarnation, resumed: resumed && incarnation == 1, ..process.word() }
        }).collect();
        let whole = view(words.clone());
        let mut shuffled = words.clone();
        Random(seed | 1).shuffle(&mut shuffled);
        prop_assert_eq!(&view(shuffled.clone()), &whole); // commutative
        let (a, b) = (cuts.0.min(words.len()), cuts.1.min(words.len()));
        let (a, b) = (a.min(b), a.max(b));
        let [first, second, third] = [&shuffled[..a], &shuffled[a..b], &shuffled[b..]].map(|part| view(part.to_vec()));
        let mut left = first.clone();
        left.merge(&second).unwrap();
        left.merge(&third).unwrap();
        let mut right = second;
        right.merge(&third).unwrap();
        let mut outer = first;
        outer.merge(&right).unwrap();
        prop_assert_eq!(&left, &outer); // associative
        prop_assert_eq!(&left, &whole);
        let mut twice = whole.clone();
        twice.merge(&whole).unwrap();
        prop_assert_eq!(&twice, &whole); // idempotent
        prop_assert_eq!(twice.judge(at(600)), whole.judge(at(600)));
    }
}
