//! What a budget counts: events, or slices of time.
//!
//! The three budgeting methods of `OpenSLO` v1. Counting events is exact and weighs a busy minute by its traffic. Slices give
//! each piece of time one vote, so that a failure in a quiet night weighs as much as one at noon: by verdict (a slice is
//! good or bad) or by the mean of the slices' ratios.

use std::fmt;
use std::time::Duration;

use super::objective::{BILLION, write_percentage};
use super::text::{SpecError, format_duration};

/// How an error budget is counted.
///
/// ```
/// use reliability_core::Method;
/// assert_eq!(Method::parse("occurrences")?, Method::Occurrences);
/// assert_eq!(Method::parse("timeslices 5m 99.5%")?.to_string(), "timeslices 5m 99.5%");
/// assert_eq!(Method::parse("ratio-timeslices 1m")?.to_string(), "ratio-timeslices 1m");
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// Bad events by valid ones.
    #[default]
    Occurrences,
    /// Bad slices by all slices of the period: a slice is bad if it has events and fewer than `target` of them are good.
    Timeslices {
        /// The length of a slice.
        slice: Slice,
        /// The share of a slice's events that must be good; equality is good.
        target: SliceTarget,
    },
    /// The mean of the ratios of those slices that have events.
    RatioTimeslices {
        /// The length of a slice.
        slice: Slice,
    },
}

impl Method {
    /// Reads `occurrences`, `timeslices 1m 99%` or `ratio-timeslices 1m`.
    ///
    /// # Errors
    /// If the text has another form, the slice is not 1 to 1440 whole minutes, or the target is no percentage above 0 up to
    /// 100.
    pub const fn parse(text: &str) -> Result<Self, SpecError> {
        super::text::method(text)
    }

    /// The length of its slices, if it has any.
    pub const fn slice(self) -> Option<Slice> {
        match self {
            Self::Occurrences => None,
            Self::Timeslices { slice, .. } | Self::RatioTimeslices { slice } => Some(slice),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occurrences => f.write_str("occurrences"),
            Self::Timeslices { slice, target } => write!(f, "timeslices {slice} {target}"),
            Self::RatioTimeslices { slice } => write!(f, "ratio-timeslices {slice}"),
        }
    }
}

/// The length of a slice: 1 to 1440 whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice {
    minutes: u16,
}

impl Slice {
    /// `None` outside 1 to 1440.
    pub const fn of_minutes(minutes: u32) -> Option<Self> {
        if minutes >= 1 && minutes <= 1_440 { Some(Self { minutes: minutes as u16 }) } else { None }
    }

    /// Its length in minutes.
    pub const fn minutes(self) -> u32 {
        self.minutes as u32
    }

    /// Its length.
    pub const fn length(self) -> Duration {
        Duration::from_secs(self.minutes as u64 * 60)
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_duration(self.length()))
    }
}

/// The share of a slice's events that must be good: above 0, up to and including 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SliceTarget(u32);

impl SliceTarget {
    /// From parts per billion; `None` at 0 and above 1 000 000 000 (100 %).
    pub const fn from_ppb(ppb: u32) -> Option<Self> {
        if ppb == 0 || ppb > BILLION { None } else { Some(Self(ppb)) }
    }

    /// Reads a percentage of at most seven decimals, such as `99%`.
    ///
    /// # Errors
    /// If the text is no percentage, or is 0 or above 100.
    pub const fn parse(text: &str) -> Result<Self, SpecError> {
        super::text::slice_target(text)
    }

    /// Parts per billion that must be good.
    pub const fn ppb(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SliceTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_percentage(self.0, f)
    }
}
