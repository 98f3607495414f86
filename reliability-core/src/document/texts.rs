//! The readers of the texts that the schemas name by `format`.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::name;
use crate::spec::{Objective, Window, parse_duration};

/// Checks a text of a format; an unknown format accepts everything.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn check(format: &str, text: &str) -> Result<(), String> {
    match format {
        "dns-label" => match name::check(text) {
            Ok(()) => Ok(()),
            Err(name::NameFault::Empty) => Err("the name is empty".into()),
            Err(name::NameFault::TooLong) => {
                Err(format!("the name has {} characters; 63 are the most", text.chars().count()))
            }
            Err(name::NameFault::Character) => Err("this is no name".into()),
        },
        "openslo-duration" => shorthand(text).map(drop).ok_or_else(|| "this is no duration of OpenSLO".into()),
        "duration" => parse_duration(text).map(drop).map_err(|error| error.to_string()),
        "window" => window(text).map(drop),
        "objective" => Objective::parse(text).map(drop).map_err(|error| error.to_string()),
        "share" => share(text).map(drop).ok_or_else(|| "this is no percentage from 0 to 100".into()),
        "date" => day(text).map(drop).ok_or_else(|| "there is no such day".into()),
        "date-time" => instant(text).map(drop).ok_or_else(|| "this is no instant".into()),
        "start-time" => start(text).map(drop).ok_or_else(|| "this is no date and time".into()),
        "time-zone" => zone(text).map(drop).ok_or_else(|| format!("there is no time zone {text}")),
        _ => Ok(()),
    }
}

/// What is accepted as a text of a format, in words.
pub(super) fn accepted(format: &str) -> &'static str {
    match format {
        "dns-label" => "1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit",
        "openslo-duration" => "a whole number and one of m, h, d, w, M, Q, Y, as 4w",
        "duration" => "a whole number and one of us, ms, s, m, h, d, w, as 250ms",
        "window" => "1d to 90d, or week, month or quarter and a time zone, as month Europe/Paris",
        "objective" => "a percentage above 0 and below 100 with at most seven decimals, as 99.9%",
        "share" => "a percentage from 0 to 100, as 25%",
        "date" => "a day, as 2026-12-31",
        "date-time" => "an instant with its distance to UTC, as 2026-12-31T22:00:00Z",
        "start-time" => "date and time without a zone, as 2026-01-01 00:00:00",
        "time-zone" => "a name of the IANA database, as Europe/Paris",
        _ => "another text",
    }
}

/// A duration of `OpenSLO`: a number and a unit.
pub(super) fn shorthand(text: &str) -> Option<(u32, char)> {
    let unit = text.chars().next_back()?;
    let number = &text[..text.len() - unit.len_utf8()];
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) || !"mhdwMQY".contains(unit) {
        return None;
    }
    Some((number.parse().ok()?, unit))
}

/// Its length in minutes, with months of 30, quarters of 90 and years of 365 days, as the reference reader has them.
pub(super) fn minutes((number, unit): (u32, char)) -> u64 {
    u64::from(number)
        * match unit {
            'm' => 1,
            'h' => 60,
            'd' => 1_440,
            'w' => 7 * 1_440,
            'M' => 30 * 1_440,
            'Q' => 90 * 1_440,
            _ => 365 * 1_440,
        }
}

pub(super) fn window(text: &str) -> Result<Window, String> {
    let window = Window::parse(text).map_err(|error| error.to_string())?;
    if let Some((_, named)) = window.as_calendar() {
        zone(named.as_str()).ok_or_else(|| format!("there is no time zone {named}"))?;
    }
    Ok(window)
}

/// A percentage from 0 to 100 as a share.
pub(super) fn share(text: &str) -> Option<f64> {
    let number: f64 = text.strip_suffix('%')?.trim_end().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}

pub(super) fn day(text: &str) -> Option<Date> {
    // the reader takes other forms as well; a document has one
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// The first instant of a day in UTC.
pub(super) fn beginning(day: Date) -> Option<Timestamp> {
    let zoned = day.to_zoned(TimeZone::UTC).ok()?;
    Some(Timestamp::from_unix_seconds(zoned.timestamp().as_second()))
}

pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    // the end of the line of time: an instant beyond it would be another one
    let nanos = i64::try_from(instant.as_nanosecond()).ok()?;
    Some(Timestamp::from_unix_nanos(nanos))
}

pub(super) fn start(text: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()
}

pub(super) fn zone(text: &str) -> Option<TimeZone> {
    TimeZone::get(text).ok()
}

/// A duration of this library's own documents.
pub(super) fn span(text: &str) -> Duration {
    parse_duration(text).unwrap_or_default()
}

/// The parts per billion that a share says, by its shortest decimal form: no rounding of binary floats decides.
pub(super) fn parts_per_billion(number: f64, decimals: usize) -> Option<u32> {
    let text = format!("{number}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() > decimals {
        return None;
    }
    let digits = format!("{whole}{fraction:0<decimals$}");
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_by_their_decimals() {
        assert_eq!(parts_per_billion(0.999, 9), Some(999_000_000));
        assert_eq!(parts_per_billion(0.9995, 9), Some(999_500_000));
        assert_eq!(parts_per_billion(99.95, 7), Some(999_500_000));
        assert_eq!(parts_per_billion(0.123_456_789, 9), Some(123_456_789));
        assert_eq!(parts_per_billion(0.123_456_789_1, 9), None);
        assert_eq!(parts_per_billion(0.0, 9), Some(0));
        assert_eq!(parts_per_billion(1e300, 9), None);
    }

    #[test]
    fn durations_of_openslo_have_seven_units() {
        assert_eq!(shorthand("4w").map(minutes), Some(40_320));
        assert_eq!(shorthand("1M").map(minutes), Some(43_200));
        for wrong in ["", "w", "4", "-1d", "1.5h", "1s", "4 w", "99999999999d", "4ü"] {
            assert_eq!(shorthand(wrong), None, "{wrong}");
        }
    }
}
