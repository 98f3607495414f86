//! The generated rules with their minutes made shorter: the same rules, names and factors on a faster clock.
//!
//! Only lengths of time change: evaluation intervals, how long an alert must last, ranges, offsets, and the seconds that
//! expressions compare instants by. It is for a demonstration; a service loads the file as it is generated.

/// Lengths of time that stand in expressions as seconds.
const SECONDS: [(&str, u64, &str); 3] = [("time() - ", 60, ""), ("time() - ", 3_600, ""), (") / ", 60, ", 0)")];

/// The rules with minutes of so many seconds.
pub(crate) fn faster(rules: &str, minute: u64) -> String {
    let scaled = |seconds: u64| (seconds * 1_000 * minute / 60).max(1);
    let mut text = String::new();
    for line in rules.lines() {
        let mut line = line.to_owned();
        for key in ["interval: ", "for: "] {
            let place = line.trim_start().strip_prefix(key).and_then(seconds_of);
            if let Some(seconds) = place {
                let indent = line.len() - line.trim_start().len();
                line = format!("{}{key}{}ms", " ".repeat(indent), scaled(seconds));
            }
        }
        line = lengths(&line, "[", "]", scaled);
        line = lengths(&line, "offset ", "", scaled);
        for (before, seconds, behind) in SECONDS {
            for end in [")", "\n", " ", ","] {
                if !behind.is_empty() && !behind.starts_with(end) {
                    continue;
                }
                let (from, to) = (format!("{before}{seconds}{end}"), scaled(seconds) as f64 / 1_000.0);
                line =
                    format!("{line}\n").replace(&from, &format!("{before}{to}{end}")).trim_end_matches('\n').to_owned();
            }
        }
        text += &line;
        text.push('\n');
    }
    text
}

/// Every length of time that stands between two signs.
fn lengths(line: &str, before: &str, behind: &str, scaled: impl Fn(u64) -> u64) -> String {
    let mut pieces = line.split(before);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text += before;
        let length: String = piece.chars().take_while(|c| c.is_ascii_digit() || "dhms".contains(*c)).collect();
        let rest = &piece[length.len()..];
        match seconds_of(&length).filter(|_| rest.starts_with(behind)) {
            Some(seconds) => text += &format!("{}ms{rest}", scaled(seconds)),
            None => text += piece,
        }
    }
    text
}

/// A length of time as Prometheus writes it.
pub(crate) fn seconds_of(text: &str) -> Option<u64> {
    let (mut sum, mut number) = (0, None::<u64>);
    for c in text.trim().chars() {
        match (c.to_digit(10), c) {
            (Some(digit), _) => number = Some(number.unwrap_or(0) * 10 + u64::from(digit)),
            (None, 'd') => sum += number.take()? * 86_400,
            (None, 'h') => sum += number.take()? * 3_600,
            (None, 'm') => sum += number.take()? * 60,
            (None, 's') => sum += number.take()?,
            _ => return None,
        }
    }
    (number.is_none() && sum > 0).then_some(sum)
}
