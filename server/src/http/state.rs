//! The state that handlers share.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;

use crate::auth::{AnsweredRotations, AuthService, LastUsed};
use crate::clock::Clock;
use crate::http::cookies::transport::Cookies;
use crate::http::middleware::cors::CorsPolicy;
use crate::http::request::auth_header::AuthHeader;
use crate::http::request::body_budget::BodyLimits;
use crate::http::site::bundle::Site;
use crate::keys::Keyring;
use crate::metrics::Metrics;
use crate::network::TrustedProxies;
use crate::password::HashingPool;
use crate::reloadable::Reloadable;
use crate::settings::{Paths, Settings, Spec};
use crate::storage::Store;
use crate::throttle::Throttle;
use crate::token::TokenService;

/// The state of the server. Clones share it: each layer of each request holds one.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The parts of [`AppState`].
pub struct Shared {
    /// Users, tokens and the keys.
    pub auth: AuthService,
    /// The source of the current time.
    pub clock: Clock,
    /// The header that carries an access token.
    pub header: Arc<AuthHeader>,
    /// The cookies of the web UI.
    pub cookies: Arc<Cookies>,
    /// Which other origins may read answers.
    pub cors: Reloadable<CorsPolicy>,
    /// The proxies whose word is believed.
    pub proxies: TrustedProxies,
    /// The limits of bodies.
    pub body_limits: BodyLimits,
    /// The metrics.
    pub metrics: Metrics,
    /// The field of a login that names the user: the model's USERNAME_FIELD.
    pub username_field: String,
    /// The paths of the endpoints.
    pub paths: Paths,
    /// The web UI's bundle.
    pub site: Arc<Site>,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    /// Puts together what the settings ask for, and starts the threads that hash.
    pub fn new(settings: &Settings, store: Store, keys: Keyring, clock: Clock) -> Self {
        let metrics = Metrics::default();
        let mut rules = settings.auth_rules();
        let lacks_blacklist_app = store.lacks_blacklist_app();
        if lacks_blacklist_app {
            // SimpleJWT has nowhere to put a rotated token then.
            rules.blacklist_after_rotation = false;
        }
        let mut paths = Paths::new(settings);
        if let Some(column) = store.unfilled_user_column() {
            tracing::info!(
                "users cannot register: the column {column} of the user's table wants a value"
            );
            paths.without_registration();
        } else if settings.username_field() != "username" {
            tracing::info!("users cannot register: they are judged by Django's username alone");
            paths.without_registration();
        }
        Self(Arc::new(Shared {
            auth: AuthService {
                last_used: LastUsed::start(store.clone()),
                answered: AnsweredRotations::start(store.clone()),
                store,
                tokens: TokenService {
                    keys: Reloadable::new(keys),
                    rules: settings.token_config(),
                },
                hashing: HashingPool::start(settings.hashing_slots(), settings.cost()),
                throttle: Throttle::new(settings.throttle_rates()),
                rules,
                repeats_blacklisting: lacks_blacklist_app,
                password_policy: settings.password_policy(),
                metrics: metrics.clone(),
            },
            clock,
            header: Arc::new(AuthHeader::new(settings)),
            cookies: Arc::new(Cookies::new(&settings.public_url)),
            cors: Reloadable::new(CorsPolicy::new(settings)),
            proxies: TrustedProxies::new(&settings.trusted_proxies),
            body_limits: BodyLimits::new(settings),
            metrics,
            username_field: settings.username_field().to_owned(),
            paths,
            site: Arc::new(Site::new(settings)),
        }))
    }

    /// Returns `true` if [`AppState::reload`] replaces a setting; all others hold until the next
    /// start.
    pub fn reloads(setting: &Spec) -> bool {
        const KEYS: [&str; 5] = [
            "ALGORITHM",
            "SIGNING_KEY",
            "SIGNING_KEY_FILE",
            "VERIFYING_KEY",
            "VERIFYING_KEY_FILE",
        ];
        ["cors", "throttle"].contains(&setting.table) || KEYS.contains(&setting.name)
    }

    /// Takes up what may change while the server runs: the settings of CORS, the rates of
    /// throttling, and the keys. What has been counted for throttling stays, and a key that signed
    /// until now verifies until the last of its tokens has ended.
    pub fn reload(&self, settings: &Settings, keys: Keyring) {
        self.auth.throttle.set_rates(settings.throttle_rates());
        self.cors.set(CorsPolicy::new(settings));
        let tokens = &self.auth.tokens;
        let until = self.clock.now() + tokens.rules.max_lifetime();
        tokens.keys.set(keys.replacing(&tokens.keys.get(), until));
    }
}

impl FromRef<AppState> for BodyLimits {
    fn from_ref(state: &AppState) -> Self {
        state.body_limits.clone()
    }
}

impl FromRef<AppState> for Metrics {
    fn from_ref(state: &AppState) -> Self {
        state.metrics.clone()
    }
}

impl FromRef<AppState> for Store {
    fn from_ref(state: &AppState) -> Self {
        state.auth.store.clone()
    }
}
