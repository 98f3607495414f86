//! The thread that reads and writes the file.
//!
//! It opens the file, hands over what was there, and writes what it is told, all that waits in one transaction. In trouble it
//! says so, keeps nothing, and tries again, soon at first and then every ten seconds; the loop judges in memory meanwhile and notices
//! nothing. Once there is a file again it asks for everything, so that what it missed is made up.
//!
//! | trouble | what becomes of the file | then |
//! |---|---|---|
//! | a full disk, no right to write | stays as it is | written anew when it can be |
//! | deleted or replaced by hand | | made anew, unless somebody else's lies there |
//! | a damaged page or record | put aside as `….damaged-<number>` | a new one is begun |
//! | written by a later version | its records stay as they are | in memory until it is gone |
//! | held by another process | stays its | taken over when that ends, and both are added up |

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::desk::{Course, Desk};
use super::file::{Fault, Found, Tables};
use super::place::{Denied, Place};
use crate::clock::monotonic_nanos;
use crate::engine::event::EventKind;
use crate::engine::snapshot::Notes;
use crate::engine::stored::StoreStanding;

/// How soon it looks again whether another process has ended.
const AGAIN: Duration = Duration::from_millis(100);
/// How soon and how late it tries again after a trouble.
const FIRST: Duration = Duration::from_millis(500);
const LATEST: Duration = Duration::from_secs(10);
/// Without news that time goes on is written this often.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The writing thread.
pub(super) struct Worker {
    desk: Arc<Desk>,
    /// This process, by a number that no other one has.
    me: u64,
    place: Option<Place>,
    tables: Option<Tables>,
    pause: Duration,
    wrote: Duration,
    /// Something went wrong, and nothing has been written since.
    troubled: bool,
}

impl Worker {
    pub(super) fn new(desk: Arc<Desk>, me: u64) -> Self {
        Self { desk, me, place: None, tables: None, pause: FIRST, wrote: Duration::ZERO, troubled: false }
    }

    /// Works until it is told to stop and all is written.
    pub(super) fn run(mut self) {
        loop {
            if self.tables.is_none() {
                self.open();
            }
            if self.tables.is_some() {
                self.desk.wait(HEARTBEAT, |inside| inside.course != Course::Running || !inside.inbox.is_empty());
                self.write();
            } else {
                let pause = self.pause;
                self.desk.wait(pause, |inside| inside.course != Course::Running);
            }
            if self.stops() && (self.tables.is_none() || self.desk.inside().inbox.is_empty()) {
                break;
            }
        }
        // the file is closed in order, and then free for whoever waits for it
        drop(self.tables.take());
        drop(self.place.take());
        self.desk.change(|inside| inside.course = Course::Ended);
    }

    fn stops(&self) -> bool {
        self.desk.inside().course != Course::Running
    }

    /// Opens the file, or says why not.
    fn open(&mut self) {
        let path = self.desk.inside().report.path.clone();
        if self.place.as_ref().is_some_and(|place| !place.is_there()) {
            self.place = None;
        }
        let place = match self.place.take().map_or_else(|| Place::take(&path), Ok) {
            Ok(place) => place,
            Err(Denied::Held) => {
                self.pause = AGAIN;
                let reason = "another process holds the file; it is taken over when that ends".to_owned();
                self.desk.change(|inside| inside.stand(StoreStanding::Elsewhere, reason));
                return;
            }
            Err(Denied::Io(error)) => return self.lose(format!("it cannot be opened: {error}")),
        };
        // a reader of damaged files that panics is a reader that refuses
        let opened = catch_unwind(AssertUnwindSafe(|| Tables::open(&place, self.me)))
            .unwrap_or_else(|_| Err(Fault::Damaged("its reader gave up".into())));
        match opened {
            Ok(found) => self.take(place, found),
            Err(Fault::Damaged(what)) => match place.put_aside() {
                Ok(aside) => {
                    let reason = format!("it was damaged ({what}) and is kept as {}", aside.display());
                    self.desk.change(|inside| {
                        inside.report.damaged = Some(aside);
                        let path = path.display().to_string();
                        inside.news.push(EventKind::StoreLost { path, reason });
                    });
                    self.open();
                }
                Err(error) => self.lose(format!("it is damaged ({what}) and cannot be put aside: {error}")),
            },
            Err(Fault::Newer(form)) => {
                self.lose(format!("a later version wrote it (form {form}), and its records stay as they are"));
            }
            Err(Fault::Io(error)) => {
                self.place = Some(place);
                self.lose(format!("it cannot be read: {error}"));
            }
        }
    }

    /// Begins to write where others have come to.
    fn take(&mut self, place: Place, found: Found) {
        let Found { mut tables, snapshot, last_writer, knows_me } = found;
        let others = last_writer.is_some_and(|last| last != self.me);
        if others && knows_me {
            // what this process had written before is part of it: adding up would count it twice
            return self.lose("another process has gone on with what this one had written".into());
        }
        if !others {
            tables.begin_anew();
        }
        let bytes = place.bytes();
        let found = snapshot.filter(|_| others);
        let troubled = self.troubled;
        self.desk.change(|inside| {
            if let Some(found) = &found {
                (inside.report.resumed, inside.report.resumed_from) = (found.slos.len(), Some(found.at));
            }
            inside.report.bytes = bytes;
            (inside.found, inside.ready, inside.anew) = (found, true, !others);
            inside.inbox.clear();
            if !troubled {
                inside.kept();
            }
        });
        (self.place, self.tables) = (Some(place), Some(tables));
    }

    /// Writes all that waits.
    fn write(&mut self) {
        let notes: Vec<Notes> = self.desk.inside().inbox.drain(..).collect();
        let stops = self.stops();
        let (Some(place), Some(tables)) = (&self.place, &mut self.tables) else { return };
        if !place.is_there() {
            (self.tables, self.place) = (None, None);
            return self.lose("the file was deleted or replaced".into());
        }
        for notes in notes {
            let begun = Duration::from_nanos(monotonic_nanos());
            let quiet = notes.slos.is_empty()
                && notes.counts.is_empty()
                && notes.standings.is_empty()
                && notes.observed.is_none()
                && notes.memory.is_none();
            if quiet && begun.saturating_sub(self.wrote) < HEARTBEAT && !stops {
                continue;
            }
            let written = catch_unwind(AssertUnwindSafe(|| tables.write(&notes)))
                .unwrap_or_else(|_| Err(Fault::Io("its writer gave up".into())));
            if let Err(fault) = written {
                // the place stays held: nobody else may go on with it meanwhile
                self.tables = None;
                self.desk.change(|inside| inside.report.failures += 1);
                return self.lose(match fault {
                    Fault::Damaged(what) => format!("it is damaged: {what}"),
                    Fault::Newer(form) => format!("it has the form {form}"),
                    Fault::Io(error) => format!("it cannot be written: {error}"),
                });
            }
            let now = Duration::from_nanos(monotonic_nanos());
            self.wrote = now;
            self.pause = FIRST;
            let (bytes, again) = (place.bytes(), std::mem::take(&mut self.troubled));
            self.desk.change(|inside| {
                if again {
                    inside.kept();
                }
                let report = &mut inside.report;
                (report.kept_until, report.took, report.bytes) = (Some(notes.at), now.saturating_sub(begun), bytes);
                report.writes += 1;
            });
        }
    }

    /// Nothing is kept until the next try.
    fn lose(&mut self, reason: String) {
        self.troubled = true;
        self.desk.change(|inside| {
            (inside.ready, inside.anew) = (false, false);
            inside.inbox.clear();
            inside.stand(StoreStanding::Lost, reason);
        });
        self.pause = (self.pause * 2).clamp(FIRST, LATEST);
    }
}
