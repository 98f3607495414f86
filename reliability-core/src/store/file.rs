//! The tables of the file, and what is written into them when.
//!
//! `slos` holds each SLO as a whole as of some instant, by a number; `tail` what has happened since, five seconds in a record; `meta`
//! who wrote, which minutes were observed, and what policies remember. A write twice a second touches one record of the tail,
//! whatever the number of SLOs; totals are cumulative, so that record is simply written anew until its five seconds are
//! over. Five seconds are the finest slot of a history, so nothing is lost by it. Records of the tail that every SLO as a whole
//! already contains are removed.
//!
//! A write is one transaction: it is there entirely or not at all. Each is synced to the disk before the next begins.

use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::sync::Arc;

use redb::{Builder, Database, Error, ReadableTable, Table, TableDefinition};

use super::place::Place;
use super::record::{self, Counted, Observed, Stood, Tail, Unreadable, Whole, Writers};
use crate::clock::Timestamp;
use crate::engine::snapshot::{Notes, SloSnapshot, Snapshot};

pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
pub(super) const SLOS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("slos");
pub(super) const TAIL: TableDefinition<'_, i64, &[u8]> = TableDefinition::new("tail");

/// A record of the tail holds so much time.
pub(super) const SLOT: i64 = 5_000_000_000;
/// An SLO whose tail is this old is one that nobody judges any more: it is put together with its tail.
const STRANGE: i64 = 1_800 * 1_000_000_000;
/// Memory for pages of the file.
const CACHE: usize = 4 << 20;
/// How many writers are remembered.
const WRITERS: usize = 32;

/// Why a file is not read.
#[derive(Debug)]
pub(super) enum Fault {
    /// Nobody can have written what it holds.
    Damaged(String),
    /// A later version of this library wrote it.
    Newer(u8),
    /// The disk, the system, the rights.
    Io(String),
}

/// An open file.
pub(super) struct Tables {
    pub(super) database: Database,
    pub(super) me: u64,
    pub(super) writers: Vec<(u64, i64)>,
    pub(super) slos: Vec<Numbered>,
    pub(super) numbers: HashMap<Arc<str>, u32>,
    /// The record of the tail that is being written, by its place.
    pub(super) slot: i64,
    pub(super) counts: BTreeMap<u32, Counted>,
    pub(super) standings: BTreeMap<u32, Stood>,
    /// The oldest record of the tail.
    pub(super) oldest: i64,
    /// Numbers of SLOs that are forgotten, for those that are new; and whether their records are still there.
    pub(super) free: Vec<u32>,
    pub(super) bury: bool,
    /// Up to when others had written, and the first record of the tail that this process writes.
    pub(super) resumed: Option<(Timestamp, i64)>,
    /// Everything that lies in the file is to be written over.
    pub(super) anew: bool,
}

/// An SLO of the file.
pub(super) struct Numbered {
    pub(super) name: Arc<str>,
    /// The first record of the tail that its whole does not contain.
    pub(super) tail: Option<i64>,
    /// It was judged to the end by whoever wrote it, as far as the file says, and this process has told nothing of it yet.
    pub(super) unsaid: bool,
}

/// What was found in a file.
pub(super) struct Found {
    pub(super) tables: Tables,
    pub(super) snapshot: Option<Snapshot>,
    /// The last who wrote, and whether this process ever did.
    pub(super) last_writer: Option<u64>,
    pub(super) knows_me: bool,
}

impl From<Unreadable> for Fault {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Newer(form) => Self::Newer(form),
            Unreadable::Damaged => Self::Damaged("a record is not what was written".into()),
        }
    }
}

/// What a failure of the tables means.
pub(super) fn fault(error: impl Into<Error>) -> Fault {
    match error.into() {
        Error::Corrupted(what) => Fault::Damaged(what),
        Error::Io(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
            Fault::Damaged(error.to_string())
        }
        error @ (Error::UpgradeRequired(_)
        | Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TypeDefinitionChanged { .. }) => Fault::Damaged(error.to_string()),
        error => Fault::Io(error.to_string()),
    }
}

impl Tables {
    /// Opens the tables of a file, checks every page of it, and reads what is there.
    pub(super) fn open(place: &Place, me: u64) -> Result<Found, Fault> {
        let io = |error: std::io::Error| Fault::Io(error.to_string());
        place.begin().map_err(io)?;
        let door = place.door().map_err(io)?;
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
        let database = builder.create_with_backend(door.clone()).map_err(fault)?;
        let mut tables = Self {
            database,
            me,
            writers: Vec::new(),
            slos: Vec::new(),
            numbers: HashMap::new(),
            slot: i64::MIN,
            counts: BTreeMap::new(),
            standings: BTreeMap::new(),
            oldest: i64::MIN,
            free: Vec::new(),
            bury: false,
            resumed: None,
            anew: false,
        };
        let snapshot = tables.read()?;
        // all of it is of a form that this version knows
        door.open().map_err(io)?;
        let (last_writer, knows_me) =
            (tables.writers.last().map(|(id, _)| *id), tables.writers.iter().any(|(id, _)| *id == me));
        Ok(Found { tables, snapshot, last_writer, knows_me })
    }

    /// The next write replaces all that is there.
    pub(super) fn begin_anew(&mut self) {
        let (me, writers) = (self.me, std::mem::take(&mut self.writers));
        self.writers = writers.into_iter().filter(|(id, _)| *id != me).collect();
        self.slos.clear();
        self.numbers.clear();
        self.counts.clear();
        self.standings.clear();
        self.free.clear();
        (self.bury, self.resumed) = (false, None);
        (self.slot, self.oldest, self.anew) = (i64::MIN, i64::MIN, true);
    }

    /// Writes notes, as one transaction that is on the disk when this returns.
    pub(super) fn write(&mut self, notes: &Notes) -> Result<(), Fault> {
        let writing = self.database.begin_write().map_err(fault)?;
        if std::mem::take(&mut self.anew) {
            writing.delete_table(META).map_err(fault)?;
            writing.delete_table(SLOS).map_err(fault)?;
            writing.delete_table(TAIL).map_err(fault)?;
        }
        {
            let mut meta = writing.open_table(META).map_err(fault)?;
            if self.writers.last().is_none_or(|(id, _)| *id != self.me) {
                self.writers.push((self.me, notes.at.unix_nanos()));
                let surplus = self.writers.len().saturating_sub(WRITERS);
                self.writers.drain(..surplus);
                let writers = record::write("writers", &Writers(self.writers.clone()));
                meta.insert("writers", writers.as_slice()).map_err(fault)?;
            }
            if let Some(observed) = &notes.observed {
                let observed = record::write("observed", &Observed::from(observed));
                meta.insert("observed", observed.as_slice()).map_err(fault)?;
            }
            if let Some(memory) = &notes.memory {
                meta.insert("memory", record::write("memory", memory).as_slice()).map_err(fault)?;
            }
            let mut slos = writing.open_table(SLOS).map_err(fault)?;
            let mut tail = writing.open_table(TAIL).map_err(fault)?;
            if std::mem::take(&mut self.bury) {
                for number in &self.free {
                    slos.insert(number, record::write(&at_slo(*number), &()).as_slice()).map_err(fault)?;
                }
            }
            self.begin_slot(notes.at, &mut slos, &mut tail)?;
            for slo in &notes.slos {
                let number = self.number(&slo.name);
                self.counts.remove(&number);
                self.standings.remove(&number);
                (self.slos[number as usize].tail, self.slos[number as usize].unsaid) = (None, false);
                write_whole(&mut slos, number, slo)?;
            }
            for (name, count) in &notes.counts {
                let number = self.number(name);
                let mut counted = Counted::from(count);
                counted.jumped += self.counts.get(&number).map_or(0, |before| before.jumped);
                self.counts.insert(number, counted);
                self.slos[number as usize].tail.get_or_insert(self.slot);
                self.slos[number as usize].unsaid = false;
            }
            for (name, standing) in &notes.standings {
                let number = self.number(name);
                self.standings.insert(number, standing.into());
                self.slos[number as usize].tail.get_or_insert(self.slot);
                self.slos[number as usize].unsaid = false;
            }
            let record = Tail {
                at: notes.at.unix_nanos(),
                counts: self.counts.iter().map(|(number, counted)| (*number, *counted)).collect(),
                standings: self.standings.iter().map(|(number, stood)| (*number, stood.clone())).collect(),
            };
            tail.insert(self.slot, record::write(&at_tail(self.slot), &record).as_slice()).map_err(fault)?;
        }
        writing.commit().map_err(fault)
    }

    /// The number of an SLO; one that is new to the file gets a free one, or the next.
    fn number(&mut self, name: &Arc<str>) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let numbered = Numbered { name: Arc::clone(name), tail: None, unsaid: false };
        let number = self.free.pop().unwrap_or(self.slos.len() as u32);
        match self.slos.get_mut(number as usize) {
            Some(place) => *place = numbered,
            None => self.slos.push(numbered),
        }
        self.numbers.insert(Arc::clone(name), number);
        number
    }

    /// Goes on to the record of the tail that `at` falls into, and removes those that nobody needs any more.
    fn begin_slot(
        &mut self,
        at: Timestamp,
        wholes: &mut Table<'_, u32, &'static [u8]>,
        tail: &mut Table<'_, i64, &'static [u8]>,
    ) -> Result<(), Fault> {
        let slot = at.unix_nanos().div_euclid(SLOT);
        if slot <= self.slot {
            return Ok(());
        }
        self.slot = slot;
        self.counts.clear();
        self.standings.clear();
        let strange = slot - STRANGE / SLOT;
        for number in 0..self.slos.len() {
            if self.slos[number].tail.is_some_and(|first| first < strange) {
                put_together(number as u32, None, wholes, tail)?;
                self.slos[number].tail = None;
            }
        }
        // what nobody has told anything of by now is judged by nobody, and was up to where others had come
        if let Some((until, first)) = &mut self.resumed {
            if *first == i64::MIN {
                *first = slot;
            }
            if *first < strange {
                for (number, slo) in self.slos.iter_mut().enumerate().filter(|(_, slo)| slo.unsaid) {
                    put_together(number as u32, Some(*until), wholes, tail)?;
                    (slo.tail, slo.unsaid) = (None, false);
                }
                self.resumed = None;
            }
        }
        let needed = self.slos.iter().filter_map(|slo| slo.tail).min().unwrap_or(slot);
        if self.oldest < needed {
            tail.retain_in(..needed, |_, _| false).map_err(fault)?;
            self.oldest = needed;
        }
        Ok(())
    }
}

/// Writes an SLO that nobody tells of any more as a whole with its tail, and that it was judged up to `until` or its last count.
fn put_together(
    number: u32,
    until: Option<Timestamp>,
    wholes: &mut Table<'_, u32, &'static [u8]>,
    tail: &Table<'_, i64, &'static [u8]>,
) -> Result<(), Fault> {
    let mut slo = match wholes.get(number).map_err(fault)? {
        Some(whole) => read_whole(number, whole.value())?,
        None => None,
    };
    let Some(slo) = &mut slo else { return Ok(()) };
    let now = slo.state.history.now;
    for entry in tail.iter().map_err(fault)? {
        let (slot, bytes) = entry.map_err(fault)?;
        let record: Tail = record::read(&at_tail(slot.value()), bytes.value())?;
        let at = Timestamp::from_unix_nanos(record.at);
        if at <= now || slo.since.last().is_some_and(|last| at <= last.at) {
            continue;
        }
        let counted = record.counts.iter().find(|(other, _)| *other == number);
        slo.since.extend(counted.map(|(_, counted)| counted.at(record.at)));
        if let Some((_, stood)) = record.standings.into_iter().find(|(other, _)| *other == number) {
            slo.standing = stood.into_standing();
        }
    }
    slo.until = until.or(slo.since.last().map(|last| last.at)).or(slo.until);
    write_whole(wholes, number, slo)
}

pub(super) fn at_tail(slot: i64) -> String {
    format!("tail {slot}")
}

fn at_slo(number: u32) -> String {
    format!("slo {number}")
}

/// The SLO of a number; none where the number is free.
pub(super) fn read_whole(number: u32, bytes: &[u8]) -> Result<Option<SloSnapshot>, Fault> {
    let at = at_slo(number);
    if bytes.len() == record::EMPTY {
        return Ok(record::read::<()>(&at, bytes).map(|()| None)?);
    }
    let whole: Whole = record::read(&at, bytes)?;
    whole.into_snapshot().map(Some).ok_or_else(|| Fault::from(Unreadable::Damaged))
}

fn write_whole(wholes: &mut Table<'_, u32, &'static [u8]>, number: u32, slo: &SloSnapshot) -> Result<(), Fault> {
    let bytes = record::write(&at_slo(number), &Whole::from(slo));
    wholes.insert(number, bytes.as_slice()).map(drop).map_err(fault)
}
