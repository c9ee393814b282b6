//! Lengths of time as people read them.

/// A length that does not change: `10 s`, `5 min`, `1 d`.
pub(crate) fn whole(milliseconds: i64) -> String {
    let seconds = milliseconds / 1_000;
    match seconds {
        _ if milliseconds % 1_000 != 0 => left(Some(milliseconds)),
        0..120 => format!("{seconds} s"),
        _ if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        _ if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        _ if seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ => left(Some(milliseconds)),
    }
}

/// Formats a remaining time: `9.4 s`, `4 min 12 s`, `23 h 59 min`, `6 d 23 h`; a dash if it is
/// unknown.
pub(crate) fn left(milliseconds: Option<i64>) -> String {
    let Some(milliseconds) = milliseconds else {
        return "\u{2013}".to_owned();
    };
    let seconds = milliseconds / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..100 => format!("{seconds}.{} s", milliseconds % 1_000 / 100),
        100..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::{left, whole};

    #[test]
    fn a_countdown_is_read_in_its_two_largest_units() {
        let read = [9_449, 252_000, 86_399_000, 604_799_000].map(|time| left(Some(time)));
        assert_eq!(read, ["9.4 s", "4 min 12 s", "23 h 59 min", "6 d 23 h"]);
        assert_eq!(left(None), "\u{2013}");
    }

    #[test]
    fn a_lifetime_is_read_in_one_unit_where_it_fits() {
        let read = [10_000, 90_000, 300_000, 3_600_000, 86_400_000, 3_700_000].map(whole);
        assert_eq!(read, ["10 s", "90 s", "5 min", "1 h", "1 d", "1 h 1 min"]);
    }
}
