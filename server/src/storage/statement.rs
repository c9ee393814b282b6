//! A statement of SQL with its parameters, written once for both engines.

use std::borrow::Cow;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::UserId;
use crate::storage::django_time::DjangoTime;
use crate::storage::tables::{KeyKind, Tables};

/// A statement with its parameters. Both engines understand `$1`.
#[derive(Clone)]
pub(super) struct Statement {
    sql: Cow<'static, str>,
    /// The text for PostgreSQL, if it differs.
    on_postgres: Option<Cow<'static, str>>,
    values: Vec<Value>,
    /// `true` once the placeholders are filled.
    is_filled: bool,
    /// The kind of the keys of [`Statement::key`].
    key: KeyKind,
}

/// A parameter of a statement.
#[derive(Clone)]
enum Value {
    Integer(Option<i64>),
    Uuid(Option<Uuid>),
    Text(String),
    Bool(bool),
    Time(Option<DjangoTime>),
}

/// Returns a statement of a template that was put together from placeholders.
pub(super) fn template(sql: String) -> Statement {
    Statement {
        sql: Cow::Owned(sql),
        ..self::sql("")
    }
}

/// Returns a statement whose placeholders are filled already.
pub(super) fn filled(sql: String) -> Statement {
    Statement {
        is_filled: true,
        ..template(sql)
    }
}

/// Returns a statement without parameters.
pub(super) fn sql(sql: &'static str) -> Statement {
    Statement {
        sql: Cow::Borrowed(sql),
        on_postgres: None,
        values: Vec::new(),
        is_filled: false,
        key: KeyKind::Integer,
    }
}

impl Statement {
    /// Sets the text for PostgreSQL, where concurrent writers make row locks necessary.
    pub(super) fn on_postgres(self, sql: &'static str) -> Self {
        Self {
            on_postgres: Some(Cow::Borrowed(sql)),
            ..self
        }
    }

    /// The next value: a whole number, or NULL.
    pub(super) fn integer(self, value: impl Into<Option<i64>>) -> Self {
        self.with(Value::Integer(value.into()))
    }

    /// Fills the placeholders of the tables, once.
    pub(super) fn of(self, tables: &Tables) -> Self {
        let fill = |sql: Cow<'static, str>| match sql.contains('{') {
            true if !self.is_filled => Cow::Owned(tables.fill(&sql)),
            _ => sql,
        };
        Self {
            sql: fill(self.sql),
            on_postgres: self.on_postgres.map(fill),
            is_filled: true,
            key: tables.key,
            ..self
        }
    }

    /// The next value: a key of the user's table, or NULL.
    pub(super) fn key(self, value: impl Into<Option<UserId>>) -> Self {
        let value = match (value.into(), self.key) {
            (Some(UserId::Integer(id)), _) => Value::Integer(Some(id)),
            (Some(UserId::Uuid(id)), _) => Value::Uuid(Some(id)),
            (None, KeyKind::Integer) => Value::Integer(None),
            (None, KeyKind::Uuid | KeyKind::HexUuid) => Value::Uuid(None),
        };
        self.with(value)
    }

    /// The next value: a user, as Signet's own tables refer to one.
    pub(super) fn user(self, user: UserId) -> Self {
        match user {
            UserId::Integer(id) => self.integer(id),
            UserId::Uuid(_) => self.text(user.to_string()),
        }
    }

    /// The next value: a text.
    pub(super) fn text(self, value: impl Into<String>) -> Self {
        self.with(Value::Text(value.into()))
    }

    /// The next value: true or false.
    pub(super) fn bool(self, value: bool) -> Self {
        self.with(Value::Bool(value))
    }

    /// The next value: a time, or NULL.
    pub(super) fn time(self, value: impl Into<Option<Timestamp>>) -> Self {
        self.with(Value::Time(value.into().map(DjangoTime)))
    }

    /// Whether an encoding may lack a character of its values.
    pub(super) fn is_beyond_ascii(&self) -> bool {
        let is_beyond = |value: &Value| matches!(value, Value::Text(text) if !text.is_ascii());
        self.values.iter().any(is_beyond)
    }

    fn with(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }
}

/// Gives a query of either engine the values of a statement. `$uuid` is the form in which the engine
/// stores a uuid.
macro_rules! bind {
    ($query:expr, $values:expr, $uuid:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Integer(value) => query.bind(value),
                Value::Uuid(value) => query.bind(value.map($uuid)),
                Value::Text(value) => query.bind(value),
                Value::Bool(value) => query.bind(value),
                Value::Time(value) => query.bind(value),
            };
        }
        query
    }};
}

/// Returns a uuid as Django stores it in SQLite.
fn hex(uuid: Uuid) -> String {
    uuid.simple().to_string()
}

fn native(uuid: Uuid) -> Uuid {
    uuid
}

/// Makes a text a query. A filled template holds identifiers of the catalogue alone, in quotes.
fn safe(sql: Cow<'static, str>) -> SqlStr {
    match sql {
        Cow::Borrowed(sql) => sql.into_sql_str(),
        Cow::Owned(sql) => AssertSqlSafe(sql).into_sql_str(),
    }
}

impl Statement {
    pub(super) fn for_sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        bind!(sqlx::query(safe(self.sql)), self.values, hex)
    }

    pub(super) fn for_postgres(self) -> Query<'static, Postgres, PgArguments> {
        let sql = self.on_postgres.unwrap_or(self.sql);
        bind!(sqlx::query(safe(sql)), self.values, native)
    }

    pub(super) fn rows_of_sqlite<T>(self) -> QueryAs<'static, Sqlite, T, SqliteArguments>
    where
        T: for<'r> FromRow<'r, SqliteRow>,
    {
        bind!(sqlx::query_as(safe(self.sql)), self.values, hex)
    }

    pub(super) fn rows_of_postgres<T>(self) -> QueryAs<'static, Postgres, T, PgArguments>
    where
        T: for<'r> FromRow<'r, PgRow>,
    {
        let sql = self.on_postgres.unwrap_or(self.sql);
        bind!(sqlx::query_as(safe(sql)), self.values, native)
    }
}
