//! What the engine tells the store, and when.
//!
//! Twice a second: the totals that have changed, decisions that have, gaps; so that a process that is killed loses less than a
//! second of its counts. An SLO as a whole (its rings, tens of kilobytes) is told when more than counts has changed, and besides
//! every ten minutes, each at its own time, so that a reader has little to catch up with. Notes that the store does not take
//! are offered again with the next: totals are cumulative, so nothing is lost by it and nothing counted twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::event::EventKind;
use super::judged::{Judged, Slo};
use super::port::Keeper;
use super::snapshot::{Count, KeptObserved, Notes, SloSnapshot, Snapshot, Standing};
use super::stored::StoreReport;
use super::tick::Engine;
use crate::clock::Timestamp;
use crate::slo::{Terms, ZoneError};

/// How often it is told.
const EVERY: Duration = Duration::from_millis(500);
/// How often an SLO that has counted something is told as a whole.
const WHOLE_EVERY: Duration = Duration::from_secs(600);

/// What an earlier process came to, and when this one began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Earlier {
    pub(super) until: Timestamp,
    pub(super) began: Timestamp,
}

/// SLOs that were kept and that nobody has asked for yet.
#[derive(Debug, Default)]
pub(super) struct Unclaimed {
    earlier: Earlier,
    slos: HashMap<Arc<str>, SloSnapshot>,
}

impl Unclaimed {
    pub(super) fn new(kept: Snapshot, began: Timestamp) -> Self {
        let slos = kept.slos.into_iter().map(|slo| (Arc::clone(&slo.name), slo)).collect();
        Self { earlier: Earlier { until: kept.at, began }, slos }
    }

    /// Gives an SLI what is known of its SLOs.
    pub(super) fn claim(&mut self, sli: &mut Judged, now: Timestamp) -> Result<(), ZoneError> {
        if self.slos.is_empty() {
            return Ok(());
        }
        let (spec, reads) = (sli.spec, sli.reads);
        for slo in &mut sli.slos {
            if let Some(kept) = self.slos.remove(slo.name.as_str()) {
                slo.adopt(&spec, &kept, &self.earlier, now)?;
                slo.begin_after(slo.tally(&reads));
            }
        }
        Ok(())
    }
}

/// The engine's side of the store.
pub(super) struct Keeping {
    keeper: Box<dyn Keeper>,
    /// What was told of each SLO, in the engine's order.
    told: Vec<Told>,
    gaps: Option<KeptObserved>,
    due: Duration,
    stopped: bool,
}

struct Told {
    name: Arc<str>,
    identity: u64,
    shape: (u32, Terms, bool, bool),
    count: Count,
    /// All that the engine had skipped by then.
    jumped: Duration,
    /// How much time nobody lived through before this process began, until that is told.
    missed: Duration,
    standing: Standing,
    /// When it was told as a whole, and whether it has counted since.
    whole_at: Option<Duration>,
    moved: bool,
}

impl Keeping {
    pub(super) fn new(keeper: Box<dyn Keeper>) -> Self {
        Self { keeper, told: Vec::new(), gaps: None, due: Duration::ZERO, stopped: false }
    }

    /// When the next notes are due, in monotonic time.
    pub(super) fn due(&self) -> Duration {
        self.due
    }

    pub(super) fn report(&self) -> StoreReport {
        self.keeper.report()
    }

    /// What is to be gone on from, once.
    pub(super) fn found(&mut self) -> Option<Snapshot> {
        let found = self.keeper.found();
        if found.is_some() {
            // whatever was told before belongs to another line of counts
            self.forget();
        }
        found
    }

    fn forget(&mut self) {
        self.told.clear();
        self.gaps = None;
    }

    /// Tells what has changed, if it is time.
    pub(super) fn look(&mut self, now: Duration, engine: &Engine) -> Vec<EventKind> {
        let news = self.keeper.news();
        if now >= self.due && !self.stopped {
            self.due = now + EVERY;
            self.tell(now, engine, false);
        }
        news
    }

    /// Tells the last of it; waits for nothing. The keeper is to be waited for without any lock.
    pub(super) fn stop(&mut self, now: Duration, engine: &Engine) -> Box<dyn FnOnce(Duration) + Send> {
        self.tell(now, engine, true);
        self.stopped = true;
        self.keeper.stop()
    }

    fn tell(&mut self, now: Duration, engine: &Engine, last: bool) {
        let anew = self.keeper.wants_all();
        if anew {
            self.forget();
        }
        let mut slos = engine.slis().iter().flat_map(|sli| sli.slos.iter().map(move |slo| (sli, slo)));
        for (sli, slo) in slos.by_ref().skip(self.told.len()) {
            self.told.push(Told::new(sli, slo, anew));
        }
        let mut notes = Notes { at: engine.now(), ..Notes::default() };
        let mut turn = self.told.len() / (WHOLE_EVERY.as_millis() / EVERY.as_millis()) as usize + 1;
        let jumped = engine.jumped();
        let mut changes = Vec::new();
        for (place, (slo, told)) in engine.slos().zip(&self.told).enumerate() {
            let change = told.change(slo, jumped, now, &mut turn);
            match change {
                Change::Nothing => continue,
                Change::Whole => notes.slos.push(slo.keep(&told.name, told.identity)),
                Change::Parts { counts, stands } => {
                    if counts {
                        let jumped = jumped.saturating_sub(told.jumped) + told.missed;
                        let count = Count { jumped, ..slo.count() };
                        notes.counts.push((Arc::clone(&told.name), count));
                    }
                    if stands {
                        notes.standings.push((Arc::clone(&told.name), slo.standing()));
                    }
                }
            }
            changes.push((place, change));
        }
        let observed = engine.observed();
        let observed = KeptObserved { begins: observed.begins(), gaps: observed.gaps().collect() };
        if self.gaps.as_ref() != Some(&observed) {
            notes.observed = Some(observed.clone());
        }
        if !self.keeper.note(notes, last) {
            return;
        }
        self.gaps = Some(observed);
        let mut slos = engine.slos().enumerate();
        for (place, change) in changes {
            if let Some((_, slo)) = slos.find(|(at, _)| *at == place) {
                self.told[place].tell(slo, change, jumped, now);
            }
        }
    }
}

/// What of an SLO has changed since it was told.
#[derive(Clone, Copy)]
enum Change {
    Nothing,
    Parts { counts: bool, stands: bool },
    Whole,
}

impl Told {
    /// Nothing was told yet; but of an SLO that goes on from what the store holds, not even the whole need be.
    fn new(sli: &Judged, slo: &Slo, anew: bool) -> Self {
        let resumed = slo.resumed().filter(|_| !anew);
        Self {
            name: slo.name.as_str().into(),
            identity: slo.identity(&sli.spec),
            shape: slo.shape(),
            count: Count::default(),
            jumped: Duration::ZERO,
            missed: resumed.unwrap_or_default(),
            standing: Standing::default(),
            whole_at: resumed.map(|_| Duration::ZERO),
            moved: false,
        }
    }

    fn change(&self, slo: &Slo, jumped: Duration, now: Duration, turn: &mut usize) -> Change {
        let Some(whole_at) = self.whole_at else { return Change::Whole };
        if self.shape != slo.shape() {
            return Change::Whole;
        }
        let count = slo.count();
        let alike = |count: &Count| (count.total, count.whole, count.served);
        let counts = alike(&count) != alike(&self.count) || jumped != self.jumped || !self.missed.is_zero();
        let stands = !slo.stands_as(&self.standing);
        if (self.moved || counts) && *turn > 0 && now.saturating_sub(whole_at) >= WHOLE_EVERY {
            *turn -= 1;
            return Change::Whole;
        }
        if counts || stands { Change::Parts { counts, stands } } else { Change::Nothing }
    }

    fn tell(&mut self, slo: &Slo, change: Change, jumped: Duration, now: Duration) {
        match change {
            Change::Nothing => return,
            Change::Whole => {
                (self.shape, self.whole_at, self.moved) = (slo.shape(), Some(now), false);
                self.standing = slo.standing();
            }
            Change::Parts { stands, .. } => {
                self.moved = true;
                if stands {
                    self.standing = slo.standing();
                }
            }
        }
        (self.count, self.jumped, self.missed) = (slo.count(), jumped, Duration::ZERO);
    }
}
