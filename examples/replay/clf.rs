//! The logs of web servers: the Common and the Combined Log Format.
//!
//! ```text
//! 203.0.113.7 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612 "https://example.org/" "Mozilla/5.0" 0.042
//! ```
//!
//! What is read is the time, the status, and the last field where that is a number after the size: how long the request took, in
//! seconds if it holds a dot and in microseconds if not. All else may be anything that keeps the form: IPv6, a leading
//! virtual host, users with spaces, quotes escaped by a backslash, `-` for a request line or a size that is missing, more quoted fields.
//! A line that breaks off, or whose status is no number from 100 to 599, is wrong: nobody can say what it was.

use std::time::Duration;

use crate::lines::Line;
use crate::time::LogTimes;

/// One request of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The minute in which it ended or began, as the server logs it; from the Unix epoch.
    pub(crate) minute: i64,
    pub(crate) status: u16,
    pub(crate) elapsed: Option<Duration>,
}

impl Request {
    /// Whether it was good: no 5xx, and no slower than `within` where that is asked.
    ///
    /// # Errors
    /// If it is asked how long the request took and its line does not say.
    pub(crate) fn is_good(self, within: Option<Duration>) -> Result<bool, &'static str> {
        let served = self.status < 500;
        let Some(within) = within else { return Ok(served) };
        let elapsed = self.elapsed.ok_or("it does not end with a duration, which --latency needs")?;
        Ok(served && elapsed <= within)
    }
}

/// Reads one line.
///
/// # Errors
/// If it is a wrong line; the text says what is missing.
pub(crate) fn request(line: Line<'_>, times: &mut LogTimes) -> Result<Request, &'static str> {
    let line = line?;
    let (minute, rest) = time(line, times)?;
    let rest = rest.strip_prefix(b" ").and_then(field).ok_or("it has no request line in quotes")?.1;
    let (status, rest) = token(rest).ok_or("it has no status")?;
    let status = status_code(status).ok_or("its status is no number from 100 to 599")?;
    let (size, mut rest) = token(rest).ok_or("it has no size")?;
    if size != b"-" && !size.iter().all(u8::is_ascii_digit) {
        return Err("its size is neither a number nor -");
    }
    let mut last: &[u8] = b"";
    while let Some(after) = rest.strip_prefix(b" ") {
        (last, rest) = field(after).ok_or("a quoted field of it does not end")?;
    }
    if rest.is_empty() {
        Ok(Request { minute, status, elapsed: duration(last) })
    } else {
        Err("a field of it does not end")
    }
}

/// The first bracket that holds a time, with at least a host before it.
fn time<'a>(line: &'a [u8], times: &mut LogTimes) -> Result<(i64, &'a [u8]), &'static str> {
    let mut why = "it has no time in brackets";
    let opening = line.windows(2).enumerate().filter(|(_, pair)| *pair == b" [").map(|(i, _)| i + 2);
    for from in opening {
        let Some((text, rest)) = line[from..].split_first_chunk() else { break };
        let Some(rest) = rest.strip_prefix(b"]") else { continue };
        match times.minute(text) {
            Ok(minute) if from > 2 => return Ok((minute, rest)),
            Ok(_) => why = "it has no host before its time",
            Err(wrong) => why = wrong,
        }
    }
    Err(why)
}

/// A field in quotes or a bare one, and what comes after it.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
        return Some(text.split_at(end));
    };
    let mut escaped = false;
    let end = quoted.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    // the opening quote stays on, so that a number in quotes is no duration
    Some((&text[..=end], &quoted[end + 1..]))
}

/// The bare field after a space.
fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (token, rest) = field(text.strip_prefix(b" ")?)?;
    (!token.is_empty()).then_some((token, rest))
}

fn status_code(text: &[u8]) -> Option<u16> {
    let [hundreds @ b'1'..=b'5', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = *text else { return None };
    let digit = |byte: u8| u16::from(byte - b'0');
    Some(digit(hundreds) * 100 + digit(tens) * 10 + digit(ones))
}

/// Seconds with a dot, microseconds without; `None` for what is no number.
fn duration(text: &[u8]) -> Option<Duration> {
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    let whole = number(parts.next()?)?;
    let Some(fraction) = parts.next() else { return Some(Duration::from_micros(whole)) };
    // more than nine digits are below a nanosecond: rounded up, for slower is the safe side
    let (kept, cut) = fraction.split_at(fraction.len().min(9));
    let nanos = number(kept)? * 10_u64.pow(9 - kept.len() as u32);
    let rest = if cut.is_empty() { 0 } else { number(cut)? };
    Duration::from_secs(whole).checked_add(Duration::from_nanos(nanos + u64::from(rest > 0)))
}

fn number(digits: &[u8]) -> Option<u64> {
    let are = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if are { str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_773_144_000 / 60;

    fn read(line: &str) -> Result<Request, &'static str> {
        request(Ok(line.as_bytes()), &mut LogTimes::default())
    }

    #[test]
    fn both_formats_are_read() {
        let plain = Ok(Request { minute: NOON, status: 200, elapsed: None });
        for line in [
            r#"203.0.113.7 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612"#,
            r#"2001:db8::7 - frank [10/Mar/2026:12:00:59 +0000] "GET / HTTP/1.1" 200 -"#,
            r#"203.0.113.7 - - [10/Mar/2026:17:30:00 +0530] "-" 200 0 "-" "-""#,
            r#"203.0.113.7 - - [10/Mar/2026:12:00:00 +0000] "" 200 0"#,
            "203.0.113.7 - - [10/Mar/2026:12:00:00 +0000] - 200 0",
            r#"203.0.113.7 - - [10/Mar/2026:12:00:00 +0000] "GET /\"x\\" 200 612 "a \" b" "c [10/Mar/2026]""#,
            r#"203.0.113.7 - two words [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl" "-""#,
            r#"[::1]:80 ::1 - [odd] [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl" "42""#,
        ] {
            assert_eq!(read(line), plain, "{line}");
        }
        assert_eq!(
            request(Ok(b"::1 - - [10/Mar/2026:12:00:00 +0000] \"\xFF\xFE\x16\x03\" 400 0"), &mut LogTimes::default()),
            Ok(Request { minute: NOON, status: 400, elapsed: None })
        );
    }

    #[test]
    fn a_trailing_number_is_seconds_with_a_dot_and_microseconds_without() {
        let head = r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612"#;
        for (tail, elapsed) in [
            (" 0.300", Some(Duration::from_millis(300))),
            (" 300000", Some(Duration::from_millis(300))),
            (r#" "-" "curl" 1.5"#, Some(Duration::from_millis(1_500))),
            (r#" "-" "curl" "-" 12"#, Some(Duration::from_micros(12))),
            (" 0.3000000001", Some(Duration::from_nanos(300_000_001))),
            (r#" "-" "curl" -"#, None),
            (r#" "-" "12""#, None),
            (" 1.2.3", None),
            ("", None),
        ] {
            assert_eq!(read(&format!("{head}{tail}")).unwrap().elapsed, elapsed, "{tail}");
        }
    }

    #[test]
    fn what_breaks_the_form_is_a_wrong_line() {
        for line in [
            "",
            "time,good,bad",
            "2026-03-10T12:00:00Z,100,0",
            "203.0.113.7 - -",
            r#"[10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612"#,
            r#" [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612"#,
            "::1 - - [10/Mar/2026:12:00:00 +0000",
            r#"::1 - - [10/Mrz/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1 200 612"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" - 612"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 20 612"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 000 612"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 600 612"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 six"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612 "cut"#,
            r#"::1 - - [10/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612 "a"b"#,
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_request_is_good_unless_it_failed_or_took_longer_than_asked() {
        let slow = Request { minute: 0, status: 200, elapsed: Some(Duration::from_millis(300)) };
        assert_eq!(slow.is_good(None), Ok(true));
        assert_eq!(slow.is_good(Some(Duration::from_millis(300))), Ok(true));
        assert_eq!(slow.is_good(Some(Duration::from_millis(299))), Ok(false));
        assert_eq!(Request { status: 499, ..slow }.is_good(None), Ok(true));
        assert_eq!(Request { status: 500, ..slow }.is_good(Some(Duration::from_secs(1))), Ok(false));
        assert!(Request { elapsed: None, ..slow }.is_good(Some(Duration::from_secs(1))).is_err());
    }
}
