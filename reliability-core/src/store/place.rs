//! The file itself: whose it is, whether it is still where it was, and where a bad one goes.
//!
//! Whoever writes holds the file's own lock, from opening it until the end, over every trouble in between: so no second process of a
//! rolling update can go on with it while the first merely waits for room on the disk. The lock goes with the process, however it
//! ends. (The store below locks nothing itself, because a second lock on the same file would meet the first.)

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;

use super::door::Door;

/// So many bytes tell that a file holds tables, and so many are the head of which they are the first.
const MAGIC: usize = 9;
const HEAD: usize = 320;

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
        FileBackend::new(file).map(Door::shut).map_err(io::Error::other)
    }

    /// Empties a file whose making was cut short: nobody has ever kept anything in it.
    ///
    /// The tables are made by a head without its first bytes, a sync, and then the head with them. So where those are missing
    /// and nothing follows the head, there was never more.
    pub(super) fn begin(&self) -> io::Result<()> {
        let mut file = &self.file;
        file.rewind()?;
        let mut page = vec![0; 1 << 16];
        let mut at = 0;
        loop {
            let read = match file.read(&mut page) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let is_head = |at: usize| (MAGIC..HEAD).contains(&at);
            if page[..read].iter().enumerate().any(|(place, byte)| *byte != 0 && !is_head(at + place)) {
                return Ok(());
            }
            at += read;
        }
        if at > 0 { self.file.set_len(0) } else { Ok(()) }
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
