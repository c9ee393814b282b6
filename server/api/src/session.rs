//! Bodies of `sessions/`.
//!
//! `GET sessions/` answers the caller's own live sessions as a list of [`Session`], the last used
//! first. `DELETE sessions/{id}/` ends one, `DELETE sessions/` all but the current one, and with
//! the query `?all=true` every one; each answers 204 without a body. The caller is known by the
//! access token, the current session by the refresh token: the one in the cookie with the cookie
//! transport, otherwise the field `refresh` of a body, which is optional for `GET`.

use serde::{Deserialize, Serialize};

/// One row of the list: a session is what one login began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its identity: letters and digits.
    pub id: String,
    /// The time of the login: RFC 3339, in UTC.
    pub created_at: String,
    /// The time of the last refresh, accurate to about a minute: RFC 3339, in UTC.
    pub last_used_at: String,
    /// The client's address at the login; empty if unknown.
    pub address: String,
    /// The `User-Agent` of the login, cut to 255 characters; empty where there was none.
    pub user_agent: String,
    /// Whether the refresh token of this request belongs to it.
    pub is_current: bool,
}
