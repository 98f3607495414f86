//! The budget over the history, small enough to draw.
//!
//! Samples are taken at every minute and thinned out as they grow: of each run of neighbours the one with the least left is kept, so that
//! no dip is lost. At most [`MOST`] remain, however long the history.

use reliability_core::Timestamp;

const MOST: usize = 2_048;

/// What was left at the end of a run of minutes, at worst.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) at: Timestamp,
    pub(crate) left: f64,
    /// Whether any of the run's minutes was read.
    pub(crate) observed: bool,
}

/// The curve so far, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    kept: Vec<Sample>,
    /// How many minutes make one sample.
    stride: u64,
    /// How many are in the last one.
    in_last: u64,
}

impl Default for Samples {
    fn default() -> Self {
        Self { kept: Vec::new(), stride: 1, in_last: 1 }
    }
}

impl Samples {
    /// Adds the next minute.
    pub(crate) fn add(&mut self, at: Timestamp, left: f64, observed: bool) {
        let sample = Sample { at, left, observed };
        if let Some(last) = self.kept.last_mut().filter(|_| self.in_last < self.stride) {
            *last = worse(*last, sample);
            self.in_last += 1;
            return;
        }
        if self.kept.len() == MOST {
            self.kept = columns(&self.kept, MOST / 2);
            self.stride *= 2;
        }
        self.kept.push(sample);
        self.in_last = 1;
    }

    pub(crate) fn all(&self) -> &[Sample] {
        &self.kept
    }
}

fn worse(a: Sample, b: Sample) -> Sample {
    Sample { observed: a.observed || b.observed, ..if b.left < a.left { b } else { a } }
}

/// The samples as at most `count` columns of equal width.
pub(crate) fn columns(samples: &[Sample], count: usize) -> Vec<Sample> {
    let count = count.clamp(1, samples.len().max(1));
    let part = |i: usize| samples.len() * i / count;
    (0..count).filter_map(|i| samples[part(i)..part(i + 1)].iter().copied().reduce(worse)).collect()
}

/// Draws a curve of `width` by `height` characters with an axis: the span from the lowest, or nothing left, up to all.
/// Unobserved stretches are dashed in the axis below.
pub(crate) fn draw(samples: &[Sample], width: usize, height: usize) -> Vec<String> {
    const LABEL: usize = 8;
    /// Below this a curve is cut off: the rest of it would be flat.
    const FLOOR: f64 = -1.0;
    let cells = width.saturating_sub(LABEL + 1).max(8);
    let columns = columns(samples, cells * 2);
    let lowest = columns.iter().fold(0.0_f64, |low, sample| low.min(sample.left)).max(FLOOR);
    let dots = (height * 4) as f64;
    let row_of =
        |left: f64| (((1.0 - left.max(lowest)) / (1.0 - lowest) * (dots - 1.0)).round() as usize).min(height * 4 - 1);
    let mut canvas = vec![vec![0_u8; columns.len().div_ceil(2)]; height];
    let mut before = None;
    for (x, sample) in columns.iter().enumerate() {
        let row = row_of(sample.left);
        let (from, to) = before.map_or((row, row), |before: usize| (before.min(row), before.max(row)));
        // the dot of the row before is its own column's
        let joined = if before == Some(from) && from < row { from + 1..=to } else { from..=to };
        for y in if before.is_some() { joined } else { row..=row } {
            canvas[y / 4][x / 2] |= braille(x % 2, y % 4);
        }
        before = Some(row);
    }
    let zero = row_of(0.0) / 4;
    let mut lines: Vec<String> = (0..height)
        .map(|row| {
            let label = match row {
                0 => "100 %".to_owned(),
                row if row == zero => "0 %".to_owned(),
                row if row + 1 == height => format!("{:.0} %", lowest * 100.0),
                _ => String::new(),
            };
            let cell = |dots: &u8| char::from_u32(0x2800 + u32::from(*dots)).filter(|_| *dots > 0).unwrap_or(' ');
            let cells: String = canvas[row].iter().map(cell).collect();
            format!("{label:>7} ┤{cells}").trim_end().to_owned()
        })
        .collect();
    let axis: String = columns.chunks(2).map(|two| if two.iter().any(|s| s.observed) { '─' } else { '╌' }).collect();
    lines.push(format!("{:>7} └{axis}", ""));
    lines
}

/// The bit of a dot in a braille character: two columns of four.
const fn braille(x: usize, y: usize) -> u8 {
    match (x, y) {
        (0, 3) => 0x40,
        (_, 3) => 0x80,
        (0, y) => 1 << y,
        (_, y) => 8 << y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(lefts: impl IntoIterator<Item = f64>) -> Samples {
        let mut samples = Samples::default();
        for (minute, left) in (1_i64..).zip(lefts) {
            samples.add(Timestamp::from_unix_seconds(minute * 60), left, minute % 2 == 0);
        }
        samples
    }

    #[test]
    fn a_long_history_is_thinned_out_and_no_dip_is_lost() {
        let all = samples((0..1_000_000).map(|i| if i == 777_777 { -3.0 } else { 0.5 }));
        assert!(all.all().len() <= MOST && all.all().len() > MOST / 4, "{}", all.all().len());
        assert_eq!(all.all().iter().filter(|sample| sample.left < 0.0).count(), 1);
        assert!(all.all().is_sorted_by_key(|sample| sample.at));
        assert_eq!(columns(all.all(), 80).iter().filter(|sample| sample.left < 0.0).count(), 1);
    }

    #[test]
    fn a_curve_falls_from_the_upper_left_to_the_lower_right() {
        let lines = draw(samples((0..16).map(|i| 1.0 - f64::from(i) / 15.0)).all(), 17, 4);
        assert_eq!(
            lines,
            ["  100 % ┤⠑⢄", "        ┤  ⠑⢄", "        ┤    ⠑⢄", "    0 % ┤      ⠑⢄", "        └────────"]
                .map(String::from)
        );
    }

    #[test]
    fn an_overspent_budget_is_drawn_below_nothing_left() {
        let lines = draw(samples([1.0, -0.5, -70.0]).all(), 40, 6);
        assert!(lines[5].starts_with(" -100 % ┤"), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("    0 % ┤")), "{lines:?}");
        assert_eq!(draw(&[], 40, 6).len(), 7);
    }
}
