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
use crate::storage::user_table::{AUTH_USER, UserTable};

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
        "token_blacklist_outstandingtoken",
        &["id", "token", "created_at", "expires_at", "user_id", "jti"],
    ),
    (
        "token_blacklist_blacklistedtoken",
        &["id", "blacklisted_at", "token_id"],
    ),
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
) -> Result<(Owner, UserTable), StoreError> {
    match pool {
        Pool::Sqlite(pool) => {
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
            let (owner, users) = owner(&mut Connection::Sqlite(&mut transaction), users).await?;
            let migrator = migrator(&SQLITE, owner);
            migrator.run_direct(None, &mut *transaction, false).await?;
            transaction.commit().await?;
            Ok((owner, users))
        }
        Pool::Postgres(pool) => {
            let mut connection = pool.acquire().await?;
            // sqlx's own, in which migrations are savepoints.
            let mut transaction = connection.get().begin().await?;
            let lock = sql("SELECT pg_advisory_xact_lock($1)").integer(LOCK);
            let mut inside = Connection::Postgres(&mut transaction);
            inside.execute(lock).await?;
            let (owner, users) = owner(&mut inside, users).await?;
            let migrator = migrator(&POSTGRES, owner);
            migrator.run_direct(None, &mut *transaction, false).await?;
            transaction.commit().await?;
            connection.give_back();
            Ok((owner, users))
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
) -> Result<(Owner, UserTable), StoreError> {
    let has_migrations = has_table(connection, MIGRATIONS).await?;
    if has_migrations {
        let made = sql("SELECT version FROM signet_migrations WHERE version = $1");
        let made: Vec<(i64,)> = connection.rows(made.integer(DJANGO_TABLES)).await?;
        if !made.is_empty() {
            return own(wanted);
        }
    }
    let is_django = has_table(connection, "django_migrations").await?;
    if !is_django && !has_table(connection, AUTH_USER).await? {
        return own(wanted);
    }
    for (table, needed) in TABLES {
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
    let users = find_users(connection, &table, wanted).await?;
    Ok((Owner::Django, users))
}

/// Returns Django's own tables, which Signet makes.
fn own(wanted: &UserColumns) -> Result<(Owner, UserTable), StoreError> {
    match &wanted.table {
        Some(table) if table != AUTH_USER => Err(ForeignSchema::NoUserTable(table.clone()).into()),
        _ => Ok((Owner::Signet, UserTable::auth_user())),
    }
}

async fn has_table(connection: &mut Connection<'_>, table: &str) -> Result<bool, StoreError> {
    Ok(!columns_of(connection, table).await?.1.is_empty())
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
