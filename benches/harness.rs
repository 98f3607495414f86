//! Many short rounds over all candidates in turn, so that a noisy neighbour disturbs all of them alike.
//!
//! A round calls each candidate for about a millisecond: A B C … A B C …, each on one thread and then on several at once.
//! What is told of a candidate is the median over the rounds; what is told of a difference is the median of the differences
//! within one round. The loop around a call is part of every figure, the bare function's included.
//!
//! Every bench takes `--quick` (a few rounds, nothing judged: it only shows that the bench runs), and is quick by itself
//! when cargo runs it as a test.
#![allow(dead_code)] // each bench uses its part
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// What was asked for on the command line.
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) rounds: usize,
    pub(crate) threads: Vec<usize>,
    pub(crate) markdown: bool,
    /// Only candidates whose name contains this.
    pub(crate) only: Option<String>,
    /// Everything else, for the bench itself.
    pub(crate) rest: Vec<String>,
}

impl Options {
    /// Reads `--quick`, `--rounds N`, `--threads 1,2`, `--markdown` and `--only TEXT`; other words are kept.
    pub(crate) fn read() -> Self {
        let args: Vec<String> = std::env::args().skip(1).collect();
        // cargo says `--bench` when it benches, and not when it tests or somebody runs the binary
        let as_test = args.iter().all(|arg| arg != "--bench") && std::env::var_os("CARGO").is_some();
        let mut read =
            Self { quick: as_test, rounds: 301, threads: vec![1, 2], markdown: false, only: None, rest: Vec::new() };
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
            match arg.as_str() {
                "--bench" => {}
                "--quick" => read.quick = true,
                "--markdown" => read.markdown = true,
                "--rounds" => read.rounds = value().parse().expect("--rounds takes a number"),
                "--threads" => {
                    let each = |n: &str| n.parse().expect("--threads takes numbers, as in 1,2");
                    read.threads = value().split(',').map(each).collect();
                }
                "--only" => read.only = Some(value()),
                _ => read.rest.push(arg),
            }
        }
        if read.quick {
            read.rounds = 3;
        }
        if !read.threads.contains(&1) {
            read.threads.insert(0, 1);
        }
        read
    }

    pub(crate) fn says(&self, word: &str) -> bool {
        self.rest.iter().any(|other| other == word)
    }
}

type Loop = dyn Fn(u64) + Send + Sync;

/// Something to call.
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    run: Arc<Loop>,
}

impl Candidate {
    /// A function of a number; what it gives is used, so that nothing of it can be left out.
    pub(crate) fn new(name: &'static str, call: impl Fn(u64) -> u64 + Send + Sync + 'static) -> Self {
        let run = move |times: u64| {
            let mut sum = 0_u64;
            for i in 0..times {
                sum = sum.wrapping_add(call(i));
            }
            hint::black_box(sum);
        };
        Self { name, run: Arc::new(run) }
    }

    pub(crate) fn run(&self, times: u64) {
        (self.run)(times);
    }

    /// Allocations and bytes for each call, after some calls that do not count.
    pub(crate) fn allocations(&self, times: u64) -> (f64, f64) {
        self.run(times);
        let info = allocation_counter::measure(|| self.run(times));
        (info.count_total as f64 / times as f64, info.bytes_total as f64 / times as f64)
    }
}

/// The rounds of one candidate: nanoseconds of a call, by number of threads.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// One list for each entry of `--threads`.
    pub(crate) rounds: Vec<Vec<f64>>,
}

impl Measured {
    pub(crate) fn median(&self, threads: usize) -> f64 {
        median(self.rounds[threads].clone())
    }

    /// The median over the rounds of this less the other.
    pub(crate) fn over(&self, other: &Self, threads: usize) -> f64 {
        median(self.rounds[threads].iter().zip(&other.rounds[threads]).map(|(a, b)| a - b).collect())
    }

    /// The median over the rounds of this through the other.
    pub(crate) fn through(&self, other: &Self, threads: usize) -> f64 {
        median(self.rounds[threads].iter().zip(&other.rounds[threads]).map(|(a, b)| a / b).collect())
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty(), "a median of nothing");
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How long a candidate runs in a round.
const SLICE: Duration = Duration::from_millis(1);

/// Measures all candidates.
pub(crate) fn measure(options: &Options, candidates: &[Candidate]) -> Vec<Measured> {
    let slice = if options.quick { SLICE / 10 } else { SLICE };
    let times: Vec<u64> = candidates.iter().map(|candidate| times(candidate, slice)).collect();
    let mut team = Team::new(options.threads.iter().copied().max().unwrap_or(1));
    let mut measured: Vec<Measured> = candidates
        .iter()
        .map(|candidate| Measured { name: candidate.name, rounds: vec![Vec::new(); options.threads.len()] })
        .collect();
    for round in 0..=options.rounds {
        for ((candidate, times), measured) in candidates.iter().zip(&times).zip(&mut measured) {
            for (threads, rounds) in options.threads.iter().zip(&mut measured.rounds) {
                let nanos = team.run(candidate, *times, *threads);
                // the first round opens the threads' blocks
                if round > 0 {
                    rounds.push(nanos);
                }
            }
        }
    }
    measured
}

/// How often to call it in a slice.
fn times(candidate: &Candidate, slice: Duration) -> u64 {
    let mut times = 16;
    loop {
        let began = Instant::now();
        candidate.run(times);
        let took = began.elapsed();
        if took >= slice / 4 {
            return (times as f64 * slice.as_secs_f64() / took.as_secs_f64()) as u64 + 1;
        }
        times *= 4;
    }
}

struct Job {
    run: Arc<Loop>,
    times: u64,
    start: Arc<Start>,
}

/// Where threads meet before they run; they spin, because waking one takes a tenth of a slice.
struct Start {
    awaited: AtomicUsize,
}

impl Start {
    fn meet(&self) {
        self.awaited.fetch_sub(1, Ordering::AcqRel);
        let mut looks = 0_u32;
        while self.awaited.load(Ordering::Acquire) > 0 {
            hint::spin_loop();
            looks += 1;
            if looks.is_multiple_of(1 << 14) {
                thread::yield_now();
            }
        }
    }
}

impl Job {
    /// Nanoseconds of a call.
    fn run(&self) -> f64 {
        self.start.meet();
        let began = Instant::now();
        (self.run)(self.times);
        began.elapsed().as_nanos() as f64 / self.times as f64
    }
}

/// Threads that live through the whole measurement, so that each has its block.
struct Team {
    mates: Vec<Sender<Job>>,
    results: Receiver<f64>,
}

impl Team {
    fn new(size: usize) -> Self {
        let (give, results) = mpsc::channel();
        let mate = |_| {
            let (job, jobs) = mpsc::channel::<Job>();
            let give = give.clone();
            thread::spawn(move || {
                for job in jobs {
                    let _ = give.send(job.run());
                }
            });
            job
        };
        Self { mates: (1..size).map(mate).collect(), results }
    }

    /// Nanoseconds of a call, the mean over the threads.
    fn run(&mut self, candidate: &Candidate, times: u64, threads: usize) -> f64 {
        let start = Arc::new(Start { awaited: AtomicUsize::new(threads) });
        let job = || Job { run: Arc::clone(&candidate.run), times, start: Arc::clone(&start) };
        for mate in &self.mates[..threads - 1] {
            mate.send(job()).expect("a mate waits for jobs until the end");
        }
        let mine = job().run();
        let theirs: f64 = self.results.iter().take(threads - 1).sum();
        (mine + theirs) / threads as f64
    }
}

/// A table of text, the first column to the left and the others to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Self {
        Self { rows: vec![head.into_iter().map(Into::into).collect()] }
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub(crate) fn print(&self, markdown: bool) {
        let columns = self.rows[0].len();
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let pad = |(column, cell): (usize, &String)| {
                let space = " ".repeat(widths[column] - cell.chars().count());
                if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
            };
            let cells: Vec<String> = row.iter().enumerate().map(pad).collect();
            let (left, between, right) = if markdown { ("| ", " | ", " |") } else { ("", "  ", "") };
            println!("{left}{}{right}", cells.join(between));
            if number == 0 && markdown {
                println!("|---|{}", "---:|".repeat(columns - 1));
            }
        }
    }
}

/// A figure against its target.
pub(crate) struct Verdict {
    pub(crate) what: &'static str,
    pub(crate) measured: f64,
    pub(crate) at_most: f64,
    pub(crate) unit: &'static str,
}

pub(crate) fn print_verdicts(verdicts: &[Verdict], markdown: bool) {
    let mut table = Table::new(["target", "at most", "measured", "verdict"]);
    for verdict in verdicts {
        let Verdict { what, measured, at_most, unit } = verdict;
        let held = if measured <= at_most { "held" } else { "missed" };
        table.row([(*what).to_owned(), format!("{at_most} {unit}"), format!("{measured:.2} {unit}"), held.to_owned()]);
    }
    println!();
    table.print(markdown);
}

/// Processor time that this process's threads of a name have used so far.
pub(crate) fn cpu_of_threads(name: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let named = tasks
        .filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim_end() == name));
    let nanos = named.filter_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// The processor and how many of them, for the head of a table.
pub(crate) fn print_machine() {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("?", |m| m.1);
    println!("{model}, {} processors", thread::available_parallelism().map_or(0, usize::from));
}
