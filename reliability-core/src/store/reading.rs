//! What was kept is read, all of it, before anything is written.
//!
//! Most of it is the slots of a month, seven thousand for each SLO; so SLOs are read on several threads, each with a share of the
//! numbers.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata, TableError};

use super::file::{Fault, META, Numbered, SLOS, SLOT, TAIL, Tables, at_tail, fault, read_whole};
use super::record::{self, Observed, Tail, Unreadable, Writers};
use crate::clock::Timestamp;
use crate::engine::snapshot::{SloSnapshot, Snapshot};

/// The longest period and a day: after that an SLO that nobody judges is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(94 * 86_400);
/// So many threads read at the most, and each so many SLOs at the least.
const READERS: usize = 4;
const SHARE: u32 = 32;

impl Tables {
    /// Reads everything; none where nobody has written yet.
    pub(super) fn read(&mut self) -> Result<Option<Snapshot>, Fault> {
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
            let count = u32::try_from(slos.len().map_err(fault)?).unwrap_or(u32::MAX);
            for (number, slo) in self.wholes(count)? {
                self.enter(number, slo.as_ref().map(|slo| &slo.name))?;
                if let Some(slo) = slo {
                    snapshot.at = snapshot.at.max(slo.state.history.now);
                    snapshot.slos.push(slo);
                }
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
        for slo in snapshot.slos.extract_if(.., |slo| slo.until.is_some_and(|until| until <= forgotten)) {
            self.free.extend(self.numbers.remove(&slo.name));
            self.bury = true;
        }
        for slo in &snapshot.slos {
            if let Some(number) = self.numbers.get(&slo.name) {
                self.slos[*number as usize].unsaid = slo.until.is_none();
            }
        }
        self.resumed = Some((snapshot.at, i64::MIN));
        Ok(Some(snapshot))
    }

    /// All SLOs as wholes in the order of their numbers, read on as many threads as pays; none for a number that is free.
    fn wholes(&self, count: u32) -> Result<Vec<(u32, Option<SloSnapshot>)>, Fault> {
        let threads = thread::available_parallelism().map_or(1, usize::from).clamp(1, READERS) as u32;
        let share = count.div_ceil(threads).max(SHARE);
        let read = |from: u32| -> Result<Vec<(u32, Option<SloSnapshot>)>, Fault> {
            // the last one reads whatever there is beyond what was counted
            let to = if from + share < count { from + share } else { u32::MAX };
            let reading = self.database.begin_read().map_err(fault)?;
            let slos = reading.open_table(SLOS).map_err(fault)?;
            let mut wholes = Vec::with_capacity(share.min(count) as usize);
            for entry in slos.range(from..to).map_err(fault)? {
                let (number, whole) = entry.map_err(fault)?;
                wholes.push((number.value(), read_whole(number.value(), whole.value())?));
            }
            Ok(wholes)
        };
        let gave_up = || Fault::Damaged("its reader gave up".into());
        thread::scope(|scope| {
            let others = (1..threads).map(|part| part * share).filter(|from| *from < count);
            let others: Vec<_> = others.map(|from| scope.spawn(move || read(from))).collect();
            let mut wholes: Vec<_> = read(0)?;
            for other in others {
                wholes.extend(other.join().map_err(|_| gave_up())??);
            }
            Ok(wholes)
        })
    }

    fn enter(&mut self, number: u32, name: Option<&Arc<str>>) -> Result<(), Fault> {
        // numbers are given in order and never taken back, so a hole is a record that is missing
        if number as usize != self.slos.len() {
            return Err(Fault::Damaged(format!("the SLO of number {} is missing", self.slos.len())));
        }
        self.slos.push(Numbered { name: name.map_or_else(|| "".into(), Arc::clone), tail: None, unsaid: false });
        match name {
            Some(name) => drop(self.numbers.insert(Arc::clone(name), number)),
            None => self.free.push(number),
        }
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
}

/// A table that a first write has yet to make is none.
fn if_there<T>(table: Result<T, TableError>) -> Result<Option<T>, Fault> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(fault(error)),
    }
}
