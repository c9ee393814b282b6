//! The owner of the tables, and the migrations of Signet's own tables.
//!
//! The tables are Django's. Signet creates them in an empty database, and leaves those of a Django
//! project unchanged. Signet's own tables are named `signet_*`.

use sqlx::Connection as _;
use sqlx::migrate::Migrator;

use crate::storage::engine::{Connection, Pool, sql};
use crate::storage::error::StoreError;
use crate::storage::foreign_schema::ForeignSchema;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The migration that makes Django's tables.
const DJANGO_TABLES: i64 = 1;

/// The table that records migrations.
const MIGRATIONS: &str = "signet_migrations";

/// The advisory lock held on PostgreSQL during migrations. The number is arbitrary.
const LOCK: i64 = 0x5349_474e_4554;

/// The columns that Signet reads and writes.
const TABLES: [(&str, &[&str]); 3] = [
    (
        "auth_user",
        &[
            "id",
            "password",
            "last_login",
            "is_superuser",
            "username",
            "first_name",
            "last_name",
            "email",
            "is_staff",
            "is_active",
            "date_joined",
        ],
    ),
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
pub(super) async fn prepare(pool: &Pool) -> Result<Owner, StoreError> {
    match pool {
        Pool::Sqlite(pool) => {
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
            let owner = owner(&mut Connection::Sqlite(&mut transaction)).await?;
            let migrator = migrator(&SQLITE, owner);
            migrator.run_direct(None, &mut *transaction, false).await?;
            transaction.commit().await?;
            Ok(owner)
        }
        Pool::Postgres(pool) => {
            let mut connection = pool.acquire().await?;
            // sqlx's own, in which migrations are savepoints.
            let mut transaction = connection.get().begin().await?;
            let lock = sql("SELECT pg_advisory_xact_lock($1)").integer(LOCK);
            let mut inside = Connection::Postgres(&mut transaction);
            inside.execute(lock).await?;
            let owner = owner(&mut inside).await?;
            let migrator = migrator(&POSTGRES, owner);
            migrator.run_direct(None, &mut *transaction, false).await?;
            transaction.commit().await?;
            connection.give_back();
            Ok(owner)
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

/// Finds out whose tables they are; an error if they are none that can be served.
pub(super) async fn owner(connection: &mut Connection<'_>) -> Result<Owner, StoreError> {
    let has_migrations = !columns(connection, MIGRATIONS).await?.is_empty();
    if has_migrations {
        let made = sql("SELECT version FROM signet_migrations WHERE version = $1");
        let made: Vec<(i64,)> = connection.rows(made.integer(DJANGO_TABLES)).await?;
        if !made.is_empty() {
            return Ok(Owner::Signet);
        }
    }
    let users = columns(connection, TABLES[0].0).await?;
    let is_django = !columns(connection, "django_migrations").await?.is_empty();
    if users.is_empty() {
        return if is_django {
            Err(ForeignSchema::NoUsers.into())
        } else {
            Ok(Owner::Signet)
        };
    }
    for (table, needed) in TABLES {
        let found = columns(connection, table).await?;
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
    match table_of_users(connection).await? {
        Some(table) if table != TABLES[0].0 => Err(ForeignSchema::OtherUsers(table).into()),
        _ => Ok(Owner::Django),
    }
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
    let tables: Vec<(String,)> = connection.rows(statement.text(TABLES[1].0)).await?;
    Ok(tables.into_iter().next().map(|(table,)| table))
}

#[derive(sqlx::FromRow)]
struct Column {
    name: String,
    wants_value: bool,
}

/// The columns of a table; none if there is no such table.
async fn columns(
    connection: &mut Connection<'_>,
    table: &'static str,
) -> Result<Vec<Column>, StoreError> {
    let statement = match connection {
        Connection::Sqlite(_) => sql(
            "SELECT name, \"notnull\" <> 0 AND dflt_value IS NULL AND pk = 0 AS wants_value \
             FROM pragma_table_info($1)",
        ),
        Connection::Postgres(_) => sql("SELECT attname::text AS name, \
             attnotnull AND NOT atthasdef AND attidentity = '' AS wants_value \
             FROM pg_attribute \
             WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped"),
    };
    connection.rows(statement.text(table)).await
}
