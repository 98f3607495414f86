//! The first local midnights of the months from December 2025 to February 2027 in four zones, written by hand in UTC from
//! the rules of daylight saving: the European Union changes at 01:00 UTC on the last Sundays of March and October (2026:
//! the 29th and the 25th), the United States at 02:00 local time on the second Sunday of March and the first of November
//! (2026: the 8th and the 1st, after that month's midnight), India never.

use std::sync::LazyLock;

const MONTHS: usize = 15;

const TABLE: [(&str, [&str; MONTHS]); 4] = [
    (
        "UTC",
        [
            "2025-12-01 00:00",
            "2026-01-01 00:00",
            "2026-02-01 00:00",
            "2026-03-01 00:00",
            "2026-04-01 00:00",
            "2026-05-01 00:00",
            "2026-06-01 00:00",
            "2026-07-01 00:00",
            "2026-08-01 00:00",
            "2026-09-01 00:00",
            "2026-10-01 00:00",
            "2026-11-01 00:00",
            "2026-12-01 00:00",
            "2027-01-01 00:00",
            "2027-02-01 00:00",
        ],
    ),
    (
        "Europe/Paris",
        [
            "2025-11-30 23:00",
            "2025-12-31 23:00",
            "2026-01-31 23:00",
            "2026-02-28 23:00",
            "2026-03-31 22:00",
            "2026-04-30 22:00",
            "2026-05-31 22:00",
            "2026-06-30 22:00",
            "2026-07-31 22:00",
            "2026-08-31 22:00",
            "2026-09-30 22:00",
            "2026-10-31 23:00",
            "2026-11-30 23:00",
            "2026-12-31 23:00",
            "2027-01-31 23:00",
        ],
    ),
    (
        "America/New_York",
        [
            "2025-12-01 05:00",
            "2026-01-01 05:00",
            "2026-02-01 05:00",
            "2026-03-01 05:00",
            "2026-04-01 04:00",
            "2026-05-01 04:00",
            "2026-06-01 04:00",
            "2026-07-01 04:00",
            "2026-08-01 04:00",
            "2026-09-01 04:00",
            "2026-10-01 04:00",
            "2026-11-01 04:00",
            "2026-12-01 05:00",
            "2027-01-01 05:00",
            "2027-02-01 05:00",
        ],
    ),
    (
        "Asia/Kolkata",
        [
            "2025-11-30 18:30",
            "2025-12-31 18:30",
            "2026-01-31 18:30",
            "2026-02-28 18:30",
            "2026-03-31 18:30",
            "2026-04-30 18:30",
            "2026-05-31 18:30",
            "2026-06-30 18:30",
            "2026-07-31 18:30",
            "2026-08-31 18:30",
            "2026-09-30 18:30",
            "2026-10-31 18:30",
            "2026-11-30 18:30",
            "2026-12-31 18:30",
            "2027-01-31 18:30",
        ],
    ),
];

pub(crate) const ZONES: usize = TABLE.len();

pub(crate) fn name(zone: usize) -> &'static str {
    TABLE[zone].0
}

/// The month's first midnight in minutes since 1970; month 0 is December 2025.
pub(crate) fn month(zone: usize, month: usize) -> i64 {
    static MINUTES: LazyLock<[[i64; MONTHS]; ZONES]> = LazyLock::new(|| TABLE.map(|(_, months)| months.map(minute_of)));
    MINUTES[zone][month]
}

/// The first minute of the month that contains `t`, and of the next one.
pub(crate) fn month_at(zone: usize, t: i64) -> (i64, i64) {
    let i = (0..MONTHS).rfind(|i| month(zone, *i) <= t).expect("the table begins before every history");
    (month(zone, i), month(zone, i + 1))
}

/// Minutes since 1970 of a time such as `2026-03-10 00:00`, counted day by day.
pub(crate) fn minute_of(text: &str) -> i64 {
    let mut parts = text.split(['-', ' ', ':']).map(|part| part.parse::<i64>().expect("a number"));
    let mut next = || parts.next().expect("five parts");
    let (year, month, day, hour, minute) = (next(), next(), next(), next(), next());
    let leap = |year: i64| i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    let years: i64 = (1970..year).map(|year| 365 + leap(year)).sum();
    let lengths = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths[..month as usize - 1].iter().sum();
    ((years + months + day - 1) * 24 + hour) * 60 + minute
}

#[test]
fn march_2026_has_the_minutes_that_the_conventions_give() {
    let minutes = |zone: usize| month(zone, 4) - month(zone, 3);
    assert_eq!([0, 1, 2, 3].map(minutes), [44_640, 44_580, 44_580, 44_640]);
    assert_eq!(minute_of("2026-03-10 00:00") * 60, 1_773_100_800);
    // October has an hour more in Paris, November in New York
    assert_eq!([0, 1, 2, 3].map(|zone| month(zone, 11) - month(zone, 10)), [44_640, 44_700, 44_640, 44_640]);
    assert_eq!([0, 1, 2, 3].map(|zone| month(zone, 12) - month(zone, 11)), [43_200, 43_200, 43_260, 43_200]);
}
