//! What of an SLO must outlive the process that judged it, as plain data.
//!
//! A history keeps itself as it stands: cumulative counts at slot boundaries, each as its growth since the boundary before. What
//! can be computed from them (running sums, the counts at the starts of windows) is not kept. Nothing here knows how it is
//! written down; whoever stores it owns that form and its version.

use std::time::Duration;

use super::alert::AlertState;
use super::history::Resolution;
use super::tally::Tally;
use crate::clock::Timestamp;
use crate::spec::{Method, Window};

/// One SLO's past.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptState {
    /// How its budget was counted.
    pub(crate) method: Method,
    pub(crate) generation: u32,
    pub(crate) history: KeptHistory,
    /// There for a method that counts slices.
    pub(crate) slices: Option<KeptSlices>,
    /// One for each pair that was judged.
    pub(crate) alerts: Vec<KeptAlert>,
    pub(crate) incident: Option<KeptCase>,
}

/// The counts of its period.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptHistory {
    pub(crate) window: Window,
    pub(crate) resolution: Resolution,
    pub(crate) now: Timestamp,
    pub(crate) total: Tally,
    pub(crate) begins: Timestamp,
    /// What had been counted when the calendar period began; zero for a rolling one.
    pub(crate) turned: Tally,
    pub(crate) carried: Tally,
    pub(crate) carried_for: Duration,
    pub(crate) fine: KeptRing,
    pub(crate) minutes: KeptRing,
    pub(crate) quarters: Option<KeptRing>,
}

/// The cumulative counts at the boundaries that one ring still holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct KeptRing {
    /// The boundary before which nothing had been counted.
    pub(crate) first: i64,
    /// The newest boundary.
    pub(crate) last: i64,
    /// The counts at the oldest boundary.
    pub(crate) oldest: Tally,
    /// Good and bad of each slot after it, up to the newest boundary.
    grown: Vec<[u32; 2]>,
    /// Slots that held more, by their place.
    large: Vec<(usize, Tally)>,
}

/// Slices of time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptSlices {
    /// From which minute slices are cut, and the number of the first; and the same of the cut before.
    pub(crate) cut: (i64, i64),
    pub(crate) before: (i64, i64),
    /// The minute in which the calendar period ends.
    pub(crate) ends: Option<i64>,
    pub(crate) now: Timestamp,
    pub(crate) total: Tally,
    /// The slice in progress, and what it holds.
    pub(crate) open: i64,
    pub(crate) events: Tally,
    /// The closed ones before it, the oldest first: by verdict 0 without events, 1 good, 2 bad; by ratio what was bad in parts, all
    /// ones without events.
    pub(crate) closed: Vec<u64>,
    pub(crate) carried: (u64, u128),
    pub(crate) carried_among: u64,
    pub(crate) carried_for: Duration,
}

/// A pair, and what was last decided about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct KeptAlert {
    /// Its long window.
    pub(crate) long: Duration,
    pub(crate) state: AlertState,
    pub(crate) held_since: Option<Timestamp>,
}

/// The latest incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct KeptCase {
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
    pub(crate) first: Timestamp,
    pub(crate) bad_before: u64,
    pub(crate) bad_until: Option<u64>,
}

impl KeptRing {
    /// The counts at the oldest boundary, with none after it yet.
    pub(crate) fn begin(first: i64, boundary: i64, oldest: Tally) -> Self {
        Self { first, last: boundary, oldest, grown: Vec::new(), large: Vec::new() }
    }

    /// A ring of `slots` or fewer that are told first, and where they lie only then: see [`lies`](Self::lies).
    pub(crate) fn with_room(slots: usize) -> Self {
        Self { grown: Vec::with_capacity(slots), ..Self::default() }
    }

    /// Where the slots lie that were told.
    pub(crate) fn lies(&mut self, first: i64, boundary: i64, oldest: Tally) {
        (self.first, self.oldest) = (first, oldest);
        self.last = boundary.saturating_add(self.grown.len() as i64);
    }

    /// The next slots held so much each.
    pub(crate) fn push_many(&mut self, grown: Tally, times: usize) {
        if let (Ok(good), Ok(bad)) = (u32::try_from(grown.good), u32::try_from(grown.bad)) {
            self.last += times as i64;
            self.grown.resize(self.grown.len() + times, [good, bad]);
        } else {
            (0..times).for_each(|_| self.push(grown));
        }
    }

    /// The next slot held so much.
    pub(crate) fn push(&mut self, grown: Tally) {
        self.last += 1;
        if let (Ok(good), Ok(bad)) = (u32::try_from(grown.good), u32::try_from(grown.bad)) {
            self.grown.push([good, bad]);
        } else {
            self.large.push((self.grown.len(), grown));
            self.grown.push([0; 2]);
        }
    }

    /// The oldest boundary.
    pub(crate) fn oldest_boundary(&self) -> i64 {
        self.last - self.grown.len() as i64
    }

    /// What each slot held, the oldest first.
    pub(crate) fn grown(&self) -> impl Iterator<Item = Tally> + '_ {
        let mut large = self.large.iter().peekable();
        self.grown.iter().enumerate().map(move |(place, [good, bad])| {
            let more = large.next_if(|(at, _)| *at == place);
            more.map_or(Tally::new((*good).into(), (*bad).into()), |(_, tally)| *tally)
        })
    }
}

/// No honest minute of any year that a timestamp can name lies further from 1970.
const FAR: i64 = 1 << 40;

impl KeptState {
    /// Whether it can be what a history kept: each ring as long as its window and its age ask for, and no longer. What is not
    /// would be read as if slots that nobody kept had been empty.
    #[allow(dead_code)] // only the feature `store` asks
    pub(crate) fn is_sound(&self) -> bool {
        let slices = self.slices.as_ref().is_none_or(KeptSlices::is_sound);
        slices && self.slices.is_some() == self.method.slice().is_some() && self.history.is_sound()
    }
}

impl KeptHistory {
    fn is_sound(&self) -> bool {
        let lengths = super::history::History::lengths(self.window, self.resolution);
        let rings = [Some(&self.fine), Some(&self.minutes), self.quarters.as_ref()];
        let whole = |(boundaries, ring): (Option<u32>, Option<&KeptRing>)| match (boundaries, ring) {
            (None, None) => true,
            (Some(boundaries), Some(ring)) => ring.is_sound(boundaries),
            _ => false,
        };
        self.begins <= self.now && lengths.into_iter().zip(rings).all(whole)
    }
}

impl KeptRing {
    fn is_sound(&self, boundaries: u32) -> bool {
        let age = i128::from(self.last) - i128::from(self.first);
        let held = (i128::from(boundaries) - 1).min(age);
        (0..i128::from(u32::MAX)).contains(&age) && self.grown.len() as i128 == held
    }
}

impl KeptSlices {
    fn is_sound(&self) -> bool {
        let minutes = [self.cut.0, self.cut.1, self.before.0, self.before.1, self.open, self.ends.unwrap_or(0)];
        minutes.iter().all(|minute| (-FAR..FAR).contains(minute)) && self.carried.1 < 1 << 96
    }
}
