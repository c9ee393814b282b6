//! Bodies of `token/`, `token/refresh/`, `token/verify/` and `token/blacklist/`.

use serde::{Deserialize, Serialize};

/// The body of `POST token/`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// As it was registered; case matters.
    pub username: String,
    /// In the clear; the server trims white space at both ends, as the reference does.
    pub password: String,
}

/// The answer of `POST token/`: `{"refresh", "access"}`, in this order.
#[derive(Clone, Serialize, Deserialize)]
pub struct Obtained {
    /// The refresh token; left out with the cookie transport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<String>,
    /// The access token.
    pub access: String,
    /// Seconds the refresh token in the cookie has left; with the cookie transport only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_expires_in: Option<i64>,
}

/// The answer of `POST token/refresh/`: `{"access"}`, and with ROTATE_REFRESH_TOKENS `"refresh"`
/// after it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refreshed {
    /// The fresh access token.
    pub access: String,
    /// The refresh token that replaces the one sent, where refresh tokens rotate; left out with
    /// the cookie transport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<String>,
    /// Seconds the refresh token in the cookie has left; with the cookie transport only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_expires_in: Option<i64>,
}

/// The answer of `POST token/sliding/` and `POST token/sliding/refresh/`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sliding {
    /// The sliding token.
    pub token: String,
}

/// The body of `POST token/verify/`.
#[derive(Clone, Serialize, Deserialize)]
pub struct VerifyRequest {
    /// Any token of this server.
    pub token: String,
}

/// The empty object `{}` that verifying and blacklisting answer. An object with a member is another.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}
