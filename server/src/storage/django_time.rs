//! Times as Django keeps them: on SQLite as text, `YYYY-MM-DD HH:MM:SS.ffffff` in UTC; on
//! Postgres as `timestamptz`. Both to the microsecond.

use jiff::tz::TimeZone;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};

use crate::clock::Timestamp;
use crate::storage::sqlite_datetime;

/// The type `timestamptz` of Postgres.
const TIMESTAMPTZ: PgTypeInfo = PgTypeInfo::with_oid(Oid(1184));

/// Microseconds from the beginning of 1970 to that of 2000, from which Postgres counts.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// The beginning of the year 1.
const FIRST_OF_PYTHON: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// A time in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DjangoTime(pub(super) Timestamp);

impl DjangoTime {
    /// Python leaves the fraction out where there is none, and so does this: the texts of both
    /// then order as the times do.
    fn to_text(self) -> String {
        let has_fraction = self.0.as_microsecond() % 1_000_000 != 0;
        let format = if has_fraction {
            "%Y-%m-%d %H:%M:%S.%6f"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        self.0.to_zoned(TimeZone::UTC).strftime(format).to_string()
    }

    /// `infinity` and years beyond ours are the first or the last time that there is.
    fn from_postgres(microseconds: i64) -> Self {
        let time = microseconds
            .checked_add(POSTGRES_EPOCH)
            .and_then(|time| Timestamp::from_microsecond(time).ok());
        let end = if microseconds < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        Self(time.unwrap_or(end))
    }
}

/// The time `seconds` after the epoch, or the last one that Python knows.
pub(super) fn time_of(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// Returns the time, or `None` before the year 1: Python has no such years, and Django fails to
/// read the row.
pub(super) fn known_to_python(time: Timestamp) -> Option<Timestamp> {
    (time >= FIRST_OF_PYTHON).then_some(time)
}

impl sqlx::Type<Sqlite> for DjangoTime {
    fn type_info() -> SqliteTypeInfo {
        <str as sqlx::Type<Sqlite>>::type_info()
    }

    fn compatible(_: &SqliteTypeInfo) -> bool {
        // SQLite calls a column what its declaration calls it; the decoder says what does not fit.
        true
    }
}

impl<'q> sqlx::Encode<'q, Sqlite> for DjangoTime {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <String as sqlx::Encode<'q, Sqlite>>::encode(self.to_text(), buffer)
    }
}

impl<'r> sqlx::Decode<'r, Sqlite> for DjangoTime {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <&str as sqlx::Decode<'r, Sqlite>>::decode(value)?;
        let time = sqlite_datetime::parse(text).ok_or("Django reads no time from it")?;
        Ok(Self(time))
    }
}

impl sqlx::Type<Postgres> for DjangoTime {
    fn type_info() -> PgTypeInfo {
        TIMESTAMPTZ
    }
}

impl<'q> sqlx::Encode<'q, Postgres> for DjangoTime {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let microseconds = self.0.as_microsecond() - POSTGRES_EPOCH;
        <i64 as sqlx::Encode<'q, Postgres>>::encode(microseconds, buffer)
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for DjangoTime {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let microseconds = <i64 as sqlx::Decode<'r, Postgres>>::decode(value)?;
        Ok(Self::from_postgres(microseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_django_writes_them() {
        let whole = DjangoTime(time_of(1_700_000_000));
        assert_eq!(whole.to_text(), "2023-11-14 22:13:20");
        let fraction = Timestamp::from_microsecond(1_700_000_000_000_042).unwrap();
        assert_eq!(DjangoTime(fraction).to_text(), "2023-11-14 22:13:20.000042");
    }

    #[test]
    fn the_ends_of_time_on_postgres_are_those_of_ours() {
        assert_eq!(DjangoTime::from_postgres(i64::MAX).0, Timestamp::MAX);
        assert_eq!(DjangoTime::from_postgres(i64::MIN).0, Timestamp::MIN);
        let epoch = DjangoTime::from_postgres(-POSTGRES_EPOCH);
        assert_eq!(epoch.0, Timestamp::UNIX_EPOCH);
    }
}
