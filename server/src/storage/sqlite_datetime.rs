//! Reads a date and time from a text as Django does from a SQLite column: Python's
//! `datetime.fromisoformat` (3.11 and newer) first, then the pattern of
//! `django.utils.dateparse.parse_datetime`.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::TimeZone;
use regex::Regex;

use crate::clock::{Duration, Timestamp};

/// Seconds in a day: an offset from UTC is shorter.
const DAY: i64 = 86_400;

/// The pattern of `parse_datetime`, which takes months, days and hours of one digit, too.
static DJANGO: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})[T ]([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.,]([0-9]{1,6})[0-9]{0,6})?)?\s*(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?)?\n?$";
    Regex::new(pattern).expect("the pattern is valid")
});

/// A wall clock's date and time, with its offset from UTC.
struct Reading {
    time: DateTime,
    /// Zero where the text names none: Django takes such a time for UTC.
    offset: Duration,
}

/// Returns the moment that a text names, to the microsecond. A moment past the last one that
/// [`Timestamp`] holds becomes that one.
///
/// Returns `None` where Django finds no time in the text, or fails.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let Reading { time, offset } = from_iso_format(text).or_else(|| from_pattern(text))?;
    let zoned = time.to_zoned(TimeZone::UTC);
    // Python's last day is later than jiff's.
    let moment = zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp());
    Some(moment.checked_sub(offset).unwrap_or(Timestamp::MAX))
}

/// Python's `datetime.fromisoformat`.
fn from_iso_format(text: &str) -> Option<Reading> {
    let end_of_date = end_of_date(text.as_bytes())?;
    let (date, rest) = text.split_at_checked(end_of_date.min(text.len()))?;
    let date = iso_date(date)?;
    let mut rest = rest.chars();
    // Any one character may separate the two.
    let (time, offset) = match rest.next() {
        None => (Time::midnight(), Duration::ZERO),
        Some(_) => time_and_offset(rest.as_str())?,
    };
    let time = date.to_datetime(time);
    Some(Reading { time, offset })
}

/// Returns the index after the date, by the rules of `_find_isoformat_datetime_separator` in
/// CPython. `None` if the text is too short for a date.
fn end_of_date(text: &[u8]) -> Option<usize> {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    if text.len() < 7 {
        return None;
    }
    let end = match (text[4], text[5]) {
        // YYYY-Www, or YYYY-Www-D; before two digits the dash is taken for the separator.
        (b'-', b'W') if text.get(8) == Some(&b'-') && !is_digit(10) => 10,
        (b'-', b'W') => 8,
        (b'-', _) => 10,
        // YYYYWww, or YYYYWwwD.
        (b'W', _) => {
            let digits = (7..text.len()).take_while(|at| is_digit(*at)).count();
            match digits {
                0 | 1 => 7 + digits,
                _ if digits % 2 == 0 => 8,
                _ => 7,
            }
        }
        _ => 8,
    };
    Some(end)
}

/// A date in the forms `2026-01-02`, `20260102`, `2026-W01-5`, `2026-W01`, `2026W015`, `2026W01`.
fn iso_date(text: &str) -> Option<Date> {
    let year = number(text.get(..4)?)?;
    let rest = &text[4..];
    let has_dashes = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let dash = usize::from(has_dashes);
    let Some(week) = rest.strip_prefix('W') else {
        let month = number(rest.get(..2)?)?;
        let day = rest.get(2..2 + dash + 2)?;
        let is_whole = rest.len() == 4 + dash && day.starts_with('-') == has_dashes;
        return date(year, month, number(&day[dash..])?).filter(|_| is_whole);
    };
    let day = match week.get(2..)? {
        "" => 1,
        day if day.starts_with('-') == has_dashes && day.len() == 1 + dash => number(&day[dash..])?,
        _ => return None,
    };
    let weekday = Weekday::from_monday_one_offset(i8::try_from(day).ok()?).ok()?;
    let week = i8::try_from(number(&week[..2])?).ok()?;
    let date = ISOWeekDate::new(i16::try_from(year).ok()?, week, weekday).ok()?;
    Some(date.date()).filter(|_| year >= 1)
}

/// Parses a time and its suffix: none, `Z`, or an offset in the form of a time.
fn time_and_offset(text: &str) -> Option<(Time, Duration)> {
    let zone = text.find(['+', '-', 'Z']);
    let (clock, zone) = text.split_at(zone.unwrap_or(text.len()));
    let (seconds, micros) = iso_clock(clock, !zone.is_empty())?;
    let [hour, minute, second] = seconds;
    let time = time(hour, minute, second, micros)?;
    if zone.is_empty() || zone == "Z" {
        return Some((time, Duration::ZERO));
    }
    let ([hours, minutes, seconds], micros) = iso_clock(&zone[1..], false)?;
    let offset = offset(zone.starts_with('-'), hours, minutes, seconds, micros)?;
    Some((time, offset))
}

/// `HH`, `HH:MM`, `HH:MM:SS` or the same without colons, each with a fraction or without: the three
/// numbers and the microseconds. Before a zone the fraction may be empty.
fn iso_clock(text: &str, is_before_zone: bool) -> Option<([i64; 3], i64)> {
    let mut parts = [0; 3];
    let mut rest = text;
    let mut has_colons = false;
    for (place, part) in parts.iter_mut().enumerate() {
        *part = number(rest.get(..2)?)?;
        rest = &rest[2..];
        if place == 0 {
            has_colons = rest.starts_with(':');
        }
        if rest.is_empty() {
            return Some((parts, 0));
        }
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let is_empty = fraction.is_empty() && is_before_zone;
            let micros = if is_empty { 0 } else { microseconds(fraction)? };
            return Some((parts, micros));
        }
        if has_colons {
            rest = rest.strip_prefix(':')?;
        }
    }
    None
}

/// The pattern of Django's `parse_datetime`.
fn from_pattern(text: &str) -> Option<Reading> {
    let found = DJANGO.captures(text)?;
    let part = |place: usize| found.get(place).map(|part| part.as_str());
    let value = |place: usize| part(place).map_or(Some(0), number);
    let micros = part(7).map_or(Some(0), microseconds)?;
    let time = date(value(1)?, value(2)?, value(3)?)?.to_datetime(time(
        value(4)?,
        value(5)?,
        value(6)?,
        micros,
    )?);
    let offset = offset(part(9) == Some("-"), value(10)?, value(11)?, 0, 0)?;
    Some(Reading { time, offset })
}

/// A number of ASCII digits alone.
fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The microseconds of a fraction; digits beyond the sixth are cut off.
fn microseconds(fraction: &str) -> Option<i64> {
    number(fraction)?;
    number(&format!("{fraction:0<6}")[..6])
}

fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    let [month, day] = [month, day].map(i8::try_from);
    let date = Date::new(i16::try_from(year).ok()?, month.ok()?, day.ok()?);
    // Python knows no year 0.
    date.ok().filter(|_| year >= 1)
}

fn time(hour: i64, minute: i64, second: i64, micros: i64) -> Option<Time> {
    let [hour, minute, second] = [hour, minute, second].map(i8::try_from);
    let nanos = i32::try_from(micros * 1_000).ok()?;
    // jiff takes a leap second for the one before it; Python refuses it.
    let second = second.ok().filter(|second| *second < 60)?;
    Time::new(hour.ok()?, minute.ok()?, second, nanos).ok()
}

/// Returns an offset from UTC; `None` if it is a day or longer. Python reads an offset below one
/// second as zero.
fn offset(is_west: bool, hours: i64, minutes: i64, seconds: i64, micros: i64) -> Option<Duration> {
    let seconds = hours * 3_600 + minutes * 60 + seconds;
    let micros = if seconds == 0 { 0 } else { micros };
    let offset = Duration::from_secs(seconds) + Duration::from_micros(micros);
    let offset = if is_west { -offset } else { offset };
    (seconds < DAY).then_some(offset)
}
