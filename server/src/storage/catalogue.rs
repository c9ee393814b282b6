//! The database's catalogue: tables, their columns, and the user's table among them.

use crate::model::{OptionalColumn, Requirement, UserColumns};
use crate::storage::engine::Connection;
use crate::storage::error::StoreError;
use crate::storage::foreign_schema::ForeignSchema;
use crate::storage::statement::sql;
use crate::storage::tables::{CONSTANTS, KeyKind, Tables, id_text, quoted};

/// A column of the catalogue.
#[derive(sqlx::FromRow)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// Its type, in the engine's words.
    pub(super) kind: String,
    /// `true` if an insert has to give a value.
    pub(super) wants_value: bool,
}

/// Finds the table and its columns.
///
/// # Errors
/// [`ForeignSchema`] if the table or a column is missing, or the key is of another type.
pub(super) async fn find_users(
    connection: &mut Connection<'_>,
    table: &str,
    wanted: &UserColumns,
) -> Result<Tables, StoreError> {
    let (table, columns) = columns_of(connection, table).await?;
    let name = unquoted(&table);
    let missing = |setting: &'static str, column: &str| {
        let nearest = nearest(column, &columns);
        StoreError::from(ForeignSchema::NoUserColumn {
            table: name.clone(),
            column: column.to_owned(),
            setting,
            nearest,
        })
    };
    if columns.is_empty() {
        return Err(ForeignSchema::NoUserTable(name).into());
    }
    let find = |column: &str| columns.iter().find(|known| known.name == column);
    let required = |setting, given: &Option<String>, standard: &str| {
        let column = given.as_deref().unwrap_or(standard);
        let found = find(column).ok_or_else(|| missing(setting, column))?;
        Ok::<&Column, StoreError>(found)
    };
    let optional = |setting, given: &OptionalColumn, standard: &str| {
        let column = match given {
            OptionalColumn::Standard => standard,
            OptionalColumn::Named(name) => name,
            OptionalColumn::None => return Ok::<Option<String>, StoreError>(None),
        };
        let found = find(column).ok_or_else(|| missing(setting, column))?;
        Ok(Some(found.name.clone()))
    };
    let id = required("id", &wanted.id, "id")?;
    let key = key_kind(connection, &id.kind).ok_or_else(|| ForeignSchema::UserKey {
        table: name.clone(),
        column: id.name.clone(),
        kind: id.kind.clone(),
    })?;
    let username = required("username", &wanted.username, "username")?;
    let password = required("password", &wanted.password, "password")?;
    let email = optional("email", &wanted.email, "email")?;
    let is_active = optional("is_active", &wanted.is_active, "is_active")?;
    let last_login = optional("last_login", &wanted.last_login, "last_login")?;
    let date_joined = optional("date_joined", &wanted.date_joined, "date_joined")?;
    let constants: Vec<(&str, &'static str)> = CONSTANTS
        .into_iter()
        .filter(|(name, _)| find(name).is_some())
        .collect();
    let is_filled = |column: &Column| {
        let own = [&username.name, &password.name];
        let optional = [&email, &is_active, &date_joined];
        // A uuid comes from Signet, an integer from the database.
        (column.name == id.name && key != KeyKind::Integer)
            || own.contains(&&column.name)
            || optional.contains(&&Some(column.name.clone()))
            || constants.iter().any(|(name, _)| *name == column.name)
    };
    let unfilled = columns
        .iter()
        .find(|column| column.wants_value && !is_filled(column));
    let is_postgres = matches!(connection, Connection::Postgres(_));
    let mut login = Vec::new();
    let alone = [username.name.clone()];
    let columns_of_login = if wanted.login.is_empty() {
        &alone[..]
    } else {
        &wanted.login
    };
    for column in columns_of_login {
        let column = find(column).ok_or_else(|| missing("login", column))?;
        login.push(login_condition(
            &column.name,
            wanted.login_ignores_case,
            is_postgres,
        ));
    }
    let mut requirements = Vec::new();
    for (column, value) in &wanted.require {
        let column = find(column).ok_or_else(|| missing("require", column))?;
        requirements.push(requirement(&column.name, value, is_postgres));
    }
    let requirements = if requirements.is_empty() {
        "TRUE".to_owned()
    } else {
        requirements.join(" AND ")
    };
    let quoted_all = |column: Option<String>| column.map(|column| quoted(&column));
    Ok(Tables {
        has_blacklist_app: true,
        key,
        unfilled: unfilled.map(|column| column.name.clone()),
        table,
        id_text: id_text(key, &quoted(&id.name)),
        id: quoted(&id.name),
        username: quoted(&username.name),
        password: quoted(&password.name),
        email: quoted_all(email),
        is_active: quoted_all(is_active),
        last_login: quoted_all(last_login),
        date_joined: quoted_all(date_joined),
        login,
        requirements,
        constants: constants
            .into_iter()
            .map(|(name, value)| (quoted(name), value))
            .collect(),
        name,
    })
}

/// Returns the table as statements name it, and its columns; none if there is no such table. A name
/// with a dot is a table of that name, or else a schema and a table.
pub(super) async fn columns_of(
    connection: &mut Connection<'_>,
    table: &str,
) -> Result<(String, Vec<Column>), StoreError> {
    let plain = quoted(table);
    let columns = columns(connection, table, &plain).await?;
    if let (true, Connection::Postgres(_), Some((schema, name))) =
        (columns.is_empty(), &*connection, table.split_once('.'))
    {
        let qualified = format!("{}.{}", quoted(schema), quoted(name));
        let columns = self::columns(connection, table, &qualified).await?;
        return Ok((qualified, columns));
    }
    Ok((plain, columns))
}

async fn columns(
    connection: &mut Connection<'_>,
    table: &str,
    quoted: &str,
) -> Result<Vec<Column>, StoreError> {
    let (statement, name) = match connection {
        Connection::Sqlite(_) => (
            sql(
                "SELECT name, lower(type) AS kind, \"notnull\" <> 0 AND dflt_value IS NULL \
                 AND pk = 0 AS wants_value FROM pragma_table_info($1)",
            ),
            table,
        ),
        Connection::Postgres(_) => (
            sql(
                "SELECT attname::text AS name, format_type(atttypid, NULL) AS kind, \
                 attnotnull AND NOT atthasdef AND attidentity = '' AS wants_value \
                 FROM pg_attribute \
                 WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
            ),
            quoted,
        ),
    };
    connection.rows(statement.text(name)).await
}

/// Returns the condition that a column has the name of a login, as Django's `exact` and `iexact` do.
fn login_condition(column: &str, ignores_case: bool, is_postgres: bool) -> String {
    let column = quoted(column);
    match (ignores_case, is_postgres) {
        (false, _) => format!("{column} = $1"),
        (true, true) => format!("upper(CAST({column} AS text)) = upper($1)"),
        // SQLite's `upper` changes ASCII alone, as its LIKE does.
        (true, false) => format!("upper({column}) = upper($1)"),
    }
}

/// Returns the condition that a column has a value of `[user.require]`; NULL counts as no.
fn requirement(column: &str, value: &Requirement, is_postgres: bool) -> String {
    let column = quoted(column);
    let text = match value {
        Requirement::Null => return format!("{column} IS NULL"),
        Requirement::Bool(value) if is_postgres => value.to_string(),
        Requirement::Bool(value) => i64::from(*value).to_string(),
        Requirement::Integer(value) => value.to_string(),
        Requirement::Text(value) => value.clone(),
    };
    let text = text.replace('\'', "''");
    format!("coalesce(CAST({column} AS text) = '{text}', FALSE)")
}

fn key_kind(connection: &Connection<'_>, kind: &str) -> Option<KeyKind> {
    match (connection, kind) {
        (_, "smallint" | "integer" | "bigint") => Some(KeyKind::Integer),
        (Connection::Postgres(_), "uuid") => Some(KeyKind::Uuid),
        (Connection::Sqlite(_), "char(32)") => Some(KeyKind::HexUuid),
        // `unsigned` and the like.
        (Connection::Sqlite(_), kind) if kind.contains("int") => Some(KeyKind::Integer),
        _ => None,
    }
}

/// Returns the column whose name is most like this one, as a hint.
fn nearest(wanted: &str, columns: &[Column]) -> Option<String> {
    let similar = |column: &Column| strsim::jaro_winkler(wanted, &column.name);
    let nearest = columns
        .iter()
        .max_by(|one, other| similar(one).total_cmp(&similar(other)))?;
    (similar(nearest) > 0.6).then(|| nearest.name.clone())
}

fn unquoted(table: &str) -> String {
    table
        .trim_matches('"')
        .replace("\".\"", ".")
        .replace("\"\"", "\"")
}
