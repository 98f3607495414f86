//! Instants as files and people write them.
//!
//! Minutes are counted from the Unix epoch, since a minute is what the whole replay is made of. Times outside 1970 to 2199
//! are refused: they are never when a request was served, but what a wrong column or a unix time in milliseconds looks like,
//! and the replay would live through all the years between.

use jiff::Timestamp as Parsed;
use reliability_core::Timestamp;

pub(crate) const MINUTE_NANOS: i64 = 60_000_000_000;
const SECOND_NANOS: i64 = 1_000_000_000;
/// 2200-01-01T00:00:00Z.
const END_OF_TIME: i64 = 7_258_118_400;
pub(crate) const OUT_OF_RANGE: &str = "its time lies outside the years 1970 to 2199 (unix times are in seconds)";
pub(crate) const NOT_A_TIME: &str = "its time is neither RFC 3339, such as 2026-03-10T00:00:00Z, nor unix seconds";

/// The instant at which a minute begins.
pub(crate) const fn start_of(minute: i64) -> Timestamp {
    Timestamp::from_unix_seconds(minute * 60)
}

/// The minute that contains an instant.
pub(crate) const fn minute_of(at: Timestamp) -> i64 {
    at.unix_nanos().div_euclid(MINUTE_NANOS)
}

/// Reads RFC 3339 with any offset, or unix seconds; both may have a fraction.
///
/// # Errors
/// If the text is neither, or lies outside 1970 to 2199.
pub(crate) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|c| c.is_ascii_digit() || c == b'.') {
        return unix(text);
    }
    let parsed: Parsed = text.parse().map_err(|_| NOT_A_TIME)?;
    in_range(parsed.as_second(), parsed.subsec_nanosecond().into())
}

fn unix(text: &str) -> Result<Timestamp, &'static str> {
    let (seconds, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let seconds = seconds.parse().map_err(|_| if seconds.is_empty() { NOT_A_TIME } else { OUT_OF_RANGE })?;
    let nanos = match fraction {
        None => 0,
        Some(digits) if digits.is_empty() || digits.len() > 9 || digits.contains('.') => return Err(NOT_A_TIME),
        Some(digits) => format!("{digits:0<9}").parse().map_err(|_| NOT_A_TIME)?,
    };
    in_range(seconds, nanos)
}

fn in_range(seconds: i64, nanos: i64) -> Result<Timestamp, &'static str> {
    if (0..END_OF_TIME).contains(&seconds) {
        Ok(Timestamp::from_unix_nanos(seconds * SECOND_NANOS + nanos))
    } else {
        Err(OUT_OF_RANGE)
    }
}

/// The times of a log: `10/Oct/2000:13:55:36 -0700`. Neighbours mostly carry the same second, so the last one is kept.
#[derive(Debug, Default)]
pub(crate) struct LogTimes {
    last: [u8; LogTimes::LENGTH],
    read: Option<i64>,
}

impl LogTimes {
    pub(crate) const LENGTH: usize = 26;

    /// The minute that contains the time written in `text`.
    ///
    /// # Errors
    /// If it is none, or lies outside 1970 to 2199.
    pub(crate) fn minute(&mut self, text: &[u8; Self::LENGTH]) -> Result<i64, &'static str> {
        if let Some(minute) = self.read.filter(|_| *text == self.last) {
            return Ok(minute);
        }
        let parsed = str::from_utf8(text).ok().and_then(|text| Parsed::strptime("%d/%b/%Y:%H:%M:%S %z", text).ok());
        let at = parsed.ok_or("its time is none of the form 10/Oct/2000:13:55:36 -0700")?;
        let minute = minute_of(in_range(at.as_second(), 0)?);
        (self.last, self.read) = (*text, Some(minute));
        Ok(minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_rfc_3339_or_unix_seconds() {
        let noon = Timestamp::from_unix_seconds(1_773_144_000);
        for text in ["2026-03-10T12:00:00Z", "2026-03-10T13:00:00+01:00", "2026-03-10 17:30:00+05:30", "1773144000"] {
            assert_eq!(instant(text), Ok(noon), "{text}");
        }
        assert_eq!(instant("1773144000.25").map(Timestamp::unix_nanos), Ok(1_773_144_000_250_000_000));
        for text in ["", "noon", "2026-03-10", "2026-03-10T12:00:00", "1773144000.", ".5", "1.2.3", "-5"] {
            assert_eq!(instant(text), Err(NOT_A_TIME), "{text}");
        }
        for text in ["1773144000000", "99999999999999999999", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"] {
            assert_eq!(instant(text), Err(OUT_OF_RANGE), "{text}");
        }
    }

    #[test]
    fn the_time_of_a_log_has_an_offset() {
        let mut times = LogTimes::default();
        let minute = |text: &[u8; 26], times: &mut LogTimes| times.minute(text).ok();
        let expected = 971_211_336 / 60;
        assert_eq!(minute(b"10/Oct/2000:13:55:36 -0700", &mut times), Some(expected));
        assert_eq!(minute(b"10/Oct/2000:13:55:36 -0700", &mut times), Some(expected));
        assert_eq!(minute(b"10/Oct/2000:20:55:36 +0000", &mut times), Some(expected));
        assert_eq!(minute(b"11/Oct/2000:02:25:36 +0530", &mut times), Some(expected));
        assert_eq!(minute(b"10/Okt/2000:13:55:36 -0700", &mut times), None);
        assert_eq!(minute(b"32/Oct/2000:13:55:36 -0700", &mut times), None);
    }
}
