//! The table `auth_user`.

use super::time::DjangoTime;
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::password::Encoded;
use crate::user::UserId;

/// A user as the database knows one.
#[derive(Clone, Debug)]
pub struct UserRecord {
    /// The primary key.
    pub id: UserId,
    /// As stored: NFKC.
    pub username: String,
    /// Empty where there is none.
    pub email: String,
    /// The stored hash.
    pub password: Encoded,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// The last login that was recorded.
    pub last_login: Option<Timestamp>,
    /// When the user was made.
    pub date_joined: Timestamp,
}

impl<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> for UserRecord {
    fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row;
        let last_login: Option<DjangoTime> = row.try_get("last_login")?;
        let date_joined: DjangoTime = row.try_get("date_joined")?;
        Ok(Self {
            id: UserId(row.try_get("id")?),
            username: row.try_get("username")?,
            email: row.try_get("email")?,
            password: Encoded(row.try_get("password")?),
            is_active: row.try_get("is_active")?,
            last_login: last_login.map(|time| time.0),
            date_joined: date_joined.0,
        })
    }
}

/// What a new user is made of.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// As it is to be stored.
    pub username: String,
    /// Empty for none.
    pub email: String,
    /// The hash to store.
    pub password: Encoded,
    /// Whether the user may sign in.
    pub is_active: bool,
}

impl Store {
    /// The user of exactly this name.
    pub async fn user_by_name(&self, username: &str) -> Result<Option<UserRecord>, StoreError> {
        let query = "SELECT id, username, email, password, is_active, last_login, date_joined \
                     FROM auth_user WHERE username = $1";
        Ok(sqlx::query_as(query)
            .bind(username)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The user of this primary key.
    pub async fn user_by_id(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        let query = "SELECT id, username, email, password, is_active, last_login, date_joined \
                     FROM auth_user WHERE id = $1";
        Ok(sqlx::query_as(query)
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The first users by their ids, at most `limit`: those after this one, if one is given, and
    /// those alone whose name or address holds the text, if one is given. ASCII letters match in
    /// either case.
    pub async fn users_after(
        &self,
        after: Option<UserId>,
        text: Option<&str>,
        limit: u32,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let query = "SELECT id, username, email, password, is_active, last_login, date_joined \
                     FROM auth_user WHERE id > $1 \
                     AND (instr(lower(username), lower($2)) > 0 OR instr(lower(email), lower($2)) > 0) \
                     ORDER BY id LIMIT $3";
        Ok(sqlx::query_as(query)
            .bind(after.map_or(i64::MIN, |id| id.0))
            // Every text holds the empty one.
            .bind(text.unwrap_or_default())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Makes a user. Of two that want the same name, one gets [`StoreError::UsernameTaken`].
    pub async fn create_user(&self, user: NewUser, now: Timestamp) -> Result<UserId, StoreError> {
        let query = "INSERT INTO auth_user (username, email, password, is_active, is_staff, \
                     is_superuser, first_name, last_name, date_joined) \
                     VALUES ($1, $2, $3, $4, FALSE, FALSE, '', '', $5) RETURNING id";
        let inserted = sqlx::query_scalar(query)
            .bind(user.username)
            .bind(user.email)
            .bind(user.password.0)
            .bind(user.is_active)
            .bind(DjangoTime(now))
            .fetch_one(&self.pool)
            .await;
        match inserted {
            Ok(id) => Ok(UserId(id)),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(StoreError::UsernameTaken)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces a user's hash; `false` if there is no such user.
    pub async fn set_password(
        &self,
        username: &str,
        password: Encoded,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE auth_user SET password = $2 WHERE username = $1")
            .bind(username)
            .bind(password.0)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets a user sign in, or no longer; `false` if there is no such user.
    pub async fn set_active(&self, username: &str, is_active: bool) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE auth_user SET is_active = $2 WHERE username = $1")
            .bind(username)
            .bind(is_active)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes a user; `false` if there is none. The user's tokens stay on record without an
    /// owner, so that what was blacklisted stays blacklisted.
    pub async fn delete_user(&self, username: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE token_blacklist_outstandingtoken SET user_id = NULL \
             WHERE user_id = (SELECT id FROM auth_user WHERE username = $1)",
        )
        .bind(username)
        .execute(&mut *transaction)
        .await?;
        let done = sqlx::query("DELETE FROM auth_user WHERE username = $1")
            .bind(username)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
