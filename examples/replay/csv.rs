//! Counts as a table: `time,good,bad`, one row for each step.
//!
//! A row's time is the start of its step, and the step is the smallest distance between two rows, so it is known only at
//! the end. Until then the rows are kept, those of one minute summed: 24 bytes for each minute that has a row (a year at a row a minute
//! is 13 MB), however many rows lie in a minute.
//!
//! - **A step of whole minutes** is spread over its minutes in whole events, the odd ones to the earliest.
//! - **A step below a minute** is summed into the minute in which it begins. That minute was read if any row lies in it.
//! - **A missing row** leaves its minutes unobserved; a row of zeros says that there was no traffic.
//!
//! Rows lie in ascending order. A row at or before the one above it, a count that is no whole number, a time that is none: each is a
//! wrong line, and what it might have meant is unobserved. Columns stand in this order; a field may stand in quotes.

use std::fmt;

use reliability_core::slo::Tally;
use reliability_core::{Timestamp, format_duration};

use crate::lines::Line;
use crate::minutes::{Minute, spread};
use crate::time::{MINUTE_NANOS, instant, minute_of};

/// More in one row is a wrong column, not traffic.
const MOST: u64 = 1_000_000_000_000_000;
pub(crate) const NOT_ASCENDING: &str = "its time is not after that of the row above it";

/// Why a table as a whole cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TableError {
    /// It does not begin with `time,good,bad`.
    Header,
    /// The smallest distance of two rows, and where it was found.
    Step { nanos: u64, line: u64 },
    /// Every row but the first lies before the one above it.
    Backwards,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("its first line is not the header `time,good,bad`"),
            Self::Step { nanos, line } => {
                let step = format_duration(std::time::Duration::from_nanos(*nanos));
                write!(
                    f,
                    "line {line} comes {step} after the row above it, which is the smallest distance of two rows and so \
                     the step: a step divides a minute or is whole minutes"
                )
            }
            Self::Backwards => f.write_str("its rows run backwards: sort it so that the oldest row is the first"),
        }
    }
}

/// The rows read so far.
#[derive(Debug, Default)]
pub(crate) struct Table {
    minutes: Vec<Minute>,
    last: Option<Timestamp>,
    /// Nanoseconds and the line that ends it.
    step: Option<(u64, u64)>,
    disordered: u64,
}

impl Table {
    /// Whether a line is the header.
    pub(crate) fn is_header(line: Line<'_>) -> bool {
        line.is_ok_and(|line| fields(line).is_some_and(|fields| fields == ["time", "good", "bad"]))
    }

    /// Takes in the row on line `number`.
    ///
    /// # Errors
    /// If it is a wrong line.
    pub(crate) fn row(&mut self, number: u64, line: Line<'_>) -> Result<(), &'static str> {
        let [time, good, bad] = fields(line?).ok_or("it does not hold the three fields time, good and bad")?;
        let time = instant(time)?;
        let tally = Tally::new(count(good)?, count(bad)?);
        if let Some(last) = self.last {
            if time <= last {
                self.disordered += 1;
                return Err(NOT_ASCENDING);
            }
            let distance = (time.unix_nanos() - last.unix_nanos()).cast_unsigned();
            if self.step.is_none_or(|(step, _)| distance < step) {
                self.step = Some((distance, number));
            }
        }
        self.last = Some(time);
        let at = minute_of(time);
        match self.minutes.last_mut() {
            Some(minute) if minute.at == at => minute.tally = minute.tally + tally,
            _ => self.minutes.push(Minute { at, tally }),
        }
        Ok(())
    }

    /// All minutes that the rows cover.
    ///
    /// # Errors
    /// If the step neither divides a minute nor is whole minutes, or the rows run backwards.
    pub(crate) fn minutes(self) -> Result<impl Iterator<Item = Minute>, TableError> {
        if self.step.is_none() && self.disordered > 1 {
            return Err(TableError::Backwards);
        }
        let minute = MINUTE_NANOS.cast_unsigned();
        let (nanos, line) = self.step.unwrap_or((minute, 0));
        if !(nanos.is_multiple_of(minute) || minute.is_multiple_of(nanos)) {
            return Err(TableError::Step { nanos, line });
        }
        let step = (nanos / minute).max(1).cast_signed();
        Ok(self.minutes.into_iter().flat_map(move |row| spread(row.at, row.tally, step)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }
}

fn fields(line: &[u8]) -> Option<[&str; 3]> {
    let mut fields = str::from_utf8(line).ok()?.split(',').map(|field| {
        let field = field.trim();
        field.strip_prefix('"').and_then(|field| field.strip_suffix('"')).unwrap_or(field)
    });
    let three = [fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(three)
}

fn count(field: &str) -> Result<u64, &'static str> {
    let digits = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit());
    let count = if digits { field.parse().ok() } else { None };
    count.filter(|count| *count <= MOST).ok_or("a count is a whole number from 0 to 10^15")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rows = Result<Vec<(i64, u64, u64)>, TableError>;

    fn read(rows: &[&str]) -> (Rows, Vec<(u64, &'static str)>) {
        let mut table = Table::default();
        let mut wrong = Vec::new();
        for (number, row) in (2..).zip(rows) {
            if let Err(why) = table.row(number, Ok(row.as_bytes())) {
                wrong.push((number, why));
            }
        }
        let minutes = table.minutes().map(|all| all.map(|m| (m.at, m.tally.good, m.tally.bad)).collect());
        (minutes, wrong)
    }

    fn minutes(rows: &[&str]) -> Vec<(i64, u64, u64)> {
        let (minutes, wrong) = read(rows);
        assert_eq!(wrong, []);
        minutes.unwrap()
    }

    #[test]
    fn a_header_may_be_quoted_and_spaced_and_nothing_else() {
        for header in ["time,good,bad", " time , good,bad", "\"time\",\"good\",\"bad\""] {
            assert!(Table::is_header(Ok(header.as_bytes())), "{header}");
        }
        for header in ["time,good", "time,good,bad,", "good,bad,time", "Zeit,gut,schlecht", "1,2,3", ""] {
            assert!(!Table::is_header(Ok(header.as_bytes())), "{header}");
        }
    }

    #[test]
    fn the_smallest_distance_is_the_step() {
        assert_eq!(minutes(&["0,7,1"]), [(0, 7, 1)]);
        assert_eq!(minutes(&["0,7,1", "60,8,0", "240,9,0"]), [(0, 7, 1), (1, 8, 0), (4, 9, 0)]);
        let spread = [(0, 4, 1), (1, 3, 0), (2, 4, 0), (3, 4, 0), (10, 5, 0), (11, 4, 0)];
        assert_eq!(minutes(&["0,7,1", "120,8,0", "600,9,0"]), spread);
    }

    #[test]
    fn steps_below_a_minute_are_summed_into_the_minute_in_which_they_begin() {
        let rows = ["0,1,0", "15,1,0", "30,1,1", "45,1,0", "60,5,0", "165,2,2"];
        assert_eq!(minutes(&rows), [(0, 4, 1), (1, 5, 0), (2, 2, 2)]);
        assert_eq!(minutes(&["0.0,1,0", "0.5,1,0"]), [(0, 2, 0)]);
    }

    #[test]
    fn a_step_that_neither_divides_a_minute_nor_is_whole_minutes_is_refused_by_line() {
        for (rows, nanos, line) in [
            (&["0,1,0", "90,1,0", "300,1,0"][..], 90_000_000_000, 3),
            (&["0,1,0", "60,1,0", "67,1,0"], 7_000_000_000, 4),
        ] {
            assert_eq!(read(rows).0, Err(TableError::Step { nanos, line }));
        }
    }

    #[test]
    fn a_row_that_is_not_after_the_one_above_is_wrong_and_counts_nothing() {
        let (minutes, wrong) = read(&["0,1,0", "60,1,0", "60,9,9", "0,9,9", "120,1,0"]);
        assert_eq!(minutes, Ok(vec![(0, 1, 0), (1, 1, 0), (2, 1, 0)]));
        assert_eq!(wrong, [(4, NOT_ASCENDING), (5, NOT_ASCENDING)]);
        assert_eq!(read(&["120,1,0", "60,1,0", "0,1,0"]).0, Err(TableError::Backwards));
    }

    #[test]
    fn a_row_that_is_none_is_wrong() {
        for row in
            ["", "0", "0,1", "0,1,1,1", "0,-1,0", "0,1.5,0", "0,,0", "0,+1,0", "x,1,1", "0,1,9999999999999999999"]
        {
            assert_eq!(read(&[row]).1.len(), 1, "{row}");
        }
        assert!(Table::default().row(2, Ok(b"0,\xFF,1")).is_err());
    }
}
