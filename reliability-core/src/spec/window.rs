//! The period that an error budget covers.
//!
//! A rolling period is the same length at every instant. A calendar period begins anew at a local midnight, so it is named
//! by its unit and its zone; which instants that means is the `calendar` room's business, because daylight saving moves
//! them. The zone's name is kept in place, so that a window stays a constant that can be copied.

use std::fmt;
use std::time::Duration;

use super::text::{SpecError, format_duration};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// The longest name of the IANA database has 32 characters.
const ZONE_NAME: usize = 40;

/// A period of 1 to 90 whole days that rolls, or a calendar one; 30 rolling days unless said otherwise.
///
/// ```
/// use reliability_core::{CalendarUnit, Window};
/// assert_eq!(Window::parse("4w")?, Window::rolling_days(28).unwrap());
/// let month = Window::parse("month Europe/Paris")?;
/// assert_eq!(month.as_calendar().map(|(unit, zone)| (unit, zone.to_string())), Some((CalendarUnit::Month, "Europe/Paris".into())));
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Rolling { days: u32 },
    Calendar { unit: CalendarUnit, zone: Zone },
}

/// What a calendar period is made of. Each begins at the first instant of its first local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CalendarUnit {
    /// Monday to Sunday.
    Week,
    /// From the first of the month.
    Month,
    /// From the first of January, April, July or October.
    Quarter,
}

/// The name of a time zone, such as `Europe/Paris`. Whether there is one of that name is found out where it is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone {
    name: [u8; ZONE_NAME],
    length: u8,
}

impl Window {
    /// 30 days.
    pub const DEFAULT: Self = Self(Kind::Rolling { days: 30 });

    /// The last `days` days; `None` outside 1 to 90 (history is kept for the whole period, see the `slo` room for its size).
    pub const fn rolling_days(days: u32) -> Option<Self> {
        if days >= 1 && days <= 90 { Some(Self(Kind::Rolling { days })) } else { None }
    }

    /// The calendar week, month or quarter of a zone. Judging it needs the feature `calendar`, which brings the zones' data.
    pub const fn calendar(unit: CalendarUnit, zone: Zone) -> Self {
        Self(Kind::Calendar { unit, zone })
    }

    /// Reads whole days or weeks (`30d`, `4w`), or a calendar unit and a zone (`month Europe/Paris`).
    ///
    /// # Errors
    /// If the text is neither, or lies outside 1 to 90 days.
    pub const fn parse(text: &str) -> Result<Self, SpecError> {
        super::text::window(text)
    }

    /// The calendar unit and its zone; `None` for a rolling period.
    pub const fn as_calendar(self) -> Option<(CalendarUnit, Zone)> {
        match self.0 {
            Kind::Rolling { .. } => None,
            Kind::Calendar { unit, zone } => Some((unit, zone)),
        }
    }

    /// The period's length; of a calendar unit the longest there is: 7, 31 or 92 days and the hour that a change of the
    /// clocks may add.
    pub const fn length(self) -> Duration {
        Duration::from_secs(self.seconds())
    }

    /// The same in seconds.
    pub const fn seconds(self) -> u64 {
        match self.0 {
            Kind::Rolling { days } => days as u64 * DAY,
            Kind::Calendar { unit: CalendarUnit::Week, .. } => 7 * DAY + HOUR,
            Kind::Calendar { unit: CalendarUnit::Month, .. } => 31 * DAY + HOUR,
            Kind::Calendar { unit: CalendarUnit::Quarter, .. } => 92 * DAY + HOUR,
        }
    }

    /// The length in days by which the factors of burn-rate pairs are scaled; of a calendar unit 7, 30 and 90.
    pub const fn days(self) -> u32 {
        match self.0 {
            Kind::Rolling { days } => days,
            Kind::Calendar { unit: CalendarUnit::Week, .. } => 7,
            Kind::Calendar { unit: CalendarUnit::Month, .. } => 30,
            Kind::Calendar { unit: CalendarUnit::Quarter, .. } => 90,
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Rolling { .. } => f.write_str(&format_duration(self.length())),
            Kind::Calendar { unit, zone } => write!(f, "{unit} {zone}"),
        }
    }
}

impl CalendarUnit {
    pub(super) const fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"week" => Some(Self::Week),
            b"month" => Some(Self::Month),
            b"quarter" => Some(Self::Quarter),
            _ => None,
        }
    }
}

impl fmt::Display for CalendarUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        })
    }
}

impl Zone {
    /// `None` if the text is empty, longer than 40 bytes, or holds anything but letters, digits, `/`, `_`, `+` and `-`.
    pub const fn new(name: &str) -> Option<Self> {
        Self::of(name.as_bytes())
    }

    pub(super) const fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > ZONE_NAME {
            return None;
        }
        let (mut name, mut i) = ([0; ZONE_NAME], 0);
        while i < bytes.len() {
            if !matches!(bytes[i], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'_' | b'+' | b'-') {
                return None;
            }
            name[i] = bytes[i];
            i += 1;
        }
        Some(Self { name, length: bytes.len() as u8 })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.name[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
