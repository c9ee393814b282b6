//! Connections to a PostgreSQL server: the parameters of a URL, the session settings of each
//! connection, and the problems that stop a start, in words that say the way out.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use url::Url;

use crate::storage::error::StoreError;

/// The longest time that a start waits for the server.
const START_TIMEOUT: Duration = Duration::from_secs(5);

/// The URL parameters that Signet understands; libpq has more.
const PARAMETERS: [&str; 19] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "options[NAME]",
];

/// The first statement of each connection, so that no default of a database or a role changes
/// Signet's behaviour. It also silences PostgreSQL's notices about tables that exist.
const SET_UP: &str = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, \
     READ WRITE; SET client_min_messages TO warning";

/// Errors of PostgreSQL when a prepared statement is there already, or is gone.
const LOST_STATEMENT: [&str; 2] = ["42P05", "26000"];

/// Reads the URL of a server.
///
/// # Errors
/// [`StoreError::Unusable`] for parameters that would be ignored: a misspelt `sslmode` must not
/// make a connection less safe than it was meant to be.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    if names_several_hosts(url) {
        return Err(StoreError::Unusable(
            "it names several hosts, and Signet does not look for the one that takes writes: name \
             one, or a proxy that leads to the primary"
                .to_owned(),
        ));
    }
    // A text that is no URL is judged below.
    for (name, value) in Url::parse(url).iter().flat_map(Url::query_pairs) {
        let is_option = name.starts_with("options[") && name.ends_with(']');
        if !is_option && !PARAMETERS.contains(&&*name) {
            return Err(StoreError::Unusable(format!(
                "its parameter {name} is unknown; those there are: {}",
                PARAMETERS.join(", ")
            )));
        }
        if name == "sslrootcert" && value == "system" {
            return Err(StoreError::Unusable(
                "sslrootcert=system is not supported: leave it out, and sslmode=verify-full \
                 trusts the public authorities that Signet brings along; or name a file, such as \
                 sslrootcert=/etc/ssl/certs/ca-certificates.crt"
                    .to_owned(),
            ));
        }
    }
    let options = PgConnectOptions::from_str(url)?;
    // PgBouncer refuses this parameter unless it is told to ignore it; Signet reads no floats.
    Ok(options
        .application_name("signet")
        .extra_float_digits(None::<i8>))
}

/// Whether there is a list where the host stands, as libpq takes one.
fn names_several_hosts(url: &str) -> bool {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    hosts.contains(',')
}

/// Sends the session settings to a new connection.
///
/// # Errors
/// The errors of the connection.
pub(super) async fn set_up(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(SET_UP).await.map(drop)
}

/// Finds out whether the server can be used: it answers, takes writes, and keeps what a connection
/// has prepared.
///
/// # Errors
/// [`StoreError::Unusable`], or why the server cannot be reached.
pub(super) async fn check(options: &PgConnectOptions) -> Result<(), StoreError> {
    let checking = async {
        let mut connection = options.connect().await.map_err(explain)?;
        let is_standby: (bool,) = sqlx::query_as("SELECT pg_is_in_recovery()")
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .map_err(explain)?;
        if is_standby.0 {
            return Err(StoreError::Unusable(
                "that server takes no writes: it is a standby of another one; name the primary, \
                 or a proxy that leads to it"
                    .to_owned(),
            ));
        }
        // With a single free connection, a pooler cannot be detected.
        if let Ok(mut other) = options.connect().await {
            check_pooler(&mut connection, &mut other).await?;
            let _ = other.close().await;
        }
        let _ = connection.close().await;
        Ok(())
    };
    match tokio::time::timeout(START_TIMEOUT, checking).await {
        Ok(checked) => checked,
        Err(_) => Err(StoreError::Unavailable(format!(
            "it did not answer within {} seconds",
            START_TIMEOUT.as_secs()
        ))),
    }
}

/// Prepares a statement on both connections, under the same name, while the first is in a
/// transaction. A pooler in transaction mode mixes the two up and would run statements with foreign
/// parameters.
async fn check_pooler(one: &mut PgConnection, other: &mut PgConnection) -> Result<(), StoreError> {
    let check = async {
        for number in 1..=3 {
            probe(one, number).await?;
            other.execute("BEGIN").await?;
            probe(other, number).await?;
            probe(one, number).await?;
            other.execute("ROLLBACK").await?;
        }
        Ok(())
    };
    let Err(error) = check.await else {
        return Ok(());
    };
    let code = match &error {
        sqlx::Error::Database(error) => error.code().unwrap_or_default(),
        _ => return Err(explain(error)),
    };
    let has_no_transactions = error.to_string().contains("statement pooling mode");
    if !LOST_STATEMENT.contains(&&*code) && !has_no_transactions {
        return Err(explain(error));
    }
    Err(StoreError::Unusable(format!(
        "a pooler stands before the server that lends connections for one transaction or \
         statement, and prepared statements get lost on the way ({error}); set PgBouncer's \
         pool_mode to session for this database, or name the server itself"
    )))
}

async fn probe(connection: &mut PgConnection, number: i32) -> Result<(), sqlx::Error> {
    let statement = AssertSqlSafe(format!("SELECT CAST({number} AS integer)"));
    let (found,): (i32,) = sqlx::query_as(statement).fetch_one(connection).await?;
    if found == number {
        Ok(())
    } else {
        Err(sqlx::Error::Protocol(
            "another statement was run than the one that was prepared".to_owned(),
        ))
    }
}

/// Says what a failure to connect means, where its own words do not.
fn explain(error: sqlx::Error) -> StoreError {
    let words = error.to_string();
    let way_out = if words.contains("SSLRequest") {
        "what listens there is not PostgreSQL, or a proxy that has no server behind it: look at \
         the host and the port, and at what the proxy leads to"
    } else if words.contains("CaUsedAsEndEntity") {
        "the server shows the certificate of an authority as its own: give it one with \
         basicConstraints CA:FALSE that the authority has signed, and name the authority's in \
         sslrootcert; or take sslmode=require, which encrypts and checks nothing"
    } else {
        return error.into();
    };
    StoreError::Unusable(format!("{words}; {way_out}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> String {
        options(url).unwrap_err().to_string()
    }

    #[test]
    fn a_parameter_that_would_be_ignored_is_named_and_its_value_is_not() {
        let said = problem("postgres://db/signet?sslmod=verify-full");
        assert!(
            said.contains("sslmod ") && said.contains("sslmode"),
            "{said}"
        );
        let said = problem("postgres://db/signet?sslpassword=canary");
        assert!(said.contains("sslpassword") && !said.contains("canary"));
        let said = problem("postgres://db/signet?sslrootcert=system");
        assert!(said.contains("leave it out"), "{said}");
        for several in ["a,b", "ada:canary@a:1,b:2"] {
            let said = problem(&format!("postgres://{several}/signet"));
            assert!(said.contains("several hosts") && !said.contains("canary"));
        }
        for good in ["", "?sslmode=require&options[search_path]=x", "?host=/run"] {
            options(&format!("postgres://db/signet{good}")).unwrap();
        }
    }
}
