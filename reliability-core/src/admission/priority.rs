//! How important a request is, in four classes.
//!
//! Four, because people can tell four apart without a table: what must not fail, what customers wait for, what they
//! would rather have, and what can wait. Finer order within a class is an [`Ask`](super::Ask)'s level.

use std::fmt;
use std::str::FromStr;

/// How important a request is. The greatest is refused last.
///
/// ```
/// use reliability_core::Priority;
/// assert!(Priority::Critical > Priority::Low);
/// assert_eq!("high".parse(), Ok(Priority::High));
/// assert_eq!(Priority::default(), Priority::Normal);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Can be left out or done later: prefetching, background synchronisation.
    Low = 0,
    /// Everything of which nobody said more.
    #[default]
    Normal = 1,
    /// What a customer is waiting for.
    High = 2,
    /// What must not fail: payments, health checks, the way to undo things.
    Critical = 3,
}

impl Priority {
    /// All of them, the least important first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Critical];

    /// Reads `critical`, `high`, `normal` or `low`, whatever the case. `None` for anything else.
    ///
    /// ```
    /// use reliability_core::Priority;
    /// const CHECKOUT: Option<Priority> = Priority::from_name("critical");
    /// assert_eq!(CHECKOUT, Some(Priority::Critical));
    /// ```
    pub const fn from_name(text: &str) -> Option<Self> {
        let mut i = 0;
        while i < Self::ALL.len() {
            let priority = Self::ALL[i];
            if text.eq_ignore_ascii_case(priority.name()) {
                return Some(priority);
            }
            i += 1;
        }
        None
    }

    /// `critical`, `high`, `normal` or `low`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no priority.
///
/// ```
/// use reliability_core::Priority;
/// let error = "urgent".parse::<Priority>().unwrap_err();
/// assert_eq!(error.to_string(), "no priority: critical, high, normal and low are accepted");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PriorityError;

impl fmt::Display for PriorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no priority: critical, high, normal and low are accepted")
    }
}

impl std::error::Error for PriorityError {}

impl FromStr for Priority {
    type Err = PriorityError;

    fn from_str(text: &str) -> Result<Self, PriorityError> {
        Self::from_name(text.trim()).ok_or(PriorityError)
    }
}
