//! The tables of SimpleJWT's `token_blacklist`. A row never holds the token itself, only its
//! `jti`: whoever reads the database can use none of them.

use super::time::DjangoTime;
use super::{Store, StoreError};
use crate::claims::{Claims, UserClaim};
use crate::clock::Timestamp;

const RECORD: &str = "INSERT INTO token_blacklist_outstandingtoken \
    (token, created_at, expires_at, user_id, jti) \
    VALUES ('', $1, $2, (SELECT id FROM auth_user WHERE id = $3), $4) \
    ON CONFLICT (jti) DO NOTHING";

impl Store {
    /// Records a refresh token that is about to be handed out.
    pub async fn add_outstanding(
        &self,
        refresh: &Claims,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        record(refresh, Some(now)).execute(&self.pool).await?;
        Ok(())
    }

    /// Blacklists a refresh token, also one that was never recorded. Once answered, no refresh
    /// with it succeeds; a second time changes nothing.
    pub async fn blacklist(&self, refresh: &Claims, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let created = refresh.iat().map(|iat| DjangoTime::from_second(iat).0);
        record(refresh, created).execute(&mut *transaction).await?;
        sqlx::query(
            "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
             SELECT $1, id FROM token_blacklist_outstandingtoken WHERE jti = $2 \
             ON CONFLICT (token_id) DO NOTHING",
        )
        .bind(DjangoTime(now))
        .bind(refresh.jti())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// `true` if the token of this `jti` has been blacklisted.
    pub async fn is_blacklisted(&self, jti: &str) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS b \
                     JOIN token_blacklist_outstandingtoken AS o ON o.id = b.token_id \
                     WHERE o.jti = $1)";
        Ok(sqlx::query_scalar(query)
            .bind(jti)
            .fetch_one(&self.pool)
            .await?)
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn record(refresh: &Claims, created: Option<Timestamp>) -> Query<'_> {
    let user = match refresh.user() {
        UserClaim::Id(id) => Some(id.0),
        UserClaim::Absent | UserClaim::Empty | UserClaim::Unknown => None,
    };
    sqlx::query(RECORD)
        .bind(created.map(DjangoTime))
        .bind(DjangoTime::from_second(refresh.exp().unwrap_or(i64::MAX)))
        .bind(user)
        .bind(refresh.jti())
}
