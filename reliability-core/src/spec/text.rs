//! The readers of the short texts in which people write promises.

use std::fmt;
use std::time::Duration;

use super::sli::Latency;
use super::{CalendarUnit, Method, Objective, Slice, SliceTarget, Window, Zone};

/// Why a text was refused. `Display` names the accepted form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpecError {
    /// An objective is 100 % or more: it leaves no budget.
    NoBudget,
    /// The text is no percentage above 0 of at most seven decimals.
    NotAPercentage,
    /// The text is no duration.
    NotADuration,
    /// A latency threshold outside 1 µs to 60 s.
    ThresholdOutOfRange,
    /// A latency objective without the form `share < threshold`.
    NotALatency,
    /// A window that is neither 1 to 90 whole days nor a calendar unit and a zone.
    WindowOutOfRange,
    /// A budgeting method of another form.
    NotAMethod,
    /// A slice target that is no percentage above 0 up to 100.
    NotASliceTarget,
}

impl SpecError {
    /// What is accepted.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoBudget => {
                "an objective of 100% or more leaves no error budget: write one below 100%, such as \"99.9%\""
            }
            Self::NotAPercentage => {
                "an objective is a percentage above 0 and below 100 with at most seven decimals, such as \"99.9%\""
            }
            Self::NotADuration => {
                "a duration is a whole number and a unit (us, ms, s, m, h, d or w), such as \"250ms\""
            }
            Self::ThresholdOutOfRange => "a latency threshold lies between 1us and 60s",
            Self::NotALatency => "a latency objective is a share and a threshold, such as \"99% < 250ms\"",
            Self::WindowOutOfRange => {
                "a window is 1 to 90 whole days, such as \"30d\" or \"4w\", or a week, month or quarter in a zone, such as \"month Europe/Paris\""
            }
            Self::NotAMethod => {
                "a method is \"occurrences\", \"timeslices 1m 99%\" or \"ratio-timeslices 1m\", with slices of 1 to 1440 whole minutes"
            }
            Self::NotASliceTarget => {
                "a slice target is a percentage above 0 up to 100 with at most seven decimals, such as \"99%\""
            }
        }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for SpecError {}

const fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

pub(super) const fn objective(text: &str) -> Result<Objective, SpecError> {
    percentage(trim(text.as_bytes()))
}

const fn percentage(text: &[u8]) -> Result<Objective, SpecError> {
    match parts_per_billion(text) {
        Ok(ppb) if ppb >= 1_000_000_000 => Err(SpecError::NoBudget),
        Ok(ppb) => match Objective::from_ppb(ppb as u32) {
            Some(objective) => Ok(objective),
            None => Err(SpecError::NotAPercentage),
        },
        Err(error) => Err(error),
    }
}

pub(super) const fn slice_target(text: &str) -> Result<SliceTarget, SpecError> {
    target(trim(text.as_bytes()))
}

const fn target(text: &[u8]) -> Result<SliceTarget, SpecError> {
    match parts_per_billion(text) {
        Ok(ppb) if ppb <= 1_000_000_000 => match SliceTarget::from_ppb(ppb as u32) {
            Some(target) => Ok(target),
            None => Err(SpecError::NotASliceTarget),
        },
        _ => Err(SpecError::NotASliceTarget),
    }
}

/// The parts per billion that a percentage says, at most 10¹¹.
const fn parts_per_billion(text: &[u8]) -> Result<u64, SpecError> {
    let [number @ .., b'%'] = text else {
        return Err(SpecError::NotAPercentage);
    };
    let number = trim(number);
    let (mut ppb, mut i, mut decimals, mut digits) = (0_u64, 0, None, 0);
    while i < number.len() {
        match (number[i], decimals) {
            (b'.', None) if digits > 0 => decimals = Some(0),
            (digit @ b'0'..=b'9', None) => ppb = ppb * 10 + (digit - b'0') as u64,
            (digit @ b'0'..=b'9', Some(n)) if n < 7 => {
                ppb = ppb * 10 + (digit - b'0') as u64;
                decimals = Some(n + 1);
            }
            _ => return Err(SpecError::NotAPercentage),
        }
        digits += 1;
        if digits > 11 {
            return Err(SpecError::NotAPercentage);
        }
        i += 1;
    }
    let mut places = match decimals {
        Some(0) => return Err(SpecError::NotAPercentage),
        Some(n) => n,
        None => 0,
    };
    while places < 7 {
        ppb *= 10;
        places += 1;
    }
    Ok(ppb)
}

/// Reads a whole number and a unit: `us` or `µs`, `ms`, `s`, `m`, `h`, `d`, `w`.
///
/// # Errors
/// If the text has another form, or is longer than 584 years.
pub const fn parse_duration(text: &str) -> Result<Duration, SpecError> {
    duration(trim(text.as_bytes()))
}

const fn duration(text: &[u8]) -> Result<Duration, SpecError> {
    let (mut value, mut i) = (0_u64, 0);
    while i < text.len() && text[i].is_ascii_digit() {
        value = match value.checked_mul(10) {
            Some(tens) => match tens.checked_add((text[i] - b'0') as u64) {
                Some(sum) => sum,
                None => return Err(SpecError::NotADuration),
            },
            None => return Err(SpecError::NotADuration),
        };
        i += 1;
    }
    if i == 0 {
        return Err(SpecError::NotADuration);
    }
    let unit: u64 = match trim(text.split_at(i).1) {
        b"us" | [0xC2, 0xB5, b's'] => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        b"d" => 86_400_000_000_000,
        b"w" => 604_800_000_000_000,
        _ => return Err(SpecError::NotADuration),
    };
    match value.checked_mul(unit) {
        Some(nanos) => Ok(Duration::from_nanos(nanos)),
        None => Err(SpecError::NotADuration),
    }
}

pub(super) const fn latency(text: &str) -> Result<Latency, SpecError> {
    let text = text.as_bytes();
    let mut i = 0;
    while i < text.len() && text[i] != b'<' {
        i += 1;
    }
    if i == text.len() {
        return Err(SpecError::NotALatency);
    }
    let (share, rest) = text.split_at(i);
    let objective = match percentage(trim(share)) {
        Ok(objective) => objective,
        Err(error) => return Err(error),
    };
    match duration(trim(rest.split_at(1).1)) {
        Ok(threshold) => match Latency::new(objective, threshold) {
            Some(latency) => Ok(latency),
            None => Err(SpecError::ThresholdOutOfRange),
        },
        Err(error) => Err(error),
    }
}

/// The text up to the first space, and what follows.
const fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let mut i = 0;
    while i < text.len() && !text[i].is_ascii_whitespace() {
        i += 1;
    }
    let (word, rest) = text.split_at(i);
    (word, trim(rest))
}

pub(super) const fn window(text: &str) -> Result<Window, SpecError> {
    let (first, rest) = word(trim(text.as_bytes()));
    if let Some(unit) = CalendarUnit::named(first) {
        return match Zone::of(rest) {
            Some(zone) => Ok(Window::calendar(unit, zone)),
            None => Err(SpecError::WindowOutOfRange),
        };
    }
    let length = match parse_duration(text) {
        Ok(length) => length,
        Err(error) => return Err(error),
    };
    let seconds = length.as_secs();
    if length.subsec_nanos() != 0 || !seconds.is_multiple_of(86_400) || seconds / 86_400 > 90 {
        return Err(SpecError::WindowOutOfRange);
    }
    match Window::rolling_days((seconds / 86_400) as u32) {
        Some(window) => Ok(window),
        None => Err(SpecError::WindowOutOfRange),
    }
}

pub(super) const fn method(text: &str) -> Result<Method, SpecError> {
    let (first, rest) = word(trim(text.as_bytes()));
    let (length, rest) = word(rest);
    match (first, slice(length)) {
        (b"occurrences", _) if length.is_empty() => Ok(Method::Occurrences),
        (b"timeslices", Some(slice)) => match target(rest) {
            Ok(target) => Ok(Method::Timeslices { slice, target }),
            Err(error) => Err(error),
        },
        (b"ratio-timeslices", Some(slice)) if rest.is_empty() => Ok(Method::RatioTimeslices { slice }),
        _ => Err(SpecError::NotAMethod),
    }
}

const fn slice(text: &[u8]) -> Option<Slice> {
    match duration(text) {
        Ok(length)
            if length.subsec_nanos() == 0 && length.as_secs() <= 86_400 && length.as_secs().is_multiple_of(60) =>
        {
            Slice::of_minutes((length.as_secs() / 60) as u32)
        }
        _ => None,
    }
}

/// Writes a duration as people do, in the largest unit that keeps it whole: `250ms`, `90s`, `30d`.
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let units: [(u128, &str); 6] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    if nanos == 0 {
        return "0s".into();
    }
    units
        .into_iter()
        .find(|(size, _)| nanos.is_multiple_of(*size))
        .map_or_else(|| format!("{nanos}ns"), |(size, unit)| format!("{}{unit}", nanos / size))
}
