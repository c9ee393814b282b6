//! Every setting: its name, its default, what it does. A setting's doc comment is its manual;
//! `signet serve --help` prints it.
//!
//! A setting comes from, in rising precedence: its default, `signet.toml`, the environment
//! (`SIGNET_` and its name), the command line. [`sources`] finds the texts, [`value`] reads them.

mod check;
mod configs;
mod effective;
mod error;
mod keyring;
mod paths;
mod python;
mod source;
mod sources;
mod table;
mod unsupported;
mod values;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use crate::cors::{Origin, Pattern};
use crate::keys::Algorithm;
use crate::model::TokenType;
use crate::token::Audience;

pub use effective::{Effective, Shown};
pub use error::SettingsError;
pub use paths::{Endpoint, Paths};
pub use source::Source;
pub use sources::Sources;
pub use table::{Spec, flag_of};
pub use unsupported::{REFUSED, Refused};
pub use values::{
    AuthHeaderName, ByteSize, ClaimName, ColumnSetting, DatabaseUrl, EndpointPath, HttpToken,
    Lifetime, Limit, LogFilter, LogFormat, OptionalAddress, PublicUrl, Requirements, SecretText,
    Span, Value,
};

/// Declares the settings once: the typed fields, their manual, and how a field is read.
macro_rules! settings {
    ($(
        $(#[doc = $manual:literal])+
        [$table:ident] $name:ident $field:ident : $type:ty $(= $default:literal)? $(, secret $secret:literal)?;
    )+) => {
        /// Every setting, with its value.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $( $(#[doc = $manual])+ pub $field: $type, )+
            sources: Sources,
        }

        /// Every setting, in the order of the manual.
        pub const SPECS: &[Spec] = &[
            $( Spec {
                name: stringify!($name),
                table: stringify!($table),
                default: [$(Some($default),)? None][0],
                manual: &[$($manual),+],
                allowed: <$type as Value>::ALLOWED,
                takes_table: <$type as Value>::TAKES_TABLE,
                secret: [$($secret,)? false][0],
                written: <$type as Value>::written,
            }, )+
        ];

        impl Settings {
            /// Reads every setting from its source.
            ///
            /// # Errors
            /// [`SettingsError`] for the first value that is not allowed, or contradicts another
            /// setting.
            pub fn read(sources: &Sources) -> Result<Self, SettingsError> {
                let mut specs = SPECS.iter();
                let settings = Self {
                    $( $field: sources.get(specs.next().expect("a spec for every field"))?, )+
                    sources: sources.clone(),
                };
                settings.check()?;
                Ok(settings.with_public_port())
            }
        }
    };
}

settings! {
    /// The lifetime of an access token.
    [simple_jwt] ACCESS_TOKEN_LIFETIME access_token_lifetime: Lifetime = "10s";
    /// The lifetime of a refresh token, and of a session that does not rotate.
    [simple_jwt] REFRESH_TOKEN_LIFETIME refresh_token_lifetime: Lifetime = "30s";
    /// The time for which a sliding token opens protected endpoints.
    [simple_jwt] SLIDING_TOKEN_LIFETIME sliding_token_lifetime: Lifetime = "10s";
    /// The time for which a sliding token may be exchanged for its successor, counted from the login.
    [simple_jwt] SLIDING_TOKEN_REFRESH_LIFETIME sliding_token_refresh_lifetime: Lifetime = "30s";
    /// Give a new refresh token with every refresh.
    [simple_jwt] ROTATE_REFRESH_TOKENS rotate_refresh_tokens: bool = "false";
    /// Blacklist a refresh token once it has been rotated. Also makes verify refuse blacklisted tokens.
    [simple_jwt] BLACKLIST_AFTER_ROTATION blacklist_after_rotation: bool = "false";
    /// The time for which a rotated refresh token still returns its successor, always the same one, so that a lost answer or a second tab does not end the session. Later reuse means that the token was copied, so the session ends (reuse detection). 0s for none.
    [simple_jwt] ROTATION_GRACE rotation_grace: Span = "2s";
    /// The longest that a session may live, however often its refresh token rotates, counted from the login. Unset, there is no such end.
    [simple_jwt] SESSION_MAX_AGE session_max_age: Option<Lifetime>;
    /// Write the time of each login into Django's `last_login`.
    [simple_jwt] UPDATE_LAST_LOGIN update_last_login: bool = "false";
    /// The recipients of tokens: written as `aud`, and demanded. One text, or a list of which any element suffices.
    [simple_jwt] AUDIENCE audience: Option<Audience>;
    /// The issuer of tokens: written as `iss`, and demanded.
    [simple_jwt] ISSUER issuer: Option<String>;
    /// The tolerated difference between clocks; for `exp`, `iat` and `nbf`.
    [simple_jwt] LEEWAY leeway: Span = "0s";
    /// The words before a token in its header. Case matters; the first is named in every 401.
    [simple_jwt] AUTH_HEADER_TYPES auth_header_types: Vec<HttpToken> = "Bearer";
    /// The header that a token is looked for in; or, as in SimpleJWT, its key in Django's request.META, such as `HTTP_AUTHORIZATION`.
    [simple_jwt] AUTH_HEADER_NAME auth_header_name: AuthHeaderName = "Authorization";
    /// The column that tokens name users by: id, username, or what `[user]` calls one of these.
    [simple_jwt] USER_ID_FIELD user_id_field: String = "id";
    /// The claim that holds it.
    [simple_jwt] USER_ID_CLAIM user_id_claim: String = "user_id";
    /// The classes of token that open protected endpoints.
    [simple_jwt] AUTH_TOKEN_CLASSES auth_token_classes: Vec<TokenType> = "access";
    /// The claim that tells the types of token apart; empty for none, and then any token passes for any other.
    [simple_jwt] TOKEN_TYPE_CLAIM token_type_claim: ClaimName = "token_type";
    /// The claim that holds a token's identity.
    [simple_jwt] JTI_CLAIM jti_claim: String = "jti";
    /// The claim that says until when a sliding token may be exchanged.
    [simple_jwt] SLIDING_TOKEN_REFRESH_EXP_CLAIM sliding_token_refresh_exp_claim: String = "refresh_exp";
    /// Refuse the tokens of users who have been deactivated.
    [simple_jwt] CHECK_USER_IS_ACTIVE check_user_is_active: bool = "true";
    /// Let inactive users log in, as a Django project with AllowAllUsersModelBackend does. Only together with CHECK_USER_IS_ACTIVE = false; alone it has no effect.
    [simple_jwt] ALLOW_INACTIVE_LOGIN allow_inactive_login: bool = "false";
    /// Write a digest of the stored hash into tokens, and refuse tokens that are older than the password. A refresh or sliding token that is refused for it is blacklisted.
    [simple_jwt] CHECK_REVOKE_TOKEN check_revoke_token: bool = "false";
    /// The claim that holds the digest.
    [simple_jwt] REVOKE_TOKEN_CLAIM revoke_token_claim: String = "hash_password";
    /// The algorithm that signs tokens: HMAC with a secret that signs and verifies, or a key pair of RSA or an elliptic curve, whose public half verifies.
    [simple_jwt] ALGORITHM algorithm: Algorithm = "HS256";
    /// The key that signs tokens; a Django project beside Signet has the same. For HS* the text itself, at least 32 bytes, which verifies too; else a private key in PEM.
    /// Unset, a key is made on the first start and kept in DATA_DIR/signing.key.
    [simple_jwt] SIGNING_KEY signing_key: Option<SecretText>, secret true;
    /// A file that holds the signing key; one newline at its end does not belong to the key.
    [simple_jwt] SIGNING_KEY_FILE signing_key_file: Option<PathBuf>;
    /// The public key of the signing key, in PEM. Signet finds it by itself; one that is given is compared. Not for HS*.
    [simple_jwt] VERIFYING_KEY verifying_key: Option<String>;
    /// A file that holds it.
    [simple_jwt] VERIFYING_KEY_FILE verifying_key_file: Option<PathBuf>;

    /// Origins whose pages may read the answers of the REST API, such as `http://localhost:8001`. None but these are.
    [cors] CORS_ALLOWED_ORIGINS cors_allowed_origins: Vec<Origin> = "";
    /// Patterns of further origins, such as `^https://\\w+\\.example\\.com$`. They are anchored at their start only, as Python's `re.match`: end them with `$`.
    [cors] CORS_ALLOWED_ORIGIN_REGEXES cors_allowed_origin_regexes: Vec<Pattern> = "";
    /// Let the pages of every origin read the answers.
    [cors] CORS_ALLOW_ALL_ORIGINS cors_allow_all_origins: bool = "false";
    /// Let the pages of allowed origins send cookies and read the answers to such requests. The cookie transport of the web UI stays closed to them.
    [cors] CORS_ALLOW_CREDENTIALS cors_allow_credentials: bool = "false";
    /// Response headers that the pages of allowed origins may read, besides the harmless ones that browsers always show.
    [cors] CORS_EXPOSE_HEADERS cors_expose_headers: Vec<HttpToken> = "";
    /// Methods that a preflight is told are allowed.
    [cors] CORS_ALLOW_METHODS cors_allow_methods: Vec<HttpToken> = "DELETE,GET,OPTIONS,PATCH,POST,PUT";
    /// Request headers that a preflight is told are allowed.
    [cors] CORS_ALLOW_HEADERS cors_allow_headers: Vec<HttpToken> = "accept,authorization,content-type,user-agent,x-csrftoken,x-requested-with";
    /// Seconds for which a browser may keep the answer to a preflight; 0 leaves that to the browser.
    [cors] CORS_PREFLIGHT_MAX_AGE cors_preflight_max_age: u32 = "86400";

    /// Let pages of the internet reach this server on a private network, if their browser asks.
    [cors] CORS_ALLOW_PRIVATE_NETWORK cors_allow_private_network: bool = "false";
    /// The paths that all this is about, as a pattern anchored at its start.
    [cors] CORS_URLS_REGEX cors_urls_regex: Pattern = "^.*$";

    /// The address and port to listen on. Behind a reverse proxy keep it on 127.0.0.1.
    [server] LISTEN listen: SocketAddr = "127.0.0.1:8000";
    /// The address of this server for browsers: scheme, host and port. With https, cookies are `Secure`. Unset, its port is LISTEN's.
    [server] PUBLIC_URL public_url: PublicUrl = "http://localhost:8000";
    /// The folder of Signet's own files: the signing key and the SQLite database. Created if missing.
    [server] DATA_DIR data_dir: PathBuf = "data";
    /// Networks or addresses of reverse proxies, such as `10.0.0.0/8,::1`, whose X-Forwarded-For is believed. From other addresses it is ignored.
    [server] TRUSTED_PROXIES trusted_proxies: Vec<IpNet> = "";
    /// The largest body that is read, in bytes or with the unit KiB or MiB. Beyond it the answer is 413.
    [server] MAX_BODY max_body: ByteSize = "256KiB";
    /// The number of concurrent connections. Further ones wait until a connection ends.
    [server] MAX_CONNECTIONS max_connections: NonZeroUsize = "1024";
    /// Connections of one address, or one IPv6 network of 64 bits. Further ones are closed at once. Trusted proxies may have more.
    [server] MAX_CONNECTIONS_PER_ADDRESS max_connections_per_address: NonZeroUsize = "256";
    /// The time for the head of a request to arrive, counted from its first byte, and for the first byte of a new connection.
    [server] HEADER_TIMEOUT header_timeout: Lifetime = "5s";
    /// The time that a connection stays open after an answer without a further request. Keep it above the idle time of a reverse proxy: nginx and AWS have 60 seconds. While MAX_CONNECTIONS are open, HEADER_TIMEOUT holds instead.
    [server] KEEP_ALIVE_TIMEOUT keep_alive_timeout: Lifetime = "150s";
    /// The time for the body of a request to arrive, and the time by which a client may fall behind 1 KiB a second while it receives its answer.
    [server] REQUEST_TIMEOUT request_timeout: Lifetime = "10s";
    /// The time for unfinished requests after the signal to stop.
    [server] DRAIN_TIMEOUT drain_timeout: Span = "10s";
    /// An address and port of its own where `/metrics` counts requests, logins and connections for Prometheus, such as 127.0.0.1:9090; or off.
    [server] METRICS_LISTEN metrics_listen: OptionalAddress = "off";
    /// The log level: error, warn, info, debug, trace, or a filter such as `warn,signet=debug`.
    [server] LOG log: LogFilter = "info";
    /// The format of log lines: text for people, json for programs.
    [server] LOG_FORMAT log_format: LogFormat = "text";

    /// Serve the web UI. It needs a path for each of its endpoints, and is off without them.
    [server] WEB_UI web_ui: bool = "true";

    /// The places of the REST API: every endpoint stands below each of them, with and without a slash at its end. `[]` for none.
    [paths] PATHS_MOUNTS paths_mounts: Vec<EndpointPath> = "/auth,/accounts";
    /// Further paths of the login, such as `/api/token/`. They stand exactly there, with and without the slash at their end; so do all of this table. The web UI uses the first path of each endpoint.
    [paths] PATHS_TOKEN paths_token: Vec<EndpointPath> = "";
    /// Further paths of the refresh.
    [paths] PATHS_TOKEN_REFRESH paths_token_refresh: Vec<EndpointPath> = "";
    /// Further paths of verify.
    [paths] PATHS_TOKEN_VERIFY paths_token_verify: Vec<EndpointPath> = "";
    /// Further paths of the blacklist: logging out.
    [paths] PATHS_TOKEN_BLACKLIST paths_token_blacklist: Vec<EndpointPath> = "";
    /// Further paths of the login with a sliding token.
    [paths] PATHS_TOKEN_SLIDING paths_token_sliding: Vec<EndpointPath> = "";
    /// Further paths of the refresh of a sliding token.
    [paths] PATHS_TOKEN_SLIDING_REFRESH paths_token_sliding_refresh: Vec<EndpointPath> = "";
    /// Further paths of the registration.
    [paths] PATHS_REGISTER paths_register: Vec<EndpointPath> = "";
    /// Further paths of the current user.
    [paths] PATHS_ME paths_me: Vec<EndpointPath> = "";
    /// Further paths of the session list. A session stands below it, by its id.
    [paths] PATHS_SESSIONS paths_sessions: Vec<EndpointPath> = "";
    /// Further paths of the password change.
    [paths] PATHS_PASSWORD_CHANGE paths_password_change: Vec<EndpointPath> = "";

    /// The table of the user model. Unset, the one that the project's tokens refer to; without a Django project it is `auth_user`.
    [user] USER_TABLE user_table: Option<String>;
    /// The column of its primary key: an integer, or a uuid.
    [user] USER_ID user_id: String = "id";
    /// The column that users log in by, the model's USERNAME_FIELD.
    [user] USER_USERNAME user_username: String = "username";
    /// The field of a request that holds it, as the model names it. Unset, the name of the column.
    [user] USER_USERNAME_FIELD user_username_field: Option<String>;
    /// The column of the stored hash.
    [user] USER_PASSWORD user_password: String = "password";
    /// The column of the e-mail address, or false for none.
    [user] USER_EMAIL user_email: ColumnSetting = "email";
    /// The column that says whether a user may log in, or false for none: then every user may.
    [user] USER_IS_ACTIVE user_is_active: ColumnSetting = "is_active";
    /// The column of the last login, or false for none.
    [user] USER_LAST_LOGIN user_last_login: ColumnSetting = "last_login";
    /// The column of the time of registration, or false for none.
    [user] USER_DATE_JOINED user_date_joined: ColumnSetting = "date_joined";
    /// The columns that the name of a login is looked for in, such as `username,email`: the first in which exactly one user has it. Unset, the username alone.
    [user] USER_LOGIN user_login: Vec<String> = "";
    /// Ignore the case of the name, as the database does; SQLite for ASCII alone.
    [user] USER_LOGIN_IGNORES_CASE user_login_ignores_case: bool = "false";
    /// Values that columns must have at a login, besides is_active: a table of columns, or a JSON object such as `{"is_verified": true, "deleted_at": "null"}`. Otherwise the answer is that of a wrong password.
    [user] USER_REQUIRE user_require: Requirements = "{}";

    /// The database: `sqlite://PATH` of a file, Signet's own or a Django project's, or `postgres://USER:PASSWORD@HOST/DATABASE`. Unset, the file signet.db in DATA_DIR.
    [database] DATABASE_URL database_url: Option<DatabaseUrl>, secret true;
    /// The largest number of connections to the database, 1 to 1000. Where a PostgreSQL role or a pooler allows fewer, the server makes do with fewer.
    [database] DATABASE_POOL_SIZE database_pool_size: NonZeroUsize = "10";
    /// The time that a start waits for an unreachable database, such as 60s.
    [database] WAIT_FOR_DATABASE wait_for_database: Span = "0s";

    /// The fewest characters of a new password. Django's default is 8; NIST advises 15 where a password is all there is.
    [password] PASSWORD_MIN_LENGTH password_min_length: usize = "8";
    /// Replace a user's hash at login if its algorithm is not argon2id or its cost differs from the settings. Beside a Django project this needs argon2-cffi there.
    [password] PASSWORD_UPGRADE password_upgrade: bool = "true";
    /// Memory of one argon2id hash, in KiB.
    [password] HASH_MEMORY_KIB hash_memory_kib: u32 = "19456";
    /// Passes over that memory.
    [password] HASH_ITERATIONS hash_iterations: u32 = "2";
    /// Lanes of that memory.
    [password] HASH_PARALLELISM hash_parallelism: u32 = "1";
    /// Passwords that are hashed at the same time, each on a thread of its own. Unset, one a core. 32 more may wait; beyond that the answer is 503.
    [password] HASH_SLOTS hash_slots: Option<NonZeroUsize>;

    /// Failed logins of one account from one address; ten times as many from all that it has not signed in from. Beyond them the answer is 429.
    [throttle] THROTTLE_LOGIN throttle_login: Limit = "10/min";
    /// Failed logins from one address, or one IPv6 network of 64 bits.
    [throttle] THROTTLE_LOGIN_ADDRESS throttle_login_address: Limit = "100/min";
    /// Registrations from one address, or one IPv6 network of 64 bits.
    [throttle] THROTTLE_REGISTER throttle_register: Limit = "20/hour";
}

impl Settings {
    /// Returns the error for a value whose problem shows only in use.
    pub fn problem(&self, name: &'static str, problem: impl ToString) -> SettingsError {
        SettingsError::Combination {
            name,
            source_text: self.sources.source_of(name),
            problem: problem.to_string(),
        }
    }

    /// Returns the source of a setting's value.
    pub fn source_of(&self, name: &str) -> Source {
        self.sources.source_of(name)
    }

    /// The file that was read, if there was one.
    pub fn file(&self) -> Option<&Path> {
        self.sources.file()
    }

    /// Without a PUBLIC_URL the server is found where it listens.
    fn with_public_port(mut self) -> Self {
        if self.sources.source_of("PUBLIC_URL") == Source::Default && self.listen.port() != 0 {
            self.public_url = PublicUrl::localhost(self.listen.port());
        }
        self
    }

    /// The URL of the database that is used.
    pub fn database(&self) -> String {
        match &self.database_url {
            Some(url) => url.as_str().to_owned(),
            // These characters have another meaning in a URL.
            None => {
                let path = self.data_dir.join("signet.db").display().to_string();
                let path = path
                    .replace('%', "%25")
                    .replace('?', "%3F")
                    .replace('#', "%23");
                format!("sqlite://{path}")
            }
        }
    }
}
