//! Reads the short texts in which people write promises, as the library itself does.
//!
//! The library has readers of the same grammar (its `spec` room), which documents and builders use. They cannot serve here:
//! a fault must be blamed on the literal, and a panic in a constant drags four compiler notes along. Nor is a third crate
//! worth it for these lines. One table of good and bad texts in the tests runs through both readers, and compares the
//! messages too.
//!
//! Nothing of `syn` here, so that the tests can build this file alone.

pub(crate) const NO_BUDGET: &str =
    "an objective of 100% or more leaves no error budget: write one below 100%, such as \"99.9%\"";
pub(crate) const NOT_A_PERCENTAGE: &str =
    "an objective is a percentage above 0 and below 100 with at most seven decimals, such as \"99.9%\"";
pub(crate) const NOT_A_DURATION: &str =
    "a duration is a whole number and a unit (us, ms, s, m, h, d or w), such as \"250ms\"";
pub(crate) const THRESHOLD_OUT_OF_RANGE: &str = "a latency threshold lies between 1us and 60s";
pub(crate) const NOT_A_LATENCY: &str = "a latency objective is a share and a threshold, such as \"99% < 250ms\"";
pub(crate) const WINDOW_OUT_OF_RANGE: &str = "a window is 1 to 90 whole days, such as \"30d\" or \"4w\", or a week, month or quarter in a zone, such as \"month Europe/Paris\"";
pub(crate) const NOT_A_METHOD: &str = "a method is \"occurrences\", \"timeslices 1m 99%\" or \"ratio-timeslices 1m\", with slices of 1 to 1440 whole minutes";
pub(crate) const NOT_A_SLICE_TARGET: &str =
    "a slice target is a percentage above 0 up to 100 with at most seven decimals, such as \"99%\"";
pub(crate) const NAME_EMPTY: &str = "a name must not be empty: 1 to 63 of a-z, 0-9 and - are accepted";
pub(crate) const NAME_TOO_LONG: &str = "a name is at most 63 characters long: give a shorter one with `name = \"...\"`";
pub(crate) const NAME_CHARACTER: &str =
    "a name holds only a-z, 0-9 and -, and begins and ends with a letter or digit: give another with `name = \"...\"`";

type Read<T> = Result<T, &'static str>;

const BILLION: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * BILLION;

/// A share of events in parts per billion.
pub(crate) fn objective(text: &str) -> Read<u32> {
    match percentage(text)? {
        0 => Err(NOT_A_PERCENTAGE),
        ppb if u64::from(ppb) < BILLION => Ok(ppb),
        _ => Err(NO_BUDGET),
    }
}

/// Parts per billion, of any size that a percentage of eleven characters may have.
fn percentage(text: &str) -> Read<u32> {
    let number = trim(text).strip_suffix('%').map(trim).ok_or(NOT_A_PERCENTAGE)?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 7 || number.len() > 11 {
        return Err(NOT_A_PERCENTAGE);
    }
    let ppb: u64 = format!("{whole}{decimals:0<7}").parse().map_err(|_| NOT_A_PERCENTAGE)?;
    Ok(u32::try_from(ppb).unwrap_or(u32::MAX))
}

/// A whole number and a unit, in nanoseconds.
pub(crate) fn duration(text: &str) -> Read<u64> {
    let text = trim(text);
    let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    let unit: u64 = match trim(unit) {
        "us" | "µs" => 1_000,
        "ms" => 1_000_000,
        "s" => BILLION,
        "m" => 60 * BILLION,
        "h" => 3_600 * BILLION,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return Err(NOT_A_DURATION),
    };
    number.parse().ok().and_then(|number: u64| number.checked_mul(unit)).ok_or(NOT_A_DURATION)
}

/// A share in parts per billion and a threshold in nanoseconds.
pub(crate) fn latency(text: &str) -> Read<(u32, u64)> {
    let (share, threshold) = text.split_once('<').ok_or(NOT_A_LATENCY)?;
    let (share, threshold) = (objective(share)?, duration(threshold)?);
    if (1_000..=60 * BILLION).contains(&threshold) { Ok((share, threshold)) } else { Err(THRESHOLD_OUT_OF_RANGE) }
}

/// Whole days, or a calendar unit and a zone.
pub(crate) fn window(text: &str) -> Read<()> {
    let (unit, zone) = word(text);
    if matches!(unit, "week" | "month" | "quarter") {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'+' | b'-');
        return if (1..=40).contains(&zone.len()) && zone.bytes().all(fits) {
            Ok(())
        } else {
            Err(WINDOW_OUT_OF_RANGE)
        };
    }
    let length = duration(text)?;
    if (1..=90).contains(&(length / DAY)) && length.is_multiple_of(DAY) { Ok(()) } else { Err(WINDOW_OUT_OF_RANGE) }
}

/// How a budget is counted.
pub(crate) fn method(text: &str) -> Read<()> {
    let (method, rest) = word(text);
    let (slice, rest) = word(rest);
    let minute = 60 * BILLION;
    let is_slice =
        duration(slice).is_ok_and(|length| (minute..=DAY).contains(&length) && length.is_multiple_of(minute));
    match method {
        "occurrences" if slice.is_empty() => Ok(()),
        "timeslices" if is_slice => match percentage(rest) {
            Ok(ppb) if ppb > 0 && u64::from(ppb) <= BILLION => Ok(()),
            _ => Err(NOT_A_SLICE_TARGET),
        },
        "ratio-timeslices" if is_slice && rest.is_empty() => Ok(()),
        _ => Err(NOT_A_METHOD),
    }
}

/// The text up to the first space, and what follows.
fn word(text: &str) -> (&str, &str) {
    let text = trim(text);
    let (word, rest) = text.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((text, ""));
    (word, trim(rest))
}

/// A DNS label.
pub(crate) fn name(text: &str) -> Read<()> {
    let bytes = text.as_bytes();
    let fits = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    match bytes {
        [] => Err(NAME_EMPTY),
        _ if bytes.len() > 63 => Err(NAME_TOO_LONG),
        [b'-', ..] | [.., b'-'] => Err(NAME_CHARACTER),
        _ if bytes.iter().all(fits) => Ok(()),
        _ => Err(NAME_CHARACTER),
    }
}

/// Both readers take ASCII white space only.
fn trim(text: &str) -> &str {
    text.trim_ascii()
}
