//! Where the loop and the writing thread meet: what is to be written, what was found, and what became of it.
//!
//! Both hold the lock for as long as it takes to hand something over, never over a disk's pace.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::monotonic_nanos;
use crate::engine::event::EventKind;
use crate::engine::port::{Keeper, Wants};
use crate::engine::snapshot::{Notes, Snapshot};
use crate::engine::stored::{StoreReport, StoreStanding};

/// How many notes may wait for the disk: with more the loop waits for what it has to tell, and then tells all at once.
const WAITING: usize = 2;

/// The meeting place.
pub(super) struct Desk {
    inside: Mutex<Inside>,
    bell: Condvar,
}

/// How far the thread has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Course {
    Running,
    /// It writes what waits, and ends.
    Stopping,
    Ended,
}

pub(super) struct Inside {
    pub(super) inbox: VecDeque<Notes>,
    pub(super) news: Vec<EventKind>,
    pub(super) found: Option<Snapshot>,
    /// Whether there is a file to write to, and whether it wants everything anew.
    pub(super) ready: bool,
    pub(super) anew: bool,
    pub(super) course: Course,
    pub(super) report: StoreReport,
}

impl Desk {
    pub(super) fn new(path: PathBuf) -> Self {
        let inside = Inside {
            inbox: VecDeque::new(),
            news: Vec::new(),
            found: None,
            ready: false,
            anew: false,
            course: Course::Running,
            report: StoreReport::new(path),
        };
        Self { inside: Mutex::new(inside), bell: Condvar::new() }
    }

    pub(super) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something that somebody may wait for.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Inside) -> R) -> R {
        let changed = change(&mut self.inside());
        self.bell.notify_all();
        changed
    }

    /// Waits until it is so, at most so long.
    pub(super) fn wait(&self, within: Duration, is_so: impl Fn(&Inside) -> bool) {
        let begun = monotonic_nanos();
        let mut inside = self.inside();
        while !is_so(&inside) {
            let left = within.saturating_sub(Duration::from_nanos(monotonic_nanos().saturating_sub(begun)));
            if left.is_zero() {
                return;
            }
            inside = self.bell.wait_timeout(inside, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The loop's side of the desk.
pub(super) struct Post(pub(super) Arc<Desk>);

impl Keeper for Post {
    fn found(&mut self) -> Option<Snapshot> {
        self.0.inside().found.take()
    }

    fn wants(&self) -> Wants {
        let inside = self.0.inside();
        if !inside.ready || inside.found.is_some() || inside.inbox.len() >= WAITING {
            Wants::Nothing
        } else if inside.anew {
            Wants::All
        } else {
            Wants::Changes
        }
    }

    fn note(&mut self, notes: Notes) {
        self.0.change(|inside| {
            // a file that was lost meanwhile wants everything when it is there again
            if inside.ready {
                inside.anew = false;
                inside.inbox.push_back(notes);
            }
        });
    }

    fn news(&mut self) -> Vec<EventKind> {
        std::mem::take(&mut self.0.inside().news)
    }

    fn report(&self) -> StoreReport {
        self.0.inside().report.clone()
    }

    fn stop(&mut self, last: Option<Notes>) -> Box<dyn FnOnce(Duration) + Send> {
        if let Some(last) = last {
            self.note(last);
        }
        self.0.change(|inside| inside.course = inside.course.max(Course::Stopping));
        let desk = Arc::clone(&self.0);
        Box::new(move |within| desk.wait(within, |inside| inside.course == Course::Ended))
    }
}

impl Drop for Post {
    /// Without a loop there is nothing to wait for.
    fn drop(&mut self) {
        self.0.change(|inside| inside.course = inside.course.max(Course::Stopping));
    }
}

impl Inside {
    /// All is kept from here on, or will be with the next write.
    pub(super) fn kept(&mut self) {
        let StoreReport { path, resumed, resumed_from, .. } = &self.report;
        let (path, slos, until) = (path.display().to_string(), *resumed, *resumed_from);
        self.news.push(EventKind::StoreTaken { path, slos, until });
        self.stand(StoreStanding::Kept, String::new());
    }

    /// It stands otherwise now, and why.
    pub(super) fn stand(&mut self, standing: StoreStanding, reason: String) {
        let path = self.report.path.display().to_string();
        let known = self.report.standing == standing && self.report.reason == reason;
        if !known && standing != StoreStanding::Kept {
            self.news.push(EventKind::StoreLost { path, reason: reason.clone() });
        }
        (self.report.standing, self.report.reason) = (standing, reason);
    }
}
