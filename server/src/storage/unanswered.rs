//! Writes whose answers may have been lost. A commit that outlasts its request goes through later,
//! and the client, which was answered 503, repeats the request.

use crate::clock::{Duration, Timestamp};
use crate::model::RegistrationAnswer;
use crate::storage::error::StoreError;
use crate::storage::statement::sql;
use crate::storage::store::Store;
use crate::storage::write_batch::WriteBatch;

/// The time for which an unanswered registration may be repeated, and the delay before, since its
/// answer may be under way: 503 says `Retry-After: 1`.
const REPEATABLE: Duration = Duration::from_mins(10);
const NOT_BEFORE: Duration = Duration::from_secs(1);

impl Store {
    /// Records that the rotations of these successors were answered when the successors were
    /// issued. The ids are those of Signet's own tokens.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database is away; then none is recorded.
    pub async fn confirm_answered(&self, successors: &[String]) -> Result<(), StoreError> {
        let confirm = sql("UPDATE signet_session_token SET answered_at = created_at \
             WHERE answered_at IS NULL AND jti IN (SELECT value FROM json_each($1))")
        .on_postgres(
            "UPDATE signet_session_token SET answered_at = created_at WHERE answered_at IS NULL \
             AND jti = ANY (ARRAY(SELECT json_array_elements_text(CAST($1 AS json))))",
        )
        .text(serde_json::Value::from(successors).to_string());
        self.write(WriteBatch::default().execute(confirm)).await?;
        Ok(())
    }

    /// Records that a successor was handed out `at` this time by a repeated request, unless an
    /// earlier time is recorded.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database is away.
    pub async fn confirm_repeated(&self, successor: &str, at: Timestamp) -> Result<(), StoreError> {
        let confirm = sql("UPDATE signet_session_token SET answered_at = $2 \
             WHERE jti = $1 AND answered_at IS NULL");
        let confirm = confirm.text(successor).time(at);
        self.write(WriteBatch::default().execute(confirm)).await?;
        Ok(())
    }

    /// Returns [`RegistrationAnswer::Missing`] if the user of this name was registered one second to
    /// ten minutes ago, by a request that may not have been answered.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn registration_answer(
        &self,
        username: &str,
        now: Timestamp,
    ) -> Result<RegistrationAnswer, StoreError> {
        let query = sql("SELECT EXISTS (SELECT 1 FROM signet_registration \
             WHERE username = $1 AND created_at > $2 AND created_at <= $3)");
        let query = query
            .text(username)
            .time(now - REPEATABLE)
            .time(now - NOT_BEFORE);
        let (is_unanswered,) = self.row(query).await?;
        Ok(if is_unanswered {
            RegistrationAnswer::Missing
        } else {
            RegistrationAnswer::Given
        })
    }

    /// Records that the registration of this name has been answered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database is away.
    pub async fn confirm_registration(&self, username: &str) -> Result<(), StoreError> {
        let confirm = sql("DELETE FROM signet_registration WHERE username = $1").text(username);
        self.write(WriteBatch::default().execute(confirm)).await?;
        Ok(())
    }
}

/// Adds to the batch that makes a user: the registration is unanswered so far. Rows that are no
/// longer of use go with it.
pub(super) fn mark_registration(batch: WriteBatch, username: &str, now: Timestamp) -> WriteBatch {
    let forget = sql("DELETE FROM signet_registration WHERE created_at <= $1");
    let mark = sql(
        "INSERT INTO signet_registration (username, created_at) VALUES ($1, $2) \
         ON CONFLICT (username) DO UPDATE SET created_at = $2",
    );
    batch
        .execute(forget.time(now - REPEATABLE))
        .execute(mark.text(username).time(now))
}
