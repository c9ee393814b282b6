//! The owner of the tables, and the migrations of Signet's own tables.
//!
//! The tables are Django's. Signet creates them in an empty database, and leaves those of a Django
//! project unchanged. Signet's own tables are named `signet_*`.

use sqlx::Connection as _;
use sqlx::migrate::Migrator;

use crate::model::UserColumns;
use crate::storage::catalogue::{Column, columns_of, find_users};
use crate::storage::engine::{Connection, Pool};
use crate::storage::error::StoreError;
use crate::storage::foreign_schema::ForeignSchema;
use crate::storage::statement::sql;
use crate::storage::tables::{
    AUTH_USER, BLACKLISTED, KeyKind, OUTSTANDING, OWN_OUTSTANDING, Tables,
};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The migration that makes Django's tables.
const DJANGO_TABLES: i64 = 1;

/// The table that records migrations.
const MIGRATIONS: &str = "signet_migrations";

/// The advisory lock held on PostgreSQL during migrations. The number is arbitrary.
const LOCK: i64 = 0x5349_474e_4554;

/// SimpleJWT's tables of tokens, and the columns that Signet reads and writes.
const TABLES: [(&str, &[&str]); 2] = [
    (
        OUTSTANDING,
        &["id", "token", "created_at", "expires_at", "user_id", "jti"],
    ),
    (BLACKLISTED, &["id", "blacklisted_at", "token_id"]),
];

/// The statements that make Signet's own tables of tokens, for a type of users' keys, of own keys and
/// of times.
macro_rules! own_tables {
    ($user:literal, $key:literal, $time:literal) => {
        [
            concat!(
                "CREATE TABLE IF NOT EXISTS signet_outstandingtoken (id ",
                $key,
                ", token text NOT NULL, created_at ",
                $time,
                " NULL, expires_at ",
                $time,
                " NOT NULL, user_id ",
                $user,
                " NULL, jti varchar(255) NOT NULL UNIQUE)"
            ),
            "CREATE INDEX IF NOT EXISTS signet_outstandingtoken_user_id \
             ON signet_outstandingtoken (user_id)",
            concat!(
                "CREATE TABLE IF NOT EXISTS signet_blacklistedtoken (id ",
                $key,
                ", blacklisted_at ",
                $time,
                " NOT NULL, token_id bigint NOT NULL UNIQUE \
                 REFERENCES signet_outstandingtoken (id))"
            ),
        ]
    };
}

/// The statements that let Signet's own tables refer to uuids, which they hold as text. SQLite needs
/// none: its columns hold any value, and a text with dashes is never read as a number.
const UUIDS_IN_OWN: [&str; 2] = [
    "ALTER TABLE signet_session ALTER COLUMN user_id TYPE varchar(36) USING user_id::text",
    "ALTER TABLE signet_known_location \
     ALTER COLUMN user_id TYPE varchar(36) USING user_id::text",
];

/// The statements that move the rows of Signet's own tables of tokens into SimpleJWT's.
const MOVE_TOKENS: [&str; 4] = [
    "INSERT INTO token_blacklist_outstandingtoken (token, created_at, expires_at, user_id, jti) \
     SELECT '', o.created_at, o.expires_at, \
     (SELECT u.{id} FROM {users} AS u WHERE u.{id} = o.user_id), o.jti \
     FROM signet_outstandingtoken AS o WHERE TRUE ON CONFLICT (jti) DO NOTHING",
    "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
     SELECT b.blacklisted_at, d.id FROM signet_blacklistedtoken AS b \
     JOIN signet_outstandingtoken AS o ON o.id = b.token_id \
     JOIN token_blacklist_outstandingtoken AS d ON d.jti = o.jti WHERE TRUE \
     ON CONFLICT (token_id) DO NOTHING",
    "DROP TABLE signet_blacklistedtoken",
    "DROP TABLE signet_outstandingtoken",
];

/// The owner of the shared tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Signet, or none yet.
    Signet,
    /// A Django project's.
    Django,
}

/// Brings the schema up to date in one transaction. Of several processes that start at once, one
/// migrates and the rest wait.
///
/// # Errors
/// [`StoreError::Foreign`] if the tables cannot be served, [`StoreError`] if the migration failed.
pub(super) async fn prepare(
    pool: &Pool,
    users: &UserColumns,
) -> Result<(Owner, Tables), StoreError> {
    match pool {
        Pool::Sqlite(pool) => {
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
            let (owner, tables) = owner(&mut Connection::Sqlite(&mut transaction), users).await?;
            let migrator = migrator(&SQLITE, owner);
            migrator.run_direct(None, &mut *transaction, false).await?;
            fit_own_tables(&mut Connection::Sqlite(&mut transaction), owner, &tables).await?;
            transaction.commit().await?;
            Ok((owner, tables))
        }
        Pool::Postgres(pool) => {
            let mut connection = pool.acquire().await?;
            // sqlx's own, in which migrations are savepoints.
            let mut transaction = connection.get().begin().await?;
            let lock = sql("SELECT pg_advisory_xact_lock($1)").integer(LOCK);
            let mut inside = Connection::Postgres(&mut transaction);
            inside.execute(lock).await?;
            let (owner, tables) = owner(&mut inside, users).await?;
            let migrator = migrator(&POSTGRES, owner);
            migrator.run_direct(None, &mut *transaction, false).await?;
            let mut inside = Connection::Postgres(&mut transaction);
            fit_own_tables(&mut inside, owner, &tables).await?;
            transaction.commit().await?;
            connection.give_back();
            Ok((owner, tables))
        }
    }
}

/// The migrations that are due: a Django project makes its own tables.
fn migrator(all: &Migrator, owner: Owner) -> Migrator {
    let is_due = |version: i64| owner == Owner::Signet || version != DJANGO_TABLES;
    let due = all.iter().filter(|migration| is_due(migration.version));
    let mut migrator = Migrator::with_migrations(due.cloned().collect());
    migrator.dangerous_set_table_name(MIGRATIONS);
    migrator.set_locking(false);
    migrator
}

/// Finds the owner of the tables, and the user's table.
pub(super) async fn owner(
    connection: &mut Connection<'_>,
    wanted: &UserColumns,
) -> Result<(Owner, Tables), StoreError> {
    if look_up(connection, MIGRATIONS).await? == Table::There {
        let made = sql("SELECT version FROM signet_migrations WHERE version = $1");
        let made: Vec<(i64,)> = connection.rows(made.integer(DJANGO_TABLES)).await?;
        if !made.is_empty() {
            return own(wanted);
        }
    }
    let django = look_up(connection, "django_migrations").await?;
    if django == Table::Missing && look_up(connection, AUTH_USER).await? == Table::Missing {
        return own(wanted);
    }
    let has_blacklist_app = look_up(connection, OUTSTANDING).await? == Table::There;
    for (table, needed) in TABLES.iter().filter(|_| has_blacklist_app) {
        let (_, found) = columns_of(connection, table).await?;
        if found.is_empty() {
            return Err(ForeignSchema::NoTokens(table).into());
        }
        let is_there = |name: &&&str| found.iter().any(|column| column.name == **name);
        if let Some(column) = needed.iter().find(|name| !is_there(name)) {
            return Err(ForeignSchema::NoColumn { table, column }.into());
        }
        let own = found
            .into_iter()
            .find(|column| column.wants_value && !needed.contains(&column.name.as_str()));
        if let Some(Column { name: column, .. }) = own {
            return Err(ForeignSchema::OwnColumn { table, column }.into());
        }
    }
    let referred = table_of_users(connection).await?;
    let table = match (&wanted.table, referred) {
        (Some(table), _) => table.clone(),
        (None, Some(table)) => table,
        (None, None) => AUTH_USER.to_owned(),
    };
    let tables = Tables {
        has_blacklist_app,
        ..find_users(connection, &table, wanted).await?
    };
    Ok((Owner::Django, tables))
}

/// Lets Signet's own tables refer to uuids where the users have such keys.
///
/// Makes Signet's own tables of tokens beside a project without the app `token_blacklist`. Once the
/// project has the app, moves their rows into its tables.
async fn fit_own_tables(
    connection: &mut Connection<'_>,
    owner: Owner,
    tables: &Tables,
) -> Result<(), StoreError> {
    if owner == Owner::Signet {
        return Ok(());
    }
    if tables.key == KeyKind::Uuid {
        let (_, columns) = columns_of(connection, "signet_session").await?;
        let is_user = |column: &&Column| column.name == "user_id";
        let kind = columns.iter().find(is_user).map(|column| &*column.kind);
        // Each change of a type rewrites the table.
        let is_due = kind == Some("bigint");
        for statement in UUIDS_IN_OWN.iter().filter(|_| is_due) {
            connection.execute(sql(statement)).await?;
        }
    }
    let statements: &[&'static str] = match (tables.has_blacklist_app, tables.key) {
        (true, _) if look_up(connection, OWN_OUTSTANDING).await? == Table::Missing => &[],
        (true, _) => &MOVE_TOKENS,
        (false, key) => match (&*connection, key) {
            (Connection::Postgres(_), KeyKind::Integer) => &own_tables!(
                "bigint",
                "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
                "timestamp with time zone"
            ),
            (Connection::Postgres(_), _) => &own_tables!(
                "uuid",
                "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
                "timestamp with time zone"
            ),
            (Connection::Sqlite(_), KeyKind::Integer) => &own_tables!(
                "bigint",
                "integer NOT NULL PRIMARY KEY AUTOINCREMENT",
                "datetime"
            ),
            (Connection::Sqlite(_), _) => &own_tables!(
                "char(32)",
                "integer NOT NULL PRIMARY KEY AUTOINCREMENT",
                "datetime"
            ),
        },
    };
    for statement in statements {
        connection.execute(sql(statement).of(tables)).await?;
    }
    Ok(())
}

/// Returns Django's own tables, which Signet makes.
fn own(wanted: &UserColumns) -> Result<(Owner, Tables), StoreError> {
    match &wanted.table {
        Some(table) if table != AUTH_USER => Err(ForeignSchema::NoUserTable(table.clone()).into()),
        _ => Ok((Owner::Signet, Tables::auth_user())),
    }
}

/// A table of the catalogue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    There,
    Missing,
}

async fn look_up(connection: &mut Connection<'_>, table: &str) -> Result<Table, StoreError> {
    Ok(match columns_of(connection, table).await?.1.as_slice() {
        [] => Table::Missing,
        _ => Table::There,
    })
}

/// The table that the key of the tokens names. A project that was given a user model of its own
/// later on may still have the former users.
async fn table_of_users(connection: &mut Connection<'_>) -> Result<Option<String>, StoreError> {
    let statement = match connection {
        Connection::Sqlite(_) => sql("SELECT \"table\" FROM pragma_foreign_key_list($1) \
             WHERE \"from\" = 'user_id'"),
        Connection::Postgres(_) => sql("SELECT users.relname::text FROM pg_constraint AS key \
             JOIN pg_class AS users ON users.oid = key.confrelid \
             JOIN pg_attribute AS its ON its.attrelid = key.conrelid AND its.attnum = key.conkey[1] \
             WHERE key.conrelid = to_regclass($1) AND key.contype = 'f' \
             AND its.attname = 'user_id'"),
    };
    let tables: Vec<(String,)> = connection.rows(statement.text(TABLES[0].0)).await?;
    Ok(tables.into_iter().next().map(|(table,)| table))
}
