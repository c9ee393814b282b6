//! A database with as many users and tokens as are wanted, filled without the server.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};

use crate::server::FIRST_USER;
use crate::token::{BLACKLISTED, SPREAD};

/// The engine of the database.
pub(crate) enum Engine {
    /// SQLite, in a file.
    Sqlite,
    /// PostgreSQL, by the URL of a role that may make databases.
    Postgres(String),
}

/// A database for one measurement.
pub(crate) struct Database {
    url: String,
    /// The server and the name of the database there.
    on_server: Option<(PgConnectOptions, String)>,
}

impl Database {
    /// Makes an empty one: in the folder, or on the server.
    pub(crate) async fn make(engine: &Engine, folder: &Path) -> Result<Self> {
        let Engine::Postgres(url) = engine else {
            let file = folder.join("signet.db");
            return Ok(Self {
                url: format!("sqlite://{}", file.display()),
                on_server: None,
            });
        };
        let server = PgConnectOptions::from_str(url)?;
        let name = format!("signet_bench_{}", std::process::id());
        let mut connection = server.connect().await?;
        let create = format!("CREATE DATABASE {name}");
        sqlx::query(AssertSqlSafe(create))
            .execute(&mut connection)
            .await?;
        Ok(Self {
            url: server.clone().database(&name).to_url_lossy().into(),
            on_server: Some((server, name)),
        })
    }

    /// Returns its DATABASE_URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns its name.
    pub(crate) fn engine(&self) -> &'static str {
        match self.on_server {
            None => "SQLite",
            Some(_) => "PostgreSQL",
        }
    }

    /// Fills it up to so many users, all with the password of the first, and as many tokens, one
    /// each. It already has the tables, and the first user.
    pub(crate) async fn fill(&self, users: u64) -> Result<()> {
        match &self.on_server {
            None => self.fill_file(users).await,
            Some(_) => self.fill_on_server(users).await,
        }
        .context("the database could not be filled")
    }

    async fn fill_file(&self, users: u64) -> Result<()> {
        let jti = format!("printf('%08x%024x', i * {SPREAD} % 4294967296, i)");
        let statements = statements(users, &jti, "datetime('now', '+30 days')");
        // The data need not survive, as long as it is on the disk before the clock starts.
        let options = SqliteConnectOptions::from_str(&self.url)?
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(false)
            .pragma("cache_size", "-262144");
        let mut connection = SqliteConnection::connect_with(&options).await?;
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await?;
        }
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await?;
        let last: (i64,) = sqlx::query_as(LAST_USER).fetch_one(&mut connection).await?;
        connection.close().await?;
        std::fs::File::open(options.get_filename())?.sync_all()?;
        is_in_order(last.0, users)
    }

    async fn fill_on_server(&self, users: u64) -> Result<()> {
        let jti =
            format!("lpad(to_hex(i * {SPREAD} % 4294967296), 8, '0') || lpad(to_hex(i), 24, '0')");
        let statements = statements(users, &jti, "now() + interval '30 days'");
        let mut connection = PgConnection::connect(&self.url).await?;
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await?;
        }
        for after in ["VACUUM ANALYZE", "CHECKPOINT"] {
            sqlx::query(after).execute(&mut connection).await?;
        }
        let last: (i64,) = sqlx::query_as(LAST_USER).fetch_one(&mut connection).await?;
        connection.close().await?;
        is_in_order(last.0, users)
    }

    /// Removes it from the server.
    pub(crate) async fn remove(self) -> Result<()> {
        if let Some((server, name)) = self.on_server {
            let mut connection = server.connect().await?;
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(drop))
                .execute(&mut connection)
                .await?;
        }
        Ok(())
    }
}

const LAST_USER: &str = "SELECT CAST(max(id) AS bigint) FROM auth_user";

/// Returns the statements that fill the tables: user and token number `i` have the id `i`.
fn statements(users: u64, jti: &str, end: &str) -> [String; 3] {
    let numbers = |first: u64| {
        format!(
            "WITH RECURSIVE numbers(i) AS (SELECT CAST({first} AS bigint) \
             UNION ALL SELECT i + 1 FROM numbers WHERE i < {users})"
        )
    };
    [
        format!(
            "{} INSERT INTO auth_user (username, email, password, is_active, is_staff, \
             is_superuser, first_name, last_name, date_joined) \
             SELECT 'user' || i, '', (SELECT password FROM auth_user WHERE id = {FIRST_USER}), \
             TRUE, FALSE, FALSE, '', '', CURRENT_TIMESTAMP FROM numbers",
            numbers(FIRST_USER + 1)
        ),
        format!(
            "{} INSERT INTO token_blacklist_outstandingtoken \
             (token, created_at, expires_at, user_id, jti) \
             SELECT '', CURRENT_TIMESTAMP, {end}, i, {jti} FROM numbers",
            numbers(FIRST_USER)
        ),
        format!(
            "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
             SELECT CURRENT_TIMESTAMP, id FROM token_blacklist_outstandingtoken \
             WHERE id % {BLACKLISTED} = 0"
        ),
    ]
}

fn is_in_order(last: i64, users: u64) -> Result<()> {
    if u64::try_from(last) != Ok(users) {
        bail!("the last of {users} users has the id {last}");
    }
    Ok(())
}
