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
use std::time::Duration;

use redb::{Builder, Database, Error, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError};

use super::place::Place;
use super::record::{self, Counted, Observed, Stood, Tail, Unreadable, Whole, Writers};
use crate::clock::Timestamp;
use crate::engine::snapshot::{Notes, SloSnapshot, Snapshot};

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const SLOS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("slos");
const TAIL: TableDefinition<'_, i64, &[u8]> = TableDefinition::new("tail");

/// A record of the tail holds so much time.
const SLOT: i64 = 5_000_000_000;
/// An SLO whose tail is this old is one that nobody judges any more: it is put together with its tail.
const STRANGE: i64 = 1_800 * 1_000_000_000;
/// The longest period and a day: after that an SLO that nobody judges is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(94 * 86_400);
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
    database: Database,
    me: u64,
    writers: Vec<(u64, i64)>,
    slos: Vec<Numbered>,
    numbers: HashMap<Arc<str>, u32>,
    /// The record of the tail that is being written, by its place.
    slot: i64,
    counts: BTreeMap<u32, Counted>,
    standings: BTreeMap<u32, Stood>,
    /// The oldest record of the tail.
    oldest: i64,
    /// Everything that lies in the file is to be written over.
    anew: bool,
}

/// An SLO of the file.
struct Numbered {
    name: Arc<str>,
    /// The first record of the tail that its whole does not contain.
    tail: Option<i64>,
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
fn fault(error: impl Into<Error>) -> Fault {
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
        let door = place.door().map_err(|error| Fault::Io(error.to_string()))?;
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
        let database = builder.create_with_backend(door).map_err(fault)?;
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
            anew: false,
        };
        let snapshot = tables.read()?;
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
        (self.slot, self.oldest, self.anew) = (i64::MIN, i64::MIN, true);
    }

    fn read(&mut self) -> Result<Option<Snapshot>, Fault> {
        let reading = self.database.begin_read().map_err(fault)?;
        let Some(meta) = if_there(reading.open_table(META))? else { return Ok(None) };
        // forms are told apart first: whatever a later version may have changed, it raised this
        let get = |key: &str| -> Result<Option<Vec<u8>>, Fault> {
            Ok(meta.get(key).map_err(fault)?.map(|found| found.value().to_vec()))
        };
        let Some(writers) = get("writers")? else { return Ok(None) };
        self.writers = record::read::<Writers>("writers", &writers)?.0;
        let mut snapshot = Snapshot::default();
        if let Some(observed) = get("observed")? {
            snapshot.observed = record::read::<Observed>("observed", &observed)?.into_kept();
        }
        if let Some(memory) = get("memory")? {
            snapshot.memory = Some(record::read("memory", &memory)?);
        }
        if let Some(slos) = if_there(reading.open_table(SLOS))? {
            for entry in slos.iter().map_err(fault)? {
                let (number, whole) = entry.map_err(fault)?;
                let slo = read_whole(number.value(), whole.value())?;
                snapshot.at = snapshot.at.max(slo.state.history.now);
                self.enter(number.value(), &slo.name)?;
                snapshot.slos.push(slo);
            }
        }
        let places: HashMap<Arc<str>, usize> =
            snapshot.slos.iter().enumerate().map(|(place, slo)| (Arc::clone(&slo.name), place)).collect();
        if let Some(tail) = if_there(reading.open_table(TAIL))? {
            for entry in tail.iter().map_err(fault)? {
                let (slot, bytes) = entry.map_err(fault)?;
                let tail: Tail = record::read(&at_tail(slot.value()), bytes.value())?;
                self.catch_up(slot.value(), tail, &mut snapshot, &places)?;
            }
        }
        let forgotten = snapshot.at - FORGOTTEN;
        snapshot.slos.retain(|slo| slo.until.is_none_or(|until| until > forgotten));
        Ok(Some(snapshot))
    }

    fn enter(&mut self, number: u32, name: &Arc<str>) -> Result<(), Fault> {
        // numbers are given in order and never taken back, so a hole is a record that is missing
        if number as usize != self.slos.len() {
            return Err(Fault::Damaged(format!("the SLO of number {} is missing", self.slos.len())));
        }
        self.slos.push(Numbered { name: Arc::clone(name), tail: None });
        self.numbers.insert(Arc::clone(name), number);
        Ok(())
    }

    /// Takes in one record of the tail.
    fn catch_up(
        &mut self,
        slot: i64,
        tail: Tail,
        snapshot: &mut Snapshot,
        places: &HashMap<Arc<str>, usize>,
    ) -> Result<(), Fault> {
        let at = Timestamp::from_unix_nanos(tail.at);
        if tail.at.div_euclid(SLOT) != slot {
            return Err(Fault::Damaged("a record of the tail lies at another's place".into()));
        }
        if self.oldest == i64::MIN {
            self.oldest = slot;
        }
        snapshot.at = snapshot.at.max(at);
        self.slot = slot;
        self.counts.clear();
        self.standings.clear();
        let missing = || Fault::Damaged("the tail tells of an SLO that is not there".into());
        for (number, counted) in tail.counts {
            let numbered = self.slos.get_mut(number as usize).ok_or_else(missing)?;
            let slo = places.get(&numbered.name).map(|place| &mut snapshot.slos[*place]).ok_or_else(missing)?;
            if at > slo.state.history.now && slo.since.last().is_none_or(|last| at > last.at) {
                numbered.tail.get_or_insert(slot);
                slo.since.push(counted.at(tail.at));
                slo.until = None;
                self.counts.insert(number, counted);
            }
        }
        for (number, stood) in tail.standings {
            let numbered = self.slos.get_mut(number as usize).ok_or_else(missing)?;
            let slo = places.get(&numbered.name).map(|place| &mut snapshot.slos[*place]).ok_or_else(missing)?;
            if at > slo.state.history.now {
                numbered.tail.get_or_insert(slot);
                self.standings.insert(number, stood.clone());
                slo.standing = Some(stood.into_standing().ok_or(Fault::from(Unreadable::Damaged))?);
            }
        }
        Ok(())
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
            self.begin_slot(notes.at, &mut slos, &mut tail)?;
            for slo in &notes.slos {
                let number = self.number(&slo.name);
                self.counts.remove(&number);
                self.standings.remove(&number);
                self.slos[number as usize].tail = None;
                write_whole(&mut slos, number, slo)?;
            }
            for (name, count) in &notes.counts {
                let number = self.number(name);
                let mut counted = Counted::from(count);
                counted.jumped += self.counts.get(&number).map_or(0, |before| before.jumped);
                self.counts.insert(number, counted);
                self.slos[number as usize].tail.get_or_insert(self.slot);
            }
            for (name, standing) in &notes.standings {
                let number = self.number(name);
                self.standings.insert(number, standing.into());
                self.slos[number as usize].tail.get_or_insert(self.slot);
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

    /// The number of an SLO; one that is new to the file gets the next.
    fn number(&mut self, name: &Arc<str>) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.slos.len() as u32;
        self.slos.push(Numbered { name: Arc::clone(name), tail: None });
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
                put_together(number as u32, wholes, tail)?;
                self.slos[number].tail = None;
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

/// Writes an SLO that nobody tells of any more as a whole with its tail.
fn put_together(
    number: u32,
    wholes: &mut Table<'_, u32, &'static [u8]>,
    tail: &Table<'_, i64, &'static [u8]>,
) -> Result<(), Fault> {
    let mut slo = match wholes.get(number).map_err(fault)? {
        Some(whole) => read_whole(number, whole.value())?,
        None => return Ok(()),
    };
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
    slo.until = slo.since.last().map(|last| last.at).or(slo.until);
    write_whole(wholes, number, &slo)
}

/// A table that a first write has yet to make is none.
fn if_there<T>(table: Result<T, TableError>) -> Result<Option<T>, Fault> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

fn at_tail(slot: i64) -> String {
    format!("tail {slot}")
}

fn read_whole(number: u32, bytes: &[u8]) -> Result<SloSnapshot, Fault> {
    let whole: Whole = record::read(&format!("slo {number}"), bytes)?;
    whole.into_snapshot().ok_or_else(|| Fault::from(Unreadable::Damaged))
}

fn write_whole(wholes: &mut Table<'_, u32, &'static [u8]>, number: u32, slo: &SloSnapshot) -> Result<(), Fault> {
    let bytes = record::write(&format!("slo {number}"), &Whole::from(slo));
    wholes.insert(number, bytes.as_slice()).map(drop).map_err(fault)
}
