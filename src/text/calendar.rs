//! The days that people greet for, computed for any year. A weak prior: the text decides, and a
//! Christmas wish in May is a Christmas wish.

use crate::classify::Occasion;
use crate::mail::LocalDate;

/// Easter Sunday of a Gregorian year as `(month, day)`.
///
/// The anonymous Gregorian computus ("Meeus/Jones/Butcher", J. Meeus, Astronomical Algorithms,
/// chapter 8).
pub fn easter(year: i16) -> (u8, u8) {
    let year = i32::from(year);
    let a = year.rem_euclid(19);
    let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    (u8::try_from(n / 31).unwrap_or(4), u8::try_from(n % 31 + 1).unwrap_or(1))
}

/// The first Sunday of Advent, the fourth before Christmas Day, as `(month, day)`.
pub fn first_advent(year: i16) -> (u8, u8) {
    // Christmas Day is `weekday` days after a Sunday; the last Sunday before it is the 4th.
    let christmas = ordinal(year, 12, 25);
    let weekday = weekday(year, 12, 25);
    let back = if weekday == 0 { 28 } else { 21 + weekday };
    let day = christmas - back;
    let december = ordinal(year, 12, 1);
    if day >= december {
        (12, u8::try_from(day - december + 1).unwrap_or(1))
    } else {
        (11, u8::try_from(30 - (december - day - 1)).unwrap_or(30))
    }
}

/// The occasion whose season a date falls into, none outside all of them.
///
/// Advent to 26 December is Christmas, from 27 December to 20 January the New Year, from a week
/// before Easter to a week after it Easter, the week of the fourth Thursday of November
/// Thanksgiving.
pub fn season(date: LocalDate) -> Occasion {
    let day = ordinal(date.year, date.month, date.day);
    let (month, first) = first_advent(date.year);
    let advent = ordinal(date.year, month, first);
    let (month, sunday) = easter(date.year);
    let easter = ordinal(date.year, month, sunday);
    let november_first = weekday(date.year, 11, 1);
    let thanksgiving = ordinal(date.year, 11, 1) + (4 - november_first).rem_euclid(7) + 21;
    if date.month == 12 && date.day >= 27 || date.month == 1 && date.day <= 20 {
        Occasion::NewYear
    } else if day >= advent {
        Occasion::Christmas
    } else if (thanksgiving - 3..=thanksgiving + 3).contains(&day) {
        Occasion::Thanksgiving
    } else if (easter - 7..=easter + 7).contains(&day) {
        Occasion::Easter
    } else {
        Occasion::None
    }
}

/// Day of the year, counted from 1.
fn ordinal(year: i16, month: u8, day: u8) -> i32 {
    const BEFORE: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let before = BEFORE.get(usize::from(month.clamp(1, 12)) - 1).copied().unwrap_or(0);
    before + i32::from(day) + i32::from(month > 2 && is_leap(year))
}

fn is_leap(year: i16) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Day of the week, 0 is Sunday.
fn weekday(year: i16, month: u8, day: u8) -> i32 {
    let past = i32::from(year) - 1;
    let days = past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    (days + ordinal(year, month, day)).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_sundays() {
        for (year, expected) in [
            (1961, (4, 2)),
            (2000, (4, 23)),
            (2008, (3, 23)),
            (2011, (4, 24)),
            (2019, (4, 21)),
            (2024, (3, 31)),
            (2025, (4, 20)),
            (2026, (4, 5)),
            (2038, (4, 25)),
        ] {
            assert_eq!(easter(year), expected, "{year}");
        }
    }

    #[test]
    fn advent_sundays() {
        for (year, expected) in
            [(2022, (11, 27)), (2023, (12, 3)), (2024, (12, 1)), (2025, (11, 30)), (2026, (11, 29))]
        {
            assert_eq!(first_advent(year), expected, "{year}");
        }
    }

    #[track_caller]
    fn check(year: i16, month: u8, day: u8, expected: Occasion) {
        assert_eq!(season(LocalDate { year, month, day, hour: 12 }), expected);
    }

    #[test]
    fn seasons() {
        check(2025, 12, 24, Occasion::Christmas);
        check(2025, 11, 30, Occasion::Christmas);
        check(2025, 12, 31, Occasion::NewYear);
        check(2026, 1, 20, Occasion::NewYear);
        check(2026, 4, 3, Occasion::Easter);
        check(2025, 11, 27, Occasion::Thanksgiving);
        check(2026, 5, 14, Occasion::None);
        check(2026, 0, 200, Occasion::None);
    }
}
