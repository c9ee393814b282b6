//! Times as Django keeps them on SQLite: text, `YYYY-MM-DD HH:MM:SS.ffffff`, in UTC.

use jiff::tz::TimeZone;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};

use crate::clock::Timestamp;

/// A time in a column. Python leaves the fraction out where there is none, and so does this: the
/// texts of both then order as the times do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DjangoTime(pub(super) Timestamp);

impl DjangoTime {
    /// The time `seconds` after the epoch, or the last one that Python knows.
    pub(super) fn from_second(seconds: i64) -> Self {
        Self(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
    }

    fn to_text(self) -> String {
        let has_fraction = self.0.as_microsecond() % 1_000_000 != 0;
        let format = if has_fraction {
            "%Y-%m-%d %H:%M:%S.%6f"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        self.0.to_zoned(TimeZone::UTC).strftime(format).to_string()
    }
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
        let time: jiff::civil::DateTime = text.parse()?;
        Ok(Self(time.to_zoned(TimeZone::UTC)?.timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_django_writes_them() {
        let whole = DjangoTime::from_second(1_700_000_000);
        assert_eq!(whole.to_text(), "2023-11-14 22:13:20");
        let fraction = Timestamp::from_microsecond(1_700_000_000_000_042).unwrap();
        assert_eq!(DjangoTime(fraction).to_text(), "2023-11-14 22:13:20.000042");
    }
}
