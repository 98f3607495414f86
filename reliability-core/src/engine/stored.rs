//! How the store stands: whether budgets outlive the process, and why not.

use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Timestamp;

/// Whether budgets outlive this process.
///
/// ```
/// use reliability_core::{StoreReport, StoreStanding};
/// fn warn(store: &StoreReport) -> Option<String> {
///     match store.standing {
///         StoreStanding::Kept => None,
///         _ => Some(format!("{} is not written: {}", store.path.display(), store.reason)),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoreReport {
    /// The file.
    pub path: PathBuf,
    /// How it stands.
    pub standing: StoreStanding,
    /// Why it stands so; empty while all is well.
    pub reason: String,
    /// Up to when everything is on the disk, on the engine's line of time; `None` if nothing of this process is yet.
    pub kept_until: Option<Timestamp>,
    /// How many objectives this process goes on with, and up to when an earlier one had kept them.
    pub resumed: usize,
    /// See [`resumed`](Self::resumed).
    pub resumed_from: Option<Timestamp>,
    /// Where a file that could not be read was put aside.
    pub damaged: Option<PathBuf>,
    /// How often something was written, and how often that failed.
    pub writes: u64,
    /// See [`writes`](Self::writes).
    pub failures: u64,
    /// How long the last write took.
    pub took: Duration,
    /// How large the file is, in bytes.
    pub bytes: u64,
}

/// How the store stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreStanding {
    /// It is not known yet: the file is being read.
    #[default]
    Opening,
    /// All is kept.
    Kept,
    /// Another process of this service holds the file: this one judges in memory, and takes the file over when that ends.
    Elsewhere,
    /// Nothing is kept: this process judges in memory, and tries again.
    Lost,
}

impl StoreStanding {
    /// As it stands in JSON and in series: `opening`, `kept`, `elsewhere`, `lost`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Kept => "kept",
            Self::Elsewhere => "elsewhere",
            Self::Lost => "lost",
        }
    }
}

impl StoreReport {
    /// Of a file that nobody has looked at yet.
    #[allow(dead_code)] // only the feature `store` asks
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            standing: StoreStanding::Opening,
            reason: String::new(),
            kept_until: None,
            resumed: 0,
            resumed_from: None,
            damaged: None,
            writes: 0,
            failures: 0,
            took: Duration::ZERO,
            bytes: 0,
        }
    }
}
