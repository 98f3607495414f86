//! The period that an error budget covers.

use std::fmt;
use std::time::Duration;

use super::text::{SpecError, format_duration};

const DAY: u64 = 86_400;

/// A rolling period of 1 to 90 whole days; 30 days unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    days: u32,
}

impl Window {
    /// 30 days.
    pub const DEFAULT: Self = Self { days: 30 };

    /// The last `days` days; `None` outside 1 to 90 (history is kept for the whole period, see the `slo` room for its size).
    pub const fn rolling_days(days: u32) -> Option<Self> {
        if days >= 1 && days <= 90 { Some(Self { days }) } else { None }
    }

    /// Reads whole days or weeks: `30d`, `4w`.
    ///
    /// # Errors
    /// If the text is no such duration or lies outside 1 to 90 days.
    pub const fn parse(text: &str) -> Result<Self, SpecError> {
        super::text::window(text)
    }

    /// The period's length.
    pub const fn length(self) -> Duration {
        Duration::from_secs(self.seconds())
    }

    /// The period's length in seconds.
    pub const fn seconds(self) -> u64 {
        self.days as u64 * DAY
    }

    /// The period's length in days.
    pub const fn days(self) -> u32 {
        self.days
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_duration(self.length()))
    }
}
