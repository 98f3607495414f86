//! The last failures of an SLI: enough to find the request in the traces, nothing that must be kept secret.
//!
//! Sixteen entries, written in turn. A failing request *tries* the ring's lock: if another request writes, or a report reads
//! it, this failure is counted but not remembered. Nothing is allocated, for the ring and the room for texts exist before
//! the first call.
//!
//! Error texts may hold anything, so they are taken only when asked for. They are kept raw, in memory, cut to
//! 256 bytes at a character's boundary, and given out only through the redaction function that the asker gave.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::clock::{Reading, Timestamp};

/// How many failures are remembered.
pub(crate) const REMEMBERED: usize = 16;
/// How much of an error's text is kept.
pub(crate) const TEXT_BYTES: usize = 256;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The outcome was bad.
    Failed,
    /// The call unwound.
    Panicked,
    /// It was good, but slower than a latency threshold.
    Slow,
    /// It was dropped by a caller whose patience was over.
    Cancelled,
}

impl FailureKind {
    /// In small letters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Slow => "slow",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A reference from a failure to the trace that it happened in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceRef {
    /// An OpenTelemetry trace id.
    Trace(u128),
    /// An OpenTelemetry trace id and the id of a span in it. It prints as the trace alone.
    SpanOf(u128, u64),
    /// The id of a `tracing` span, unique in this process while the span lives.
    Span(u64),
}

impl TraceRef {
    /// The OpenTelemetry trace id.
    pub const fn trace_id(self) -> Option<u128> {
        match self {
            Self::Trace(trace) | Self::SpanOf(trace, _) => Some(trace),
            Self::Span(_) => None,
        }
    }

    /// The OpenTelemetry span id.
    pub const fn span_id(self) -> Option<u64> {
        match self {
            Self::SpanOf(_, span) => Some(span),
            Self::Trace(_) | Self::Span(_) => None,
        }
    }
}

impl fmt::Display for TraceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trace(id) | Self::SpanOf(id, _) => write!(f, "{id:032x}"),
            Self::Span(id) => write!(f, "span-{id:x}"),
        }
    }
}

/// Gives the trace that the calling code runs in.
pub(crate) type TraceSource = fn() -> Option<TraceRef>;

static SOURCES: [OnceLock<TraceSource>; 2] = [OnceLock::new(), OnceLock::new()];

/// Adds a source of trace references: `rank` 0 is asked first, 1 when that has none. A rank keeps its first source.
pub(crate) fn set_trace_source(rank: usize, source: TraceSource) {
    let _ = SOURCES[rank].set(source);
}

fn current_trace() -> Option<TraceRef> {
    SOURCES.iter().filter_map(OnceLock::get).find_map(|source| source())
}

/// Marks the span that a failed call of an SLI ran in; without a failure it was refused.
pub(crate) type Marker = fn(&'static str, Option<FailureKind>);

static MARKER: OnceLock<Marker> = OnceLock::new();

/// Has failing calls mark the span that they run in. The first marker stays.
#[allow(dead_code)] // only the feature `tracing-layer` asks
pub(crate) fn set_marker(marker: Marker) {
    let _ = MARKER.set(marker);
}

/// Marks the current span. A subscriber is foreign code: a panic there must not become the request's.
pub(crate) fn mark_span(sli: &'static str, failure: Option<FailureKind>) {
    if let Some(marker) = MARKER.get() {
        let _ = std::panic::catch_unwind(|| marker(sli, failure));
    }
}

static TEXT_WANTED: AtomicBool = AtomicBool::new(false);

/// One remembered failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) at: Timestamp,
    pub(crate) kind: FailureKind,
    pub(crate) elapsed_nanos: Option<f64>,
    pub(crate) trace: Option<TraceRef>,
}

/// The start of an error's text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    bytes: [u8; TEXT_BYTES],
    len: usize,
}

impl Text {
    const EMPTY: Self = Self { bytes: [0; TEXT_BYTES], len: 0 };

    pub(crate) fn as_str(&self) -> &str {
        // only whole characters were written
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or("")
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = text.floor_char_boundary(TEXT_BYTES - self.len);
        self.bytes[self.len..self.len + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.len += fits;
        // an error ends the formatting of the rest
        if fits < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// The ring of one SLI.
#[derive(Debug)]
pub(crate) struct Failures {
    ring: Mutex<Ring>,
}

#[derive(Debug)]
struct Ring {
    entries: [Option<Failure>; REMEMBERED],
    texts: Option<Box<[Text; REMEMBERED]>>,
    next: usize,
}

impl Failures {
    pub(crate) fn new() -> Self {
        let ring = Ring { entries: [None; REMEMBERED], texts: None, next: 0 };
        let failures = Self { ring: Mutex::new(ring) };
        if TEXT_WANTED.load(Ordering::Relaxed) {
            failures.make_room_for_texts();
        }
        failures
    }

    /// Takes error texts from now on, in this ring and in those made later.
    pub(crate) fn want_texts(&self) {
        TEXT_WANTED.store(true, Ordering::Relaxed);
        self.make_room_for_texts();
    }

    fn make_room_for_texts(&self) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.texts.get_or_insert_with(|| Box::new([Text::EMPTY; REMEMBERED]));
    }

    /// Remembers a failure if nobody else is at the ring. `describe` writes the error's text, and is asked only if wanted.
    pub(crate) fn push(&self, kind: FailureKind, elapsed_nanos: Option<f64>, describe: impl FnOnce(&mut dyn Write)) {
        // an error's own `Display` and a subscriber's idea of the current span are foreign code: a panic there must not
        // become the request's, nor their slowness a report's, so they run before the lock is taken
        let guarded = std::panic::AssertUnwindSafe;
        let trace = std::panic::catch_unwind(current_trace).ok().flatten();
        let mut text = Text::EMPTY;
        if TEXT_WANTED.load(Ordering::Relaxed) {
            let _ = std::panic::catch_unwind(guarded(|| describe(&mut text)));
        }
        let Ok(mut ring) = self.ring.try_lock() else { return };
        let at = ring.next;
        ring.next = (at + 1) % REMEMBERED;
        ring.entries[at] = Some(Failure { at: Reading::now().wall, kind, elapsed_nanos, trace });
        if let Some(texts) = &mut ring.texts {
            texts[at] = text;
        }
    }

    /// The failures, latest first, with the texts that were taken.
    pub(crate) fn latest(&self) -> Vec<(Failure, Option<Text>)> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        (1..=REMEMBERED)
            .map(|back| (ring.next + REMEMBERED - back) % REMEMBERED)
            .filter_map(|at| Some((ring.entries[at]?, ring.texts.as_ref().map(|texts| texts[at]))))
            .collect()
    }
}
