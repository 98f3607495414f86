//! When a calendar period begins and ends.
//!
//! Months differ in length and a change of the clocks makes days of 23 and 25 hours, so the instants come from the IANA zone
//! data (by `jiff`). The data is compiled in: the same binary judges alike on every machine, and no file is read. A
//! period begins at the first instant of its first local day, which is not midnight where the clocks skip it.
//!
//! Asked once for each period, never on the request path.
//!
//! Layer 0: imports clock, spec.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::spec::{CalendarUnit, Zone};

/// A window names a time zone that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneError(pub(crate) Zone);

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there is no time zone {:?}: name one of the IANA database, such as \"Europe/Paris\" or \"UTC\"",
            self.0
        )
    }
}

impl std::error::Error for ZoneError {}

/// The first instant of the period that contains `at`, and that of the next one.
///
/// # Errors
/// If there is no such zone.
pub(crate) fn period(unit: CalendarUnit, zone: Zone, at: Timestamp) -> Result<(Timestamp, Timestamp), ZoneError> {
    let tz = TimeZone::get(zone.as_str()).map_err(|_| ZoneError(zone))?;
    let instant = jiff::Timestamp::from_nanosecond(at.unix_nanos().into());
    let today = instant.map_err(|_| ZoneError(zone))?.to_zoned(tz.clone()).date();
    let (first, next) = days(unit, today).map_err(|_| ZoneError(zone))?;
    let begins = |day: Date| -> Result<Timestamp, ZoneError> {
        let begins = day.to_zoned(tz.clone()).map_err(|_| ZoneError(zone))?;
        Ok(Timestamp::from_unix_seconds(begins.timestamp().as_second()))
    };
    Ok((begins(first)?, begins(next)?))
}

/// The first day of the unit that contains `day`, and of the next one.
fn days(unit: CalendarUnit, day: Date) -> Result<(Date, Date), jiff::Error> {
    match unit {
        CalendarUnit::Week => {
            let monday = day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days())?;
            Ok((monday, monday.checked_add(7.days())?))
        }
        CalendarUnit::Month => {
            let first = day.first_of_month();
            Ok((first, first.checked_add(1.month())?))
        }
        CalendarUnit::Quarter => {
            let into = i64::from((day.month() - 1) % 3);
            let first = day.first_of_month().checked_sub(into.months())?;
            Ok((first, first.checked_add(3.months())?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(unit: CalendarUnit, zone: &str, at: i64) -> i64 {
        let (from, to) = period(unit, Zone::new(zone).unwrap(), Timestamp::from_unix_seconds(at)).unwrap();
        assert!(from.unix_seconds() <= at && at < to.unix_seconds());
        (to.unix_seconds() - from.unix_seconds()) / 60
    }

    #[test]
    fn march_2026_is_an_hour_shorter_where_the_clocks_change() {
        let tenth = 1_773_100_800;
        assert_eq!(minutes(CalendarUnit::Month, "Europe/Paris", tenth), 44_580);
        assert_eq!(minutes(CalendarUnit::Month, "America/New_York", tenth), 44_580);
        assert_eq!(minutes(CalendarUnit::Month, "UTC", tenth), 44_640);
        assert_eq!(minutes(CalendarUnit::Month, "Asia/Kolkata", tenth), 44_640);
        assert_eq!(minutes(CalendarUnit::Quarter, "Europe/Paris", tenth), 90 * 1_440 - 60);
        assert_eq!(minutes(CalendarUnit::Week, "UTC", tenth), 7 * 1_440);
    }

    #[test]
    fn a_month_of_india_begins_at_half_past_six_in_the_evening_before() {
        let zone = Zone::new("Asia/Kolkata").unwrap();
        let (from, to) = period(CalendarUnit::Month, zone, Timestamp::from_unix_seconds(1_773_100_800)).unwrap();
        assert_eq!((from.to_string(), to.to_string()), ("2026-02-28T18:30:00Z".into(), "2026-03-31T18:30:00Z".into()));
    }

    #[test]
    fn a_month_begins_at_one_where_the_clocks_skip_its_midnight() {
        // the clocks of Jordan went from 0:00 to 1:00 on Friday, 1 April 2022
        let zone = Zone::new("Asia/Amman").unwrap();
        let skipped = Timestamp::from_unix_seconds(1_647_000_000); // in March 2022
        let (_, next) = period(CalendarUnit::Month, zone, skipped).unwrap();
        assert_eq!(next.to_string(), "2022-03-31T21:00:00Z");
    }

    #[test]
    fn an_unknown_zone_is_named() {
        let zone = Zone::new("Europe/Pari").unwrap();
        let error = period(CalendarUnit::Month, zone, Timestamp::from_unix_seconds(0)).unwrap_err();
        assert!(error.to_string().contains("\"Europe/Pari\""), "{error}");
    }
}
