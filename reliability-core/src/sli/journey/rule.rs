//! What journeys of one feature need, as a request reads it: words, no lock.
//!
//! The list of parts only grows and a part keeps its bit, so what a journey has noted never changes its meaning, whatever is
//! declared anew while it is under way. What the parts are worth is a few words with a bit for each. A writer changes
//! them between two changes of a version, and a reader that saw the version move reads again.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::current::{End, Marks, Noted};
use crate::name;
use crate::sli::{Outcome, Sli};
use crate::spec::{Missing, SliSpec};
use crate::table::{find, find_or_fill, hash};

/// How many parts a feature's journeys may have over the life of the process: the bits of a word.
pub(crate) const PARTS: usize = 64;
/// How often a reader looks again while a writer is at it.
const TRIES: usize = 8;
/// No SLI has this position.
const NOWHERE: u32 = u32::MAX;

/// All rules of the process, by the feature's name.
static RULES: Mutex<BTreeMap<&'static str, &'static Rule>> = Mutex::new(BTreeMap::new());

/// Those that a request can name: the first thousand.
static KNOWN: [OnceLock<&'static Rule>; 2 * MOST_KNOWN] = [const { OnceLock::new() }; 2 * MOST_KNOWN];
static TAKEN: AtomicUsize = AtomicUsize::new(0);
const MOST_KNOWN: usize = 1_000;

/// The rule of one feature, and what its journeys are counted by. Kept for the life of the process.
#[derive(Debug)]
pub(crate) struct Rule {
    name: &'static str,
    sli: Sli,
    /// The position of each part's SLI, if this process has it: side by side, for a part that ends looks through them.
    positions: [AtomicU32; PARTS],
    parts: [Part; PARTS],
    taken: AtomicUsize,
    version: AtomicU32,
    need: [AtomicU64; 4],
    /// Failed journeys in which no part had failed.
    outside: AtomicU64,
}

#[derive(Debug)]
struct Part {
    slo: OnceLock<&'static str>,
    /// The bits of its latency threshold in nanoseconds; infinity where only the outcome counts.
    threshold: AtomicU64,
    /// Failed journeys in which it failed alone, and with others.
    alone: AtomicU64,
    together: AtomicU64,
}

/// One part as it is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartRule<'a> {
    pub(crate) slo: &'a str,
    /// The position of its SLI and its latency threshold in nanoseconds, if this process has it.
    pub(crate) here: Option<(u32, Option<f64>)>,
    pub(crate) required: bool,
    pub(crate) missing: Missing,
}

/// A bit for each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) required: u64,
    /// Bad if it was never reached.
    pub(crate) bad: u64,
    /// Without a verdict if it was never reached.
    pub(crate) unknown: u64,
    /// Good if it was never reached.
    pub(crate) good: u64,
}

impl Rule {
    /// The rule of the feature of this name, made the first time.
    pub(crate) fn named(feature: &str) -> &'static Self {
        let mut rules = RULES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = rules.get(feature) {
            return known;
        }
        let name = name::intern(feature);
        let made: &'static Self = Box::leak(Box::new(Self::new(name)));
        rules.insert(name, made);
        find_or_fill(&KNOWN, (&TAKEN, MOST_KNOWN), hash([name]), |rule| rule.name == name, || made);
        made
    }

    /// The rule of this name if there is one: for what a request names, without a lock.
    pub(super) fn known(feature: &str) -> Option<&'static Self> {
        find(&KNOWN, hash([feature]), |rule| rule.name == feature).copied()
    }

    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            sli: Sli::from_spec(SliSpec::new(name::intern(&format!("{name}-journey")))),
            positions: std::array::from_fn(|_| AtomicU32::new(NOWHERE)),
            parts: std::array::from_fn(|_| Part {
                slo: OnceLock::new(),
                threshold: AtomicU64::new(f64::INFINITY.to_bits()),
                alone: AtomicU64::new(0),
                together: AtomicU64::new(0),
            }),
            taken: AtomicUsize::new(0),
            version: AtomicU32::new(0),
            need: std::array::from_fn(|_| AtomicU64::new(0)),
            outside: AtomicU64::new(0),
        }
    }

    /// The feature's name.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// What its journeys are counted by.
    pub(crate) const fn sli(&self) -> &Sli {
        &self.sli
    }

    /// Whether as many parts as these fit beside those that it ever had.
    pub(crate) fn has_room_for<'a>(&self, parts: impl Iterator<Item = &'a str>) -> bool {
        let taken = self.taken.load(Ordering::Acquire);
        taken + parts.filter(|slo| self.place(slo).is_none()).count() <= PARTS
    }

    /// Declares what its journeys need from now on. One writer at a time: the engine, under its own lock.
    pub(crate) fn declare(&self, parts: &[PartRule<'_>]) {
        let mut need = Need::default();
        for part in parts {
            let Some(place) = self.place(part.slo).or_else(|| self.take(part.slo)) else { continue };
            let (position, threshold) = part.here.unwrap_or((NOWHERE, None));
            self.parts[place].threshold.store(threshold.unwrap_or(f64::INFINITY).to_bits(), Ordering::Relaxed);
            self.positions[place].store(position, Ordering::Release);
            let bit = 1 << place;
            if part.required {
                need.required |= bit;
                match part.missing {
                    Missing::Bad => need.bad |= bit,
                    Missing::Unknown => need.unknown |= bit,
                    Missing::Good => need.good |= bit,
                    Missing::Ignored => {}
                }
            }
        }
        self.version.fetch_add(1, Ordering::AcqRel);
        for (word, bits) in self.need.iter().zip([need.required, need.bad, need.unknown, need.good]) {
            word.store(bits, Ordering::Release);
        }
        self.version.fetch_add(1, Ordering::Release);
    }

    fn take(&self, slo: &str) -> Option<usize> {
        let place = self.taken.load(Ordering::Relaxed);
        let part = self.parts.get(place)?;
        let _ = part.slo.set(name::intern(slo));
        self.taken.store(place + 1, Ordering::Release);
        Some(place)
    }

    /// The place of a part, by its SLO's name.
    pub(super) fn place(&self, slo: &str) -> Option<usize> {
        self.parts().position(|part| part == slo)
    }

    /// The names of all parts that it ever had, by place.
    pub(super) fn parts(&self) -> impl Iterator<Item = &'static str> + '_ {
        let taken = self.taken.load(Ordering::Acquire).min(PARTS);
        self.parts[..taken].iter().map(|part| part.slo.get().copied().unwrap_or_default())
    }

    /// What is needed now.
    pub(crate) fn need(&self) -> Need {
        let mut need = Need::default();
        for _ in 0..TRIES {
            let before = self.version.load(Ordering::Acquire);
            let [required, bad, unknown, good] = [0, 1, 2, 3].map(|i| self.need[i].load(Ordering::Acquire));
            need = Need { required, bad, unknown, good };
            if before.is_multiple_of(2) && self.version.load(Ordering::Acquire) == before {
                break;
            }
        }
        need
    }

    /// Notes the end of a call of the SLI at `position` with all parts that it is.
    #[inline]
    pub(super) fn note(&self, position: u32, end: &End, noted: &Noted) {
        let taken = self.taken.load(Ordering::Acquire).min(PARTS);
        for (place, known) in self.positions[..taken].iter().enumerate() {
            if known.load(Ordering::Acquire) == position {
                self.note_part(place, end, noted);
            }
        }
    }

    #[inline]
    fn note_part(&self, place: usize, end: &End, noted: &Noted) {
        let bit = 1 << place;
        let threshold = f64::from_bits(self.parts[place].threshold.load(Ordering::Relaxed));
        let by_outcome = threshold == f64::INFINITY;
        let add = |to: &Cell<u64>| to.set(to.get() | bit);
        add(&noted.reached);
        match end.outcome {
            Outcome::Good if by_outcome => add(&noted.good),
            Outcome::Good => match end.nanos {
                Some(nanos) if nanos <= threshold => add(&noted.good),
                Some(_) => add(&noted.bad),
                None => {}
            },
            Outcome::Bad => add(&noted.bad),
            Outcome::Shed => add(&noted.shed),
            Outcome::Cancelled => {
                let outlived = end.nanos.is_some_and(|nanos| nanos > threshold);
                if end.always || !by_outcome && outlived {
                    add(&noted.bad);
                }
            }
            Outcome::Ignored => {}
        }
    }

    /// What the marks of a journey mean. See the head of the module.
    pub(crate) fn verdict(&self, marks: &Marks) -> Outcome {
        let need = self.need();
        let unreached = need.required & !marks.reached;
        if marks.failed || marks.bad & need.required != 0 {
            Outcome::Bad
        } else if marks.shed & need.required != 0 {
            Outcome::Shed
        } else if unreached & need.bad != 0 {
            Outcome::Bad
        } else if unreached & need.unknown != 0 || marks.blind {
            Outcome::Ignored
        } else if (marks.good | unreached & need.good) & need.required != 0 {
            Outcome::Good
        } else {
            Outcome::Ignored
        }
    }

    /// Counts a failed journey with the parts that failed in it.
    #[cold]
    pub(super) fn blame(&self, marks: &Marks) {
        let need = self.need();
        let unreached = need.required & !marks.reached & need.bad;
        let guilty = (marks.bad | marks.shed) & need.required | unreached;
        if guilty == 0 {
            self.outside.fetch_add(1, Ordering::Relaxed);
        }
        let alone = guilty.is_power_of_two() && !marks.failed;
        for (place, part) in self.parts.iter().enumerate() {
            if guilty >> place & 1 == 1 {
                let count = if alone { &part.alone } else { &part.together };
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Failed journeys of a part so far: alone, and with others.
    pub(crate) fn blamed(&self, slo: &str) -> (u64, u64) {
        let read = |place: usize| {
            let part = &self.parts[place];
            (part.alone.load(Ordering::Relaxed), part.together.load(Ordering::Relaxed))
        };
        self.place(slo).map_or((0, 0), read)
    }
}
