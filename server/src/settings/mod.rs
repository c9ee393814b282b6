//! Every setting: its name, its default, what it does. A setting's doc comment is its manual;
//! `signet serve --help` prints it.
//!
//! A setting comes from, in rising precedence: its default, `signet.toml`, the environment
//! (`SIGNET_` and its name), the command line. [`sources`] finds the texts, [`value`] reads them.

mod sources;
mod value;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub use sources::{Source, Sources};
pub use value::{
    DatabaseUrl, HttpToken, Lifetime, LogFormat, Origin, PublicUrl, SecretText, Value,
};

/// What is known of a setting without its value.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its one name, such as `ACCESS_TOKEN_LIFETIME`. The environment puts `SIGNET_` before it.
    pub name: &'static str,
    /// Its table in `signet.toml`.
    pub table: &'static str,
    /// Its default as text; `None` where it is unset.
    pub default: Option<&'static str>,
    /// The lines of its manual.
    pub manual: &'static [&'static str],
    /// What a value looks like.
    pub allowed: &'static str,
    /// Secrets are not taken from the command line, where every user of the machine reads them.
    pub secret: bool,
}

impl Spec {
    /// Its key in [`Spec::table`]: the name in lower case, without the table's name before it.
    pub fn key(&self) -> String {
        let lower = self.name.to_ascii_lowercase();
        match lower.strip_prefix(&format!("{}_", self.table)) {
            Some(rest) => rest.to_owned(),
            None => lower,
        }
    }

    /// Its name in the environment.
    pub fn variable(&self) -> String {
        format!("SIGNET_{}", self.name)
    }

    /// Its name on the command line, without the dashes before it.
    pub fn flag(&self) -> String {
        self.name.to_ascii_lowercase().replace('_', "-")
    }
}

/// Why the settings are of no use. One line: which setting, where its value came from, and what
/// is allowed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value of the wrong form.
    #[error("{name} from {source_text}: {found} is not allowed; it takes {allowed}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Where the value came from.
        source_text: Source,
        /// The value, quoted; redacted for a secret.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Settings that do not go together, or something that the value points to is missing.
    #[error("{name} from {source_text}: {problem}")]
    Combination {
        /// The setting.
        name: &'static str,
        /// Where the value came from.
        source_text: Source,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// A name that no setting has.
    #[error("{name} from {source_text}: there is no such setting{hint}")]
    Unknown {
        /// The name.
        name: String,
        /// Where it came from.
        source_text: Source,
        /// A setting of a similar name, if there is one.
        hint: String,
    },
    /// The file cannot be read, or is no TOML.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

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
        }

        /// Every setting, in the order of the manual.
        pub const SPECS: &[Spec] = &[
            $( Spec {
                name: stringify!($name),
                table: stringify!($table),
                default: [$(Some($default),)? None][0],
                manual: &[$($manual),+],
                allowed: <$type as Value>::ALLOWED,
                secret: [$($secret,)? false][0],
            }, )+
        ];

        impl Settings {
            /// Reads every setting from where it is given.
            pub fn read(sources: &Sources) -> Result<Self, SettingsError> {
                let mut specs = SPECS.iter();
                let settings = Self {
                    $( $field: sources.get(specs.next().expect("a spec for every field"))?, )+
                };
                settings.check(sources)?;
                Ok(settings)
            }
        }
    };
}

settings! {
    /// How long an access token lives.
    [simple_jwt] ACCESS_TOKEN_LIFETIME access_token_lifetime: Lifetime = "10s";
    /// How long a refresh token lives, and with it a session that does not rotate.
    [simple_jwt] REFRESH_TOKEN_LIFETIME refresh_token_lifetime: Lifetime = "30s";
    /// The text of the HMAC key that signs and verifies tokens, at least 32 bytes; a Django project beside Signet has the same.
    /// Unset, a key is made on the first start and kept in DATA_DIR/signing.key.
    [simple_jwt] SIGNING_KEY signing_key: Option<SecretText>, secret true;
    /// A file that holds the signing key; one newline at its end does not belong to the key.
    [simple_jwt] SIGNING_KEY_FILE signing_key_file: Option<PathBuf>;

    /// Origins whose pages may read the answers of the REST API, such as `http://localhost:8001`. None but these are.
    [cors] CORS_ALLOWED_ORIGINS cors_allowed_origins: Vec<Origin> = "";
    /// Let those pages send cookies and read the answers to such requests. The cookie transport of the web UI stays closed to them.
    [cors] CORS_ALLOW_CREDENTIALS cors_allow_credentials: bool = "false";
    /// Response headers that those pages may read, besides the harmless ones that browsers always show.
    [cors] CORS_EXPOSE_HEADERS cors_expose_headers: Vec<HttpToken> = "";
    /// Methods that a preflight is told are allowed.
    [cors] CORS_ALLOW_METHODS cors_allow_methods: Vec<HttpToken> = "DELETE,GET,OPTIONS,PATCH,POST,PUT";
    /// Request headers that a preflight is told are allowed.
    [cors] CORS_ALLOW_HEADERS cors_allow_headers: Vec<HttpToken> = "accept,authorization,content-type,user-agent,x-csrftoken,x-requested-with";
    /// Seconds for which a browser may keep the answer to a preflight; 0 leaves that to the browser.
    [cors] CORS_PREFLIGHT_MAX_AGE cors_preflight_max_age: u32 = "86400";

    /// The address and port to listen on. Behind a reverse proxy keep it on 127.0.0.1.
    [server] LISTEN listen: SocketAddr = "127.0.0.1:8000";
    /// Where browsers find this server: scheme, host and port. With https, cookies are `Secure`.
    [server] PUBLIC_URL public_url: PublicUrl = "http://localhost:8000";
    /// The folder of what Signet keeps: the signing key and the SQLite file. It is made when it is missing.
    [server] DATA_DIR data_dir: PathBuf = "data";
    /// What is logged: error, warn, info, debug, trace, or a filter such as `warn,signet=debug`.
    [server] LOG log: String = "info";
    /// How log lines are written: text for people, json for programs.
    [server] LOG_FORMAT log_format: LogFormat = "text";

    /// The database, `sqlite://PATH`. Unset, it is the file signet.db in DATA_DIR.
    [database] DATABASE_URL database_url: Option<DatabaseUrl>, secret true;

    /// The fewest characters of a new password. Django's default is 8; NIST advises 15 where a password is all there is.
    [password] PASSWORD_MIN_LENGTH password_min_length: usize = "8";
    /// Memory of one argon2id hash, in KiB.
    [password] HASH_MEMORY_KIB hash_memory_kib: u32 = "19456";
    /// Passes over that memory.
    [password] HASH_ITERATIONS hash_iterations: u32 = "2";
    /// Lanes of that memory.
    [password] HASH_PARALLELISM hash_parallelism: u32 = "1";
    /// Passwords that are hashed at the same time, each on a thread of its own. Unset, one a core. 32 more may wait; beyond that the answer is 503.
    [password] HASH_SLOTS hash_slots: Option<NonZeroUsize>;
}

impl Settings {
    /// What no single value shows.
    fn check(&self, sources: &Sources) -> Result<(), SettingsError> {
        let combination = |name: &'static str, problem: String| SettingsError::Combination {
            name,
            source_text: sources.source_of(name),
            problem,
        };
        if self.signing_key.is_some() && self.signing_key_file.is_some() {
            let problem = "SIGNING_KEY is given too; give one of the two".to_owned();
            return Err(combination("SIGNING_KEY_FILE", problem));
        }
        if self.hash_cost().is_none() {
            let problem =
                "with HASH_ITERATIONS and HASH_PARALLELISM this is no cost that argon2id \
                           can have; allowed are 8 KiB a lane to 262144 KiB, 1 to 16 iterations \
                           and 1 to 16 lanes"
                    .to_owned();
            return Err(combination("HASH_MEMORY_KIB", problem));
        }
        Ok(())
    }

    /// What a password hash costs; `None` if argon2 has no such cost.
    fn hash_cost(&self) -> Option<crate::password::Cost> {
        crate::password::Cost::new(
            self.hash_memory_kib,
            self.hash_iterations,
            self.hash_parallelism,
        )
    }

    /// What a password hash costs.
    pub fn cost(&self) -> crate::password::Cost {
        self.hash_cost().expect("checked when it was read")
    }

    /// How many passwords are hashed at the same time.
    pub fn hashing_slots(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.hash_slots.unwrap_or_else(cores)
    }

    /// What a new password must be.
    pub fn password_policy(&self) -> crate::password::Policy {
        crate::password::Policy {
            min_length: self.password_min_length,
        }
    }

    /// The URL of the database that is used.
    pub fn database(&self) -> String {
        match &self.database_url {
            Some(url) => url.as_str().to_owned(),
            None => format!("sqlite://{}", self.data_dir.join("signet.db").display()),
        }
    }

    /// How long tokens live.
    pub fn lifetimes(&self) -> crate::token::Lifetimes {
        crate::token::Lifetimes {
            access: self.access_token_lifetime.0,
            refresh: self.refresh_token_lifetime.0,
        }
    }
}
