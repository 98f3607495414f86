//! The file itself: whose it is, whether it is still where it was, and where a bad one goes.
//!
//! Whoever writes holds the file's own lock, from opening it until the end, over every trouble in between: so no second process of a
//! rolling update can go on with it while the first merely waits for room on the disk. The lock goes with the process, however it
//! ends. (The store below locks nothing itself, because a second lock on the same file would meet the first.)

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

/// The file, held.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    file: File,
}

/// Why it is not held.
#[derive(Debug)]
pub(super) enum Denied {
    /// Another process holds it.
    Held,
    Io(io::Error),
}

impl Place {
    /// Opens and locks it; makes it if there is none.
    pub(super) fn take(path: &Path) -> Result<Self, Denied> {
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = open().map_err(Denied::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Denied::Held),
            Err(TryLockError::Error(error)) => return Err(Denied::Io(error)),
        }
        let place = Self { path: path.to_owned(), file };
        // whoever held it may have put it aside or deleted it between the two: then there is another one by now, or none
        if place.is_there() { Ok(place) } else { Err(Denied::Held) }
    }

    /// Whether the path still leads to this file.
    pub(super) fn is_there(&self) -> bool {
        let known = self.file.metadata().map(|held| identity(&held));
        let there = fs::metadata(&self.path).map(|there| identity(&there));
        matches!((known, there), (Ok(known), Ok(there)) if known == there)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |file| file.len())
    }

    /// A door to it for the store.
    pub(super) fn door(&self) -> io::Result<Door> {
        let file = self.file.try_clone()?;
        FileBackend::new(file).map(Door).map_err(io::Error::other)
    }

    /// Renames it to `….damaged-<number>` and gives that name.
    pub(super) fn put_aside(self) -> io::Result<PathBuf> {
        let named = |number: u32| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(format!(".damaged-{number}"));
            PathBuf::from(name)
        };
        let free = (1..100_000).map(named).find(|name| !name.exists()).unwrap_or_else(|| named(0));
        fs::rename(&self.path, &free)?;
        Ok(free)
    }
}

#[cfg(unix)]
fn identity(file: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

/// Elsewhere an open file cannot be deleted or replaced.
#[cfg(not(unix))]
fn identity(_: &fs::Metadata) {}

/// The file as the store sees it.
#[derive(Debug)]
pub(super) struct Door(FileBackend);

impl StorageBackend for Door {
    fn len(&self) -> Result<u64, io::Error> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.0.write(offset, data)
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
