//! The file as the tables see it, behind a door that stays shut until it is known whose form the file has.
//!
//! Whoever opens tables that a killed process left repairs them, and so rewrites the file before anything of it is read. A later
//! version's file must not be touched by this one, and a damaged one is to be kept as it was found. So everything that opening
//! writes is held back in memory (a few pages), read through as if it had been written, and written only when the file is
//! taken; with the same syncs in between.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

/// What the tables write through.
#[derive(Clone, Debug)]
pub(super) struct Door(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: FileBackend,
    open: AtomicBool,
    held: Mutex<Held>,
}

/// What waits for the door to open, in order.
#[derive(Debug, Default)]
struct Held {
    acts: Vec<Act>,
    /// How long the file would be, once it was cut or made longer, and the shortest that it was meanwhile: what lay beyond is gone.
    length: Option<(u64, u64)>,
}

#[derive(Debug)]
enum Act {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

impl Door {
    pub(super) fn shut(file: FileBackend) -> Self {
        Self(Arc::new(Inner { file, open: AtomicBool::new(false), held: Mutex::default() }))
    }

    /// Does what was held back; from here on everything goes straight to the file.
    pub(super) fn open(&self) -> io::Result<()> {
        let mut held = self.held();
        for act in std::mem::take(&mut held.acts) {
            match act {
                Act::Write(at, bytes) => self.0.file.write(at, &bytes)?,
                Act::Length(length) => self.0.file.set_len(length)?,
                Act::Sync => self.0.file.sync_data()?,
            }
        }
        held.length = None;
        self.0.open.store(true, Ordering::Release);
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is held back, while the door is shut.
    fn shut_with(&self) -> Option<MutexGuard<'_, Held>> {
        let shut = || !self.0.open.load(Ordering::Acquire);
        // it may have been opened while this waited
        if shut() { Some(self.held()).filter(|_| shut()) } else { None }
    }
}

impl StorageBackend for Door {
    fn len(&self) -> Result<u64, io::Error> {
        match self.shut_with().and_then(|held| held.length) {
            Some((length, _)) => Ok(length),
            None => self.0.file.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let Some(held) = self.shut_with().filter(|held| !held.acts.is_empty()) else {
            return self.0.file.read(offset, out);
        };
        let (length, shortest) = match held.length {
            Some(lengths) => lengths,
            None => self.0.file.len().map(|length| (length, length))?,
        };
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let whole = out.len();
        let there = usize::try_from(shortest.saturating_sub(offset)).unwrap_or(usize::MAX).min(whole);
        self.0.file.read(offset, &mut out[..there])?;
        out[there..].fill(0);
        for act in &held.acts {
            match act {
                Act::Write(at, bytes) => lay(*at, bytes, offset, out),
                Act::Length(length) => {
                    let beyond = usize::try_from(length.saturating_sub(offset)).unwrap_or(usize::MAX);
                    out[beyond.min(whole)..].fill(0);
                }
                Act::Sync => {}
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        let Some(mut held) = self.shut_with() else { return self.0.file.set_len(len) };
        let shortest = match held.length {
            Some((_, shortest)) => shortest,
            None => self.0.file.len()?,
        };
        held.length = Some((len, shortest.min(len)));
        held.acts.push(Act::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let Some(mut held) = self.shut_with() else { return self.0.file.sync_data() };
        held.acts.push(Act::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let Some(mut held) = self.shut_with() else { return self.0.file.write(offset, data) };
        held.acts.push(Act::Write(offset, data.to_vec()));
        Ok(())
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }
}

/// Lays `bytes` from `at` over what was read from `offset`, where both meet.
fn lay(at: u64, bytes: &[u8], offset: u64, out: &mut [u8]) {
    let (begin, end) = (at.max(offset), (at + bytes.len() as u64).min(offset + out.len() as u64));
    if begin < end {
        let of = |from: u64| (begin - from) as usize..(end - from) as usize;
        out[of(offset)].copy_from_slice(&bytes[of(at)]);
    }
}
