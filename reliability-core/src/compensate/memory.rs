//! What outlives a restart: how often policies engaged, the version known to be good, and a person's word where it is to stay.
//!
//! Where the service has a store these lines are a record of it. Without one, a small file of lines, written anew as a whole beside the old one and then put in its place, by a thread of its own:
//!
//! ```text
//! reliability-memory 1
//! engaged payments 1772323200          a policy, and when it engaged, in seconds since 1970
//! good 1.4.2 1772323200                a version, and when it was last seen to meet its objectives
//! killed                               the kill switch is on
//! manual flag recommendations 0        kind, name and value of a switch that a person has set
//! sum 9f2c0a61b1f0d3aa                 FNV-1a in 64 bits of all bytes before this line
//! ```
//!
//! No file is a first start. A file whose form or sum is wrong is kept aside as `….damaged`, and nobody knows then how often
//! policies have engaged: their limits count as reached for one window, which forgoes help and cannot do harm. An instant that lies
//! in the future counts as now. A file that cannot be written is told once; what is in force goes on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Duration;
use std::{fs, io, thread};

use crate::clock::Timestamp;

const HEAD: &str = "reliability-memory 1";

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// By policy, when it engaged.
    pub(crate) engaged: BTreeMap<String, Vec<Timestamp>>,
    pub(crate) good: Option<(String, Timestamp)>,
    pub(crate) killed: bool,
    /// Kind, name and value.
    pub(crate) manual: Vec<(String, String, u64)>,
}

/// What was found at the start.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) memory: Memory,
    /// Why nothing can be known about limits, if that is so.
    pub(crate) damaged: Option<String>,
}

impl Found {
    /// Of what a store had kept; `Err` where nobody can know what that was.
    pub(crate) fn of(words: Result<Option<String>, String>) -> Self {
        let unknown = |why: String| Self {
            memory: Memory::default(),
            damaged: Some(format!("{why}: the limits of all policies count as reached for one window")),
        };
        match words {
            Ok(None) => Self { memory: Memory::default(), damaged: None },
            Ok(Some(text)) => Memory::parse(&text).map_or_else(
                || unknown("what was remembered is damaged".into()),
                |memory| Self { memory, damaged: None },
            ),
            Err(why) => unknown(why),
        }
    }
}

impl Memory {
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        for (policy, instants) in &self.engaged {
            for at in instants {
                let _ = writeln!(text, "engaged {policy} {}", at.unix_seconds());
            }
        }
        if let Some((version, at)) = &self.good {
            let _ = writeln!(text, "good {} {}", version.replace(char::is_whitespace, "_"), at.unix_seconds());
        }
        if self.killed {
            text.push_str("killed\n");
        }
        for (kind, name, value) in &self.manual {
            let _ = writeln!(text, "manual {kind} {name} {value}");
        }
        let sum = fnv(text.as_bytes());
        let _ = writeln!(text, "sum {sum:016x}");
        text
    }

    /// Reads it. `None` where form or sum is wrong.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let body = &text[..=text.rfind("\nsum ")?];
        if text[body.len()..].trim_end() != format!("sum {:016x}", fnv(body.as_bytes())) {
            return None;
        }
        let mut lines = body.lines();
        if lines.next()? != HEAD {
            return None;
        }
        let seconds = |text: &str| text.parse().ok().map(Timestamp::from_unix_seconds);
        let mut memory = Self::default();
        for line in lines {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["engaged", policy, at] => {
                    memory.engaged.entry((*policy).to_owned()).or_default().push(seconds(at)?);
                }
                ["good", version, at] => memory.good = Some(((*version).to_owned(), seconds(at)?)),
                ["killed"] => memory.killed = true,
                ["manual", kind, name, value] => {
                    memory.manual.push(((*kind).to_owned(), (*name).to_owned(), value.parse().ok()?));
                }
                _ => return None,
            }
        }
        Some(memory)
    }

    /// Reads the file. For the start, never for the loop.
    pub(crate) fn load(path: &Path) -> Found {
        Found::of(match fs::read_to_string(path) {
            Ok(text) if Self::parse(&text).is_some() => Ok(Some(text)),
            Ok(_) => {
                let aside = aside(path, "damaged");
                let kept = fs::rename(path, &aside)
                    .map_or_else(|_| String::new(), |()| format!(" and kept as {}", aside.display()));
                Err(format!("what was remembered is damaged{kept}"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("what was remembered cannot be read ({error})")),
        })
    }

    fn store(path: &Path, text: &str) -> io::Result<()> {
        let beside = aside(path, "new");
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    }
}

fn aside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// FNV-1a: it finds damage, and is no seal.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The loop's end of the thread that writes.
#[derive(Debug)]
pub(super) struct Scribe {
    queue: Option<SyncSender<String>>,
    troubles: Receiver<String>,
    ended: Receiver<()>,
    /// What is on its way or there.
    last: String,
}

impl Scribe {
    pub(super) fn start(path: PathBuf) -> io::Result<Self> {
        let (queue, texts) = mpsc::sync_channel::<String>(1);
        let (tell, troubles) = mpsc::sync_channel(1);
        let (end, ended) = mpsc::channel::<()>();
        thread::Builder::new().name("reliability-note".into()).spawn(move || {
            while let Ok(text) = texts.recv() {
                if let Err(error) = Memory::store(&path, &text) {
                    let _ = tell.try_send(format!("what must outlive a restart cannot be written: {error}"));
                }
            }
            drop(end);
        })?;
        Ok(Self { queue: Some(queue), troubles, ended, last: String::new() })
    }

    /// Has it written if it is new. What finds the thread busy is tried again at the next look.
    pub(super) fn note(&mut self, memory: &Memory) {
        let text = memory.to_text();
        if text != self.last && self.queue.as_ref().is_some_and(|queue| queue.try_send(text.clone()).is_ok()) {
            self.last = text;
        }
    }

    pub(super) fn trouble(&self) -> Option<String> {
        self.troubles.try_recv().ok()
    }

    /// Has the last of it written and waits for that, at most so long each.
    pub(super) fn stop(&mut self, memory: &Memory, within: Duration) {
        let (mut left, pause) = (within, Duration::from_millis(5));
        self.note(memory);
        while self.last != memory.to_text() && !left.is_zero() {
            thread::sleep(pause.min(left));
            left = left.saturating_sub(pause);
            self.note(memory);
        }
        self.queue = None;
        let _ = self.ended.recv_timeout(within);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Memory {
        let at = Timestamp::from_unix_seconds(1_772_323_200);
        Memory {
            engaged: BTreeMap::from([("payments".into(), vec![at, at]), ("home".into(), vec![at])]),
            good: Some(("1.4.2".into(), at)),
            killed: true,
            manual: vec![("flag".into(), "recommendations".into(), 0)],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(Memory::parse(&some().to_text()), Some(some()));
        assert_eq!(Memory::parse(&Memory::default().to_text()), Some(Memory::default()));
    }

    #[test]
    fn any_changed_or_missing_byte_is_damage() {
        let text = some().to_text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let damaged = String::from_utf8(bytes).unwrap();
            assert!(Memory::parse(&damaged).is_none() || damaged.trim_end() == text.trim_end(), "byte {at}");
            let cut = &text[..at];
            assert!(Memory::parse(cut).is_none() || cut.trim_end() == text.trim_end(), "cut at {at}");
        }
        assert_eq!(Memory::parse(""), None);
    }
}
