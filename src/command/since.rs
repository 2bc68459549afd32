//! Moments as people name them: `2h` ago, a date, an instant.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A moment in the past.
#[derive(Debug, Clone, Copy)]
pub enum Since {
    /// So long ago.
    Ago(Span),
    /// The beginning of a day, where the owner is.
    Day(Date),
    /// An instant.
    At(Timestamp),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(instant) = text.parse() {
            return Ok(Since::At(instant));
        }
        // A date with a time of day and without an offset would be read as its date.
        if let Ok(day) = text.parse()
            && !text.contains(['T', ' '])
        {
            return Ok(Since::Day(day));
        }
        match text.parse::<Span>() {
            Ok(span) if span.is_positive() => Ok(Since::Ago(span)),
            _ => Err("expected a time such as 2h, 30m or 3d, or a date such as 2026-12-24".into()),
        }
    }
}

impl Since {
    /// The moment, seen from `now` at a place with this time zone. What is out of all bounds is the
    /// beginning of time.
    pub fn moment(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let moment = match self {
            Since::Ago(span) => now.to_zoned(zone.clone()).checked_sub(*span),
            Since::Day(day) => day.to_zoned(zone.clone()),
            Since::At(instant) => return *instant,
        };
        moment.map_or(Timestamp::MIN, |it| it.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let now: Timestamp = "2026-12-24T18:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let moment = text.parse::<Since>().ok().map(|it| it.moment(now, &zone).to_string());
        assert_eq!(moment.as_deref(), expected, "{text}");
    }

    #[test]
    fn moments_as_people_name_them() {
        check("2h", Some("2026-12-24T16:00:00Z"));
        check("30m", Some("2026-12-24T17:30:00Z"));
        check("3d", Some("2026-12-21T18:00:00Z"));
        check("1w 1d", Some("2026-12-16T18:00:00Z"));
        check("2026-12-24", Some("2026-12-23T23:00:00Z"));
        check("2026-07-01", Some("2026-06-30T22:00:00Z"));
        check("2026-12-24T12:00:00+01:00", Some("2026-12-24T11:00:00Z"));
        check("15000y", Some("-009999-01-02T01:59:59Z"));
        for text in ["", "2", "-2h", "2h ago", "0h", "yesterday", "2026-13-01", "2026-12-24T12:00"]
        {
            check(text, None);
        }
    }
}
