//! What a run gives: counts by class in bins of a tenth of a second, and the figures that are read off them.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::service::{Answer, Ending};
use super::setting::Setting;

/// The width of a bin.
///
/// ```
/// use reliability_core::testkit::simulation::{BIN, Open, Setting, Simulation};
/// let record = Simulation::new(Setting::queue().length(BIN * 20)).run(&mut Open, 1);
/// assert_eq!(record.bins().len(), 21); // the last one begins where the run ends
/// ```
pub const BIN: Duration = Duration::from_millis(100);

/// What happened to one class within a bin.
///
/// ```
/// use reliability_core::testkit::simulation::{Fixed, Load, Setting, Simulation};
/// use std::time::Duration;
/// let simulation = Simulation::new(Setting::queue().load(Load::steady(3.0)).length(Duration::from_secs(3)));
/// let counts = simulation.run(&mut Fixed::new(32), 1).counts(Duration::ZERO..Duration::from_secs(3));
/// assert!(counts.refused > counts.in_time && counts.clients == counts.attempts);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Clients whose first attempt arrived in the bin.
    pub clients: u64,
    /// Of those, how many were answered within the deadline of some attempt, whenever that was; cheaper answers included.
    pub satisfied: u64,
    /// Of those satisfied, how many got a cheaper answer than asked for.
    pub degraded: u64,
    /// Attempts that arrived in the bin.
    pub attempts: u64,
    /// Attempts refused or dropped in the bin.
    pub refused: u64,
    /// Answers within their deadline that were given in the bin.
    pub in_time: u64,
    /// Answers in the bin to clients that had given up.
    pub late: u64,
    /// Answers in the bin that were errors.
    pub failed: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.clients += other.clients;
        self.satisfied += other.satisfied;
        self.degraded += other.degraded;
        self.attempts += other.attempts;
        self.refused += other.refused;
        self.in_time += other.in_time;
        self.late += other.late;
        self.failed += other.failed;
    }
}

/// What came of a run. As text it is a table with a line for each second, the same bytes for the same seed.
///
/// ```
/// use reliability_core::testkit::simulation::{Load, Open, Setting, Simulation};
/// use std::time::Duration;
/// let s = Duration::from_secs;
/// let load = Load::steady(0.5).step(s(3), 1.5).step(s(4), 0.5);
/// let record = Simulation::new(Setting::queue().load(load).length(s(10))).run(&mut Open, 1);
/// assert!(record.success(s(3)..s(4)) < 0.8);
/// let back = record.recovered(0.99, s(4)..s(9)).expect("it comes back");
/// assert!(back > Duration::ZERO && back < s(3));
/// println!("{record}"); // a line for each second
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    classes: Vec<String>,
    capacity: f64,
    bins: Vec<Vec<Counts>>,
}

fn bin(time: Duration) -> usize {
    (time.as_nanos() / BIN.as_nanos()) as usize
}

impl Record {
    pub(super) fn new(setting: &Setting) -> Self {
        let classes: Vec<_> = setting.classes.iter().map(|it| it.name.clone()).collect();
        let bins = bin(setting.length) + 1;
        Self { capacity: setting.capacity(), bins: vec![vec![Counts::default(); classes.len()]; bins], classes }
    }

    fn cell(&mut self, nanos: u64, class: usize) -> Option<&mut Counts> {
        self.bins.get_mut((nanos / BIN.as_nanos() as u64) as usize)?.get_mut(class)
    }

    pub(super) fn note_client(&mut self, now: u64, class: usize) {
        if let Some(cell) = self.cell(now, class) {
            cell.clients += 1;
        }
    }

    pub(super) fn note_attempt(&mut self, now: u64, class: usize) {
        if let Some(cell) = self.cell(now, class) {
            cell.attempts += 1;
        }
    }

    pub(super) fn note_refusal(&mut self, now: u64, class: usize) {
        if let Some(cell) = self.cell(now, class) {
            cell.refused += 1;
        }
    }

    pub(super) fn note_answer(&mut self, answer: &Answer) {
        let class = answer.request.class;
        if let Some(cell) = self.cell(answer.at.as_nanos() as u64, class) {
            match answer.ending {
                Ending::InTime => cell.in_time += 1,
                Ending::Late => cell.late += 1,
                _ => cell.failed += 1,
            }
        }
        if answer.ending == Ending::InTime
            && let Some(cell) = self.cell(answer.request.first_arrived.as_nanos() as u64, class)
        {
            cell.satisfied += 1;
            cell.degraded += u64::from(answer.degraded);
        }
    }

    /// The classes' names, in the setting's order.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// What happened to each class in each bin of [`BIN`].
    pub fn bins(&self) -> &[Vec<Counts>] {
        &self.bins
    }

    /// All classes together, over the bins that begin within a time.
    pub fn counts(&self, within: Range<Duration>) -> Counts {
        self.sum(within, |_| true)
    }

    /// One class by its name; nothing where there is none of that name.
    pub fn class(&self, name: &str, within: Range<Duration>) -> Counts {
        self.sum(within, |class| class == name)
    }

    fn sum(&self, within: Range<Duration>, wanted: impl Fn(&str) -> bool) -> Counts {
        let mut sum = Counts::default();
        let end = bin(within.end).min(self.bins.len());
        for cells in &self.bins[bin(within.start).min(end)..end] {
            for (class, cell) in self.classes.iter().zip(cells) {
                if wanted(class) {
                    sum += *cell;
                }
            }
        }
        sum
    }

    /// Requests answered within their deadline / (capacity without faults × time).
    pub fn goodput(&self, within: Range<Duration>) -> f64 {
        let seconds = within.end.saturating_sub(within.start).as_secs_f64();
        let most = self.capacity * seconds;
        if most > 0.0 { self.counts(within).in_time as f64 / most } else { 0.0 }
    }

    /// The share of the clients that were answered in time, by the time of their first attempt; 1 where none came.
    pub fn success(&self, within: Range<Duration>) -> f64 {
        share(self.counts(within))
    }

    /// The same of one class.
    pub fn class_success(&self, name: &str, within: Range<Duration>) -> f64 {
        share(self.class(name, within))
    }

    /// The share of the attempts that were refused; 0 where none came.
    pub fn refused(&self, within: Range<Duration>) -> f64 {
        let counts = self.counts(within);
        if counts.attempts > 0 { counts.refused as f64 / counts.attempts as f64 } else { 0.0 }
    }

    /// How long after the beginning of `within` it took until every half second that begins then or later, up to the end of
    /// `within`, had at least `share` of its clients answered in time. `None` if the last one had not.
    pub fn recovered(&self, share: f64, within: Range<Duration>) -> Option<Duration> {
        const HALF: usize = 5;
        let (first, end) = (bin(within.start), bin(within.end).min(self.bins.len()).saturating_sub(HALF - 1));
        let bad = |at: &usize| {
            let start = BIN * (*at as u32);
            self.success(start..start + BIN * HALF as u32) < share
        };
        match (first..end).rev().find(bad) {
            None => Some(Duration::ZERO),
            Some(last) if last + 1 == end => None,
            Some(last) => Some(BIN * (last + 1 - first) as u32),
        }
    }
}

fn share(counts: Counts) -> f64 {
    if counts.clients > 0 { counts.satisfied as f64 / counts.clients as f64 } else { 1.0 }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "second", "clients", "attempts", "refused", "in time", "late", "failed"
        )?;
        for class in &self.classes {
            write!(f, " {class:>9}")?;
        }
        writeln!(f)?;
        for second in 0..self.bins.len().div_ceil(10) as u64 {
            let within = || Duration::from_secs(second)..Duration::from_secs(second + 1);
            let all = self.counts(within());
            if all == Counts::default() {
                continue;
            }
            let Counts { clients, attempts, refused, in_time, late, failed, .. } = all;
            write!(f, "{second:>6} {clients:>8} {attempts:>8} {refused:>8} {in_time:>8} {late:>8} {failed:>8}")?;
            for class in &self.classes {
                write!(f, " {:>8.2}%", 100.0 * self.class_success(class, within()))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
