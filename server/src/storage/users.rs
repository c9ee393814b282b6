//! The user's table.

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::{LoginName, UserId, UserRecord, Write};
use crate::password::Encoded;
use crate::storage::columns::{LenientBool, LenientText, LenientTime};
use crate::storage::engine::{Transaction, in_time};
use crate::storage::error::StoreError;
use crate::storage::statement::{Statement, filled, sql};
use crate::storage::store::Store;
use crate::storage::tables::{KeyKind, Tables};
use crate::storage::write_batch::WriteBatch;

impl<'r, R> FromRow<'r, R> for UserRecord
where
    R: Row,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Option<LenientBool>: Decode<'r, R::Database> + Type<R::Database>,
    Option<LenientText>: Decode<'r, R::Database> + Type<R::Database>,
    Option<LenientTime>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let text = |column: &'static str| -> Result<String, sqlx::Error> {
            let text: Option<LenientText> = row.try_get(column)?;
            Ok(text.map_or_else(String::new, |text| text.0))
        };
        let id: String = row.try_get("id")?;
        let id = id.parse().map_err(|error| sqlx::Error::ColumnDecode {
            index: "id".to_owned(),
            source: Box::new(error),
        })?;
        let is_active: Option<LenientBool> = row.try_get("is_active")?;
        let meets_requirements: Option<LenientBool> = row.try_get("meets_requirements")?;
        let mut unreadable = Vec::new();
        let mut time = |column: &'static str| -> Result<Option<Timestamp>, sqlx::Error> {
            let stored: Option<LenientTime> = row.try_get(column)?;
            if matches!(stored, Some(LenientTime(None))) {
                unreadable.push(column);
            }
            Ok(stored.and_then(|time| time.0))
        };
        let (last_login, date_joined) = (time("last_login")?, time("date_joined")?);
        Ok(Self {
            id,
            username: text("username")?,
            email: text("email")?,
            password: Encoded(text("password")?),
            is_active: is_active.is_some_and(|is_active| is_active.0),
            meets_requirements: meets_requirements.is_some_and(|meets| meets.0),
            last_login,
            date_joined,
            unreadable,
        })
    }
}

/// Reads users. Texts are cast, so that they lose their greatest length: were it a part of the
/// result, a migration of Django's that changes it would end every statement that PostgreSQL has
/// prepared.
macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT {id_text} AS id, CAST({username} AS text) AS username, \
             CAST({email} AS text) AS email, CAST({password} AS text) AS password, \
             {is_active} AS is_active, {requirements} AS meets_requirements, {last_login} AS last_login, \
             {date_joined} AS date_joined FROM {users} ",
            $rest
        )
    };
}

impl Store {
    /// Returns the user with exactly this name.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn user_by_name(&self, username: &str) -> Result<Option<UserRecord>, StoreError> {
        // Usernames never contain NUL, and PostgreSQL rejects it.
        if username.contains('\0') {
            return Ok(None);
        }
        let user = sql(select_users!("WHERE {username} = $1"))
            .of(&self.tables)
            .text(username);
        self.find(user).await
    }

    /// Returns the user that logs in by this name: the only one that has it in the first column of
    /// `[user] login` in which exactly one user has it.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn user_by_login(
        &self,
        name: LoginName<'_>,
    ) -> Result<Option<UserRecord>, StoreError> {
        let LoginName::Typed(typed) = name else {
            return self.user_by_name(name.text()).await;
        };
        if typed.contains('\0') {
            return Ok(None);
        }
        for condition in &self.tables.login {
            let select = self.tables.fill(select_users!("WHERE "));
            let found = filled([&select, condition.as_str(), " LIMIT 2"].concat());
            let mut found = self.rows(found.text(typed)).await?;
            if found.len() == 1 {
                return Ok(found.pop());
            }
        }
        Ok(None)
    }

    /// Returns the user with this primary key.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn user_by_id(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        // A key of the other kind is no user's.
        if matches!(id, UserId::Integer(_)) != (self.tables.key == KeyKind::Integer) {
            return Ok(None);
        }
        let user = sql(select_users!("WHERE {id} = $1"))
            .of(&self.tables)
            .key(id);
        self.find(user).await
    }

    /// Returns users in the order of their ids, at most `limit`: with `after`, only users after
    /// that id; with `text`, only users whose name or address contains it. Ignores case; on SQLite
    /// for ASCII alone.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn users_after(
        &self,
        after: Option<UserId>,
        text: Option<&str>,
        limit: u32,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let pattern = contains(text.unwrap_or_default());
        let after = match (after, self.tables.key) {
            (Some(after), _) => after,
            (None, KeyKind::Integer) => UserId::Integer(i64::MIN),
            // No user has the nil uuid.
            (None, KeyKind::Uuid | KeyKind::HexUuid) => UserId::Uuid(Uuid::nil()),
        };
        let users = sql(select_users!(
            "WHERE {id} > $1 AND (lower({username}) LIKE lower($2) ESCAPE '!' \
             OR lower({email}) LIKE lower($2) ESCAPE '!') ORDER BY {users}.{id} LIMIT $3"
        ))
        .of(&self.tables)
        .key(after)
        .text(pattern)
        .integer(i64::from(limit));
        self.rows(users).await
    }

    /// Returns the encoding of the database if a text does not fit a column of it: a character
    /// that the encoding lacks, or more than `most` of what it counts as characters. `None` where
    /// the text fits, and for a database in UTF-8.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn encoding_in_the_way(
        &self,
        text: &str,
        most: usize,
    ) -> Result<Option<&str>, StoreError> {
        let Some(encoding) = self.encoding.as_deref().filter(|_| !text.is_ascii()) else {
            return Ok(None);
        };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let fits = sql("SELECT CAST(1 AS bigint) WHERE char_length(CAST($1 AS text)) <= $2");
        let fits: Option<(i64,)> = self.find(fits.text(text).integer(most)).await?;
        Ok(fits.is_none().then_some(encoding))
    }

    /// Replaces a user's hash, and ends no session, as Django. Refused if there is no such user.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn set_password(
        &self,
        username: &str,
        password: Encoded,
    ) -> Result<Write, StoreError> {
        let update = sql("UPDATE {users} SET {password} = $2 WHERE {username} = $1")
            .of(&self.tables)
            .text(username)
            .text(password.0.clone());
        Ok(Write::done_if(self.change(update).await? == 1))
    }

    /// Replaces a hash by another hash of the same password, unless the password has changed since.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn upgrade_password(
        &self,
        user: UserId,
        former: &Encoded,
        password: &Encoded,
    ) -> Result<Write, StoreError> {
        let update = sql("UPDATE {users} SET {password} = $3 WHERE {id} = $1 AND {password} = $2")
            .of(&self.tables)
            .key(user)
            .text(former.0.clone())
            .text(password.0.clone());
        Ok(Write::done_if(self.change(update).await? == 1))
    }

    /// Activates or deactivates a user. Refused if there is no such user.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn set_active(&self, username: &str, is_active: bool) -> Result<Write, StoreError> {
        let update = sql("UPDATE {users} SET {is_active} = $2 WHERE {username} = $1")
            .of(&self.tables)
            .text(username)
            .bool(is_active);
        Ok(Write::done_if(self.change(update).await? == 1))
    }

    /// Deletes a user. Refused if there is no such user. The user's tokens stay on record without a
    /// user, so that blacklisted tokens stay blacklisted.
    ///
    /// # Errors
    /// - [`StoreError::InUse`] names a foreign table with rows of the user; then no row is deleted.
    /// - [`StoreError`] if the database failed.
    pub async fn delete_user(&self, username: &str) -> Result<Write, StoreError> {
        let done = in_time(async {
            let mut transaction = self.pool.begin().await?;
            let deleted = delete(&mut transaction, &self.tables, username).await;
            // Django's keys are checked only when it commits.
            transaction.end(deleted).await
        });
        match done.await {
            // No user has such a name.
            Err(StoreError::Unstorable(_)) => Ok(Write::Refused),
            Err(StoreError::Database(sqlx::Error::Database(error)))
                if error.is_foreign_key_violation() =>
            {
                let table = match error.table() {
                    Some(table) => table.to_owned(),
                    None => self.table_in_the_way(username).await?,
                };
                Err(StoreError::InUse(table))
            }
            done => Ok(Write::done_if(done? == 1)),
        }
    }

    /// Runs a statement; how many rows it changed.
    async fn change(&self, statement: Statement) -> Result<u64, StoreError> {
        match self.write(WriteBatch::default().execute(statement)).await {
            // No row is of a name that the database cannot store.
            Err(StoreError::Unstorable(_)) => Ok(0),
            written => Ok(written?.unwrap_or_default().rows),
        }
    }

    /// The table that SQLite does not name: the deletion is tried again, looked at and undone.
    async fn table_in_the_way(&self, username: &str) -> Result<String, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let later = sql("PRAGMA defer_foreign_keys = ON");
        transaction.execute(later).await?;
        delete(&mut transaction, &self.tables, username).await?;
        let check = sql("SELECT \"table\" FROM pragma_foreign_key_check \
             WHERE parent = $1 LIMIT 1");
        let check = check.text(&*self.tables.name);
        let found: Vec<(String,)> = transaction.rows(check).await?;
        let table = found.into_iter().next().map(|(table,)| table);
        Ok(table.unwrap_or_else(|| format!("that refers to {}", self.tables.name)))
    }
}

/// Takes a user and the ownership of the user's tokens away; how many users are gone.
async fn delete(
    transaction: &mut Transaction,
    tables: &Tables,
    username: &str,
) -> Result<u64, StoreError> {
    // Locked, so that no token is issued meanwhile: it would have no user, or block the deletion.
    let hold = sql("SELECT {id} FROM {users} WHERE {username} = $1")
        .on_postgres("SELECT {id} FROM {users} WHERE {username} = $1 FOR UPDATE")
        .of(tables);
    transaction.execute(hold.text(username)).await?;
    let orphan = sql("UPDATE {outstanding} SET user_id = NULL \
         WHERE user_id = (SELECT {id} FROM {users} WHERE {username} = $1)")
    .of(tables);
    transaction.execute(orphan.text(username)).await?;
    for forget in [
        "DELETE FROM signet_session_token WHERE session_id IN (SELECT id FROM signet_session \
         WHERE user_id = (SELECT {id_in_own} FROM {users} WHERE {username} = $1))",
        "DELETE FROM signet_registration WHERE username = $1",
        "DELETE FROM signet_session \
         WHERE user_id = (SELECT {id_in_own} FROM {users} WHERE {username} = $1)",
        "DELETE FROM signet_known_location \
         WHERE user_id = (SELECT {id_in_own} FROM {users} WHERE {username} = $1)",
    ] {
        transaction
            .execute(sql(forget).of(tables).text(username))
            .await?;
    }
    let delete = sql("DELETE FROM {users} WHERE {username} = $1").of(tables);
    transaction.execute(delete.text(username)).await
}

/// A pattern of LIKE, with `!` as its escape, for what holds this text.
fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
