//! The paths of the REST API, by the table `[paths]`.

use std::collections::BTreeMap;

use signet_api::{JWKS, PAGES, path};

use crate::settings::error::SettingsError;
use crate::settings::{EndpointPath, Settings};

/// The folder of the web UI's files, and the paths for operators.
const RESERVED: [&str; 4] = ["/pkg", "/healthz", "/readyz", JWKS];

/// An endpoint of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `token`: the login.
    Token,
    /// `token_refresh`.
    TokenRefresh,
    /// `token_verify`.
    TokenVerify,
    /// `token_blacklist`: logging out.
    TokenBlacklist,
    /// `token_sliding`: the login with a sliding token.
    TokenSliding,
    /// `token_sliding_refresh`.
    TokenSlidingRefresh,
    /// `register`.
    Register,
    /// `me`: the current user.
    Me,
    /// `sessions`: the session list.
    Sessions,
    /// A session of the list, by its id.
    Session,
    /// `password_change`.
    PasswordChange,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 11] = [
        Self::Token,
        Self::TokenRefresh,
        Self::TokenVerify,
        Self::TokenBlacklist,
        Self::TokenSliding,
        Self::TokenSlidingRefresh,
        Self::Register,
        Self::Me,
        Self::Sessions,
        Self::Session,
        Self::PasswordChange,
    ];

    /// The endpoints that the web UI asks.
    const OF_WEB_UI: [Self; 8] = [
        Self::Token,
        Self::TokenRefresh,
        Self::TokenVerify,
        Self::TokenBlacklist,
        Self::Register,
        Self::Me,
        Self::Sessions,
        Self::PasswordChange,
    ];

    /// Returns the path below a mount.
    fn below_mount(self) -> &'static str {
        match self {
            Self::Token => path::TOKEN,
            Self::TokenRefresh => path::TOKEN_REFRESH,
            Self::TokenVerify => path::TOKEN_VERIFY,
            Self::TokenBlacklist => path::TOKEN_BLACKLIST,
            Self::TokenSliding => path::TOKEN_SLIDING,
            Self::TokenSlidingRefresh => path::TOKEN_SLIDING_REFRESH,
            Self::Register => path::REGISTER,
            Self::Me => path::ME,
            Self::Sessions => path::SESSIONS,
            Self::Session => path::SESSION,
            Self::PasswordChange => path::PASSWORD_CHANGE,
        }
    }

    /// Returns the setting of its further paths.
    fn setting(self) -> &'static str {
        match self {
            Self::Token => "PATHS_TOKEN",
            Self::TokenRefresh => "PATHS_TOKEN_REFRESH",
            Self::TokenVerify => "PATHS_TOKEN_VERIFY",
            Self::TokenBlacklist => "PATHS_TOKEN_BLACKLIST",
            Self::TokenSliding => "PATHS_TOKEN_SLIDING",
            Self::TokenSlidingRefresh => "PATHS_TOKEN_SLIDING_REFRESH",
            Self::Register => "PATHS_REGISTER",
            Self::Me => "PATHS_ME",
            Self::Sessions | Self::Session => "PATHS_SESSIONS",
            Self::PasswordChange => "PATHS_PASSWORD_CHANGE",
        }
    }
}

/// The paths of every endpoint.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The mounts.
    pub mounts: Vec<EndpointPath>,
    endpoints: BTreeMap<Endpoint, Vec<EndpointPath>>,
    web_ui: bool,
}

impl Paths {
    /// Returns the paths of the settings, the further ones of each endpoint first.
    pub fn new(settings: &Settings) -> Self {
        let of = |endpoint: Endpoint| {
            let further = settings.further_paths(endpoint).iter();
            let further = further.map(|path| match endpoint {
                Endpoint::Session => path.join("/{id}"),
                _ => path.clone(),
            });
            let mounts = settings.paths_mounts.iter();
            let mounted = mounts.map(|mount| mount.join(endpoint.below_mount()));
            further.chain(mounted).collect()
        };
        Self {
            mounts: settings.paths_mounts.clone(),
            endpoints: Endpoint::ALL
                .map(|endpoint| (endpoint, of(endpoint)))
                .into(),
            web_ui: settings.web_ui,
        }
    }

    /// Returns the paths of an endpoint, each without a slash at its end.
    pub fn of(&self, endpoint: Endpoint) -> &[EndpointPath] {
        &self.endpoints[&endpoint]
    }

    /// Returns the first path of an endpoint, with a slash at its end; `None` if it has none.
    pub fn first(&self, endpoint: Endpoint) -> Option<String> {
        let first = self.of(endpoint).first()?;
        Some(format!("{}/", first.as_str()))
    }

    /// Returns `true` if the web UI is served: WEB_UI is on, and all its endpoints have a path.
    pub fn serves_web_ui(&self) -> bool {
        self.web_ui && self.missing_for_web_ui().next().is_none()
    }

    /// Removes the registration, because the user's table does not let Signet insert users.
    pub fn without_registration(&mut self) {
        self.endpoints.insert(Endpoint::Register, Vec::new());
    }

    /// Returns the keys of `[paths]` that the web UI lacks, such as `register`.
    pub fn missing_for_web_ui(&self) -> impl Iterator<Item = String> {
        let missing = Endpoint::OF_WEB_UI.into_iter();
        let missing = missing.filter(|endpoint| self.of(*endpoint).is_empty());
        missing.map(|endpoint| {
            let setting = endpoint.setting();
            setting.trim_start_matches("PATHS_").to_ascii_lowercase()
        })
    }
}

impl Settings {
    /// Returns the further paths of an endpoint.
    fn further_paths(&self, endpoint: Endpoint) -> &[EndpointPath] {
        match endpoint {
            Endpoint::Token => &self.paths_token,
            Endpoint::TokenRefresh => &self.paths_token_refresh,
            Endpoint::TokenVerify => &self.paths_token_verify,
            Endpoint::TokenBlacklist => &self.paths_token_blacklist,
            Endpoint::TokenSliding => &self.paths_token_sliding,
            Endpoint::TokenSlidingRefresh => &self.paths_token_sliding_refresh,
            Endpoint::Register => &self.paths_register,
            Endpoint::Me => &self.paths_me,
            Endpoint::Sessions | Endpoint::Session => &self.paths_sessions,
            Endpoint::PasswordChange => &self.paths_password_change,
        }
    }

    /// Refuses paths that two endpoints share, and those of the web UI and of operators.
    pub(super) fn check_paths(&self) -> Result<(), SettingsError> {
        let paths = Paths::new(self);
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for reserved in RESERVED {
            taken.insert(reserved.to_owned(), "Signet itself");
        }
        if paths.serves_web_ui() {
            for page in PAGES {
                let page = page.trim_end_matches('/').to_owned();
                taken.insert(page, "a page of the web UI");
            }
        }
        for endpoint in Endpoint::ALL {
            let further = self.further_paths(endpoint).len();
            for (place, path) in paths.of(endpoint).iter().enumerate() {
                let path = path.as_str().to_owned();
                let setting = if place < further {
                    endpoint.setting()
                } else {
                    "PATHS_MOUNTS"
                };
                if path.is_empty() {
                    return Err(self.problem(setting, "the root of the server is no endpoint"));
                }
                let is_mount = self.paths_mounts.iter().any(|mount| mount.as_str() == path);
                if endpoint == Endpoint::Sessions && is_mount {
                    let problem = format!("{path} is a mount; its sessions would hide endpoints");
                    return Err(self.problem(setting, problem));
                }
                if path.starts_with("/pkg/") {
                    let problem = format!("{path} is below /pkg/, where the web UI has its files");
                    return Err(self.problem(setting, problem));
                }
                if let Some(other) = taken.insert(path.clone(), endpoint.setting()) {
                    let other = match other.strip_prefix("PATHS_") {
                        Some(key) => format!("the endpoint {}", key.to_ascii_lowercase()),
                        None => other.to_owned(),
                    };
                    let problem = format!("{path} is a path of {other}, too");
                    return Err(self.problem(setting, problem));
                }
            }
        }
        Ok(())
    }
}
