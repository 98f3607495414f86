//! Pieces of `PromQL`: matchers, durations, ranges.

use std::fmt::Write;
use std::time::Duration;

/// `name="value"`.
pub(super) fn equal(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// `name=~"one|other"`, or `name="one"` where there is one.
pub(super) fn one_of<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> String {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    if let [only] = values[..] {
        return equal(name, only);
    }
    let escaped: Vec<String> = values.iter().map(|value| literal(value)).collect();
    format!("{name}=~\"{}\"", escaped.join("|").replace('\\', "\\\\"))
}

/// A text as a regular expression that matches it alone.
fn literal(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Matchers, of which some may be empty, in one list.
pub(super) fn joined(matchers: &[&str]) -> String {
    matchers.iter().filter(|matcher| !matcher.is_empty()).copied().collect::<Vec<_>>().join(",")
}

/// A duration of whole seconds in Prometheus's own writing: `5m`, `2d23h59m30s`.
pub(super) fn duration(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    let mut text = String::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if seconds >= length {
            let _ = write!(text, "{}{unit}", seconds / length);
            seconds %= length;
        }
    }
    text
}

/// As Prometheus prints a duration, which Sloth puts into its names: whole weeks are weeks.
pub(super) fn printed(window: Duration) -> String {
    let seconds = window.as_secs();
    if seconds > 0 && seconds.is_multiple_of(7 * 86_400) {
        format!("{}w", seconds / (7 * 86_400))
    } else {
        duration(window)
    }
}

/// The range that holds the samples of a window's whole minutes and no edge: half a minute shorter.
pub(super) fn range(window: Duration) -> String {
    duration(window.saturating_sub(Duration::from_secs(30)))
}

/// Parts per billion as a decimal: 999 000 000 is `0.999`.
pub(super) fn decimal(ppb: u32) -> String {
    format!("0.{ppb:09}").trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_matched_as_they_are() {
        assert_eq!(equal("slo", "a\"b\\c"), r#"slo="a\"b\\c""#);
        assert_eq!(one_of("slo", ["b-latency-1.5s", "a"].into_iter()), r#"slo=~"a|b-latency-1\\.5s""#);
        assert_eq!(one_of("slo", ["x.y"].into_iter()), r#"slo="x.y""#);
    }

    #[test]
    fn ranges_end_half_a_minute_short() {
        assert_eq!(range(Duration::from_secs(300)), "4m30s");
        assert_eq!(range(Duration::from_secs(3 * 86_400)), "2d23h59m30s");
        assert_eq!(printed(Duration::from_secs(28 * 86_400)), "4w");
        assert_eq!(printed(Duration::from_secs(30 * 86_400)), "30d");
    }
}
