//! The REST contract as types: the answers of the server, as every Rust client reads them.
//!
//! The crate has no logic and depends only on serde, so that the WASM frontend and the server share
//! it and no more. Shapes and key order are those of `djangorestframework-simplejwt` in [`token`],
//! [`account`] and [`error`]; [`session`] is Signet's own.

pub mod account;
pub mod error;
pub mod session;
pub mod token;

/// The pages of the web UI.
pub const PAGES: [&str; 7] = [
    "/",
    "/login",
    "/logout",
    "/register",
    "/session",
    "/sessions",
    "/account",
];

/// `GET` the public keys that tokens are verified with (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";

/// Paths of the endpoints below a mount, with the trailing slash of the contract.
pub mod path {
    /// `POST` credentials, answers a refresh and an access token.
    pub const TOKEN: &str = "/token/";
    /// `POST` a refresh token, answers a fresh access token.
    pub const TOKEN_REFRESH: &str = "/token/refresh/";
    /// `POST` any token: answers whether the token is valid.
    pub const TOKEN_VERIFY: &str = "/token/verify/";
    /// `POST` a refresh token to end it: logging out.
    pub const TOKEN_BLACKLIST: &str = "/token/blacklist/";
    /// `POST` credentials, answers a sliding token.
    pub const TOKEN_SLIDING: &str = "/token/sliding/";
    /// `POST` a sliding token, answers its successor.
    pub const TOKEN_SLIDING_REFRESH: &str = "/token/sliding/refresh/";
    /// `POST` a new user.
    pub const REGISTER: &str = "/register/";
    /// `GET` the caller, by access token: the protected endpoint.
    pub const ME: &str = "/me/";
    /// `GET` the caller's live sessions, `DELETE` all except the current one.
    pub const SESSIONS: &str = "/sessions/";
    /// `DELETE` the session of this id.
    pub const SESSION: &str = "/sessions/{id}/";
    /// `POST` the current and a new password; the other sessions end.
    pub const PASSWORD_CHANGE: &str = "/password/change/";
}

/// The request header that asks for the refresh token to travel in an `HttpOnly` cookie
/// instead of the body. Its one value is [`TRANSPORT_COOKIE`].
pub const TRANSPORT_HEADER: &str = "x-auth-transport";

/// The value of [`TRANSPORT_HEADER`] that asks for the cookie.
pub const TRANSPORT_COOKIE: &str = "cookie";

/// A cookie that script may read, with the value `1` while the refresh cookie stands: it tells
/// the page that restoring a session is worth a request. Its name goes on with a dash and the port,
/// unless that is 443 over https or 8000 over plain http: browsers share cookies among all ports of a
/// host.
pub const HINT_COOKIE: &str = "session-hint";

/// The suffix to the name of the hint cookie for the cookie that a page sets when its user has
/// logged out and the server has not confirmed it. Its value is `1`. While the cookie exists, no
/// page restores the session; a login deletes it.
pub const LOGOUT_SUFFIX: &str = "-logout";
