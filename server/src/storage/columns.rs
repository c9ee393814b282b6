//! Columns of Django's tables, read as leniently as Django reads them. SQLite stores any value in
//! any column, and other programs write these tables, too.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};
use sqlx::sqlite::{Sqlite, SqliteTypeInfo, SqliteValueRef};

use crate::clock::Timestamp;
use crate::storage::django_time::DjangoTime;

/// A time, or `None` for a value that holds none.
pub(super) struct LenientTime(pub(super) Option<Timestamp>);

/// A boolean. On SQLite the text `1` alone is true, as in Django's converter.
pub(super) struct LenientBool(pub(super) bool);

/// A text. Bytes that are no UTF-8, as a PostgreSQL database in SQL_ASCII or a SQLite file may hold,
/// become U+FFFD.
pub(super) struct LenientText(pub(super) String);

/// Implements [`sqlx::Type`]: any value of SQLite, and on PostgreSQL the type that is named.
macro_rules! types {
    ($($lenient:ty as $strict:ty;)+) => {$(
        impl sqlx::Type<Sqlite> for $lenient {
            fn type_info() -> SqliteTypeInfo {
                <$strict as sqlx::Type<Sqlite>>::type_info()
            }

            fn compatible(_: &SqliteTypeInfo) -> bool {
                true
            }
        }

        impl sqlx::Type<Postgres> for $lenient {
            fn type_info() -> PgTypeInfo {
                <$strict as sqlx::Type<Postgres>>::type_info()
            }

            fn compatible(info: &PgTypeInfo) -> bool {
                <$strict as sqlx::Type<Postgres>>::compatible(info)
            }
        }
    )+};
}

types! {
    LenientTime as DjangoTime;
    LenientBool as bool;
    LenientText as String;
}

/// Returns the value as text, for every storage class.
fn bytes_of<'r>(value: SqliteValueRef<'r>) -> Result<&'r [u8], BoxDynError> {
    <&[u8] as sqlx::Decode<'r, Sqlite>>::decode(value)
}

impl<'r> sqlx::Decode<'r, Sqlite> for LenientTime {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let time = <DjangoTime as sqlx::Decode<'r, Sqlite>>::decode(value);
        Ok(Self(time.ok().map(|time| time.0)))
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for LenientTime {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let time = <DjangoTime as sqlx::Decode<'r, Postgres>>::decode(value)?;
        Ok(Self(Some(time.0)))
    }
}

impl<'r> sqlx::Decode<'r, Sqlite> for LenientBool {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(bytes_of(value)? == b"1"))
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for LenientBool {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <bool as sqlx::Decode<'r, Postgres>>::decode(value).map(Self)
    }
}

impl<'r> sqlx::Decode<'r, Sqlite> for LenientText {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(String::from_utf8_lossy(bytes_of(value)?).into_owned()))
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for LenientText {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let bytes = value.as_bytes()?;
        Ok(Self(String::from_utf8_lossy(bytes).into_owned()))
    }
}
