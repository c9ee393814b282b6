//! Statements that insert the rows of a session and of its tokens.

use crate::model::{NewSession, TokenRecord};
use crate::storage::outstanding_tokens::storable;
use crate::storage::statement::{Statement, sql};

/// Makes the row of a session that a token has been put into. Of two servers that find the same
/// token at once one puts it into its own.
pub(super) fn insert_session(session: &NewSession) -> Statement {
    sql("INSERT INTO signet_session \
         (id, user_id, created_at, last_used_at, address, user_agent) \
         SELECT $1, $2, $3, $4, $5, $6 \
         WHERE EXISTS (SELECT 1 FROM signet_session_token WHERE session_id = $1) \
         ON CONFLICT (id) DO NOTHING")
    .text(&*session.id.0)
    .user(session.user)
    .time(session.created_at)
    .time(session.used_at)
    .text(&*session.address)
    .text(&*session.user_agent)
}

/// Puts a token into a session, unless it belongs to one.
pub(super) fn insert_session_token(token: &TokenRecord, session: &NewSession) -> Statement {
    sql(
        "INSERT INTO signet_session_token (jti, session_id, spent_jti, created_at, expires_at) \
         VALUES ($1, $2, NULL, $3, $4) ON CONFLICT (jti) DO NOTHING",
    )
    .text(storable(&token.jti))
    .text(&*session.id.0)
    .time(session.created_at)
    .integer(token.lives_until)
}
