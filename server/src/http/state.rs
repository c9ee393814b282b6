//! What every handler may need.

use std::ops::Deref;
use std::sync::Arc;

use super::auth_header::AuthHeader;
use super::body_budget::BodyLimits;
use super::client_address::TrustedProxies;
use super::cookie::Cookies;
use super::cors::CorsPolicy;
use super::site::Site;
use crate::clock::Clock;
use crate::current::Current;
use crate::keys::Keyring;
use crate::metrics::Metrics;
use crate::password::{HashingPool, Policy};
use crate::session::{AnsweredRotations, LastUsed, Sessions};
use crate::settings::{Settings, Spec};
use crate::storage::Store;
use crate::throttle::Throttle;
use crate::token::Tokens;

/// The state of the server. Clones share it: each layer of each request holds one.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What [`AppState`] shares.
pub struct Shared {
    /// Users, tokens and the keys.
    pub sessions: Sessions,
    /// What a new password must be.
    pub policy: Policy,
    /// Where "now" comes from.
    pub clock: Clock,
    /// Where a token is looked for.
    pub header: Arc<AuthHeader>,
    /// How the cookies of the web UI are written.
    pub cookies: Arc<Cookies>,
    /// Which other origins may read answers.
    pub cors: Current<CorsPolicy>,
    /// Whose word is taken for where a request comes from.
    pub proxies: TrustedProxies,
    /// What is read of a body.
    pub body_limits: BodyLimits,
    /// What is counted of all this.
    pub metrics: Metrics,
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
        Self(Arc::new(Shared {
            sessions: Sessions {
                last_used: LastUsed::start(store.clone()),
                answered: AnsweredRotations::start(store.clone()),
                store,
                tokens: Tokens {
                    keys: Current::new(keys),
                    rules: settings.token_rules(),
                },
                hashing: HashingPool::start(settings.hashing_slots(), settings.cost()),
                throttle: Throttle::new(settings.throttle_rates()),
                rules: settings.session_rules(),
            },
            policy: settings.password_policy(),
            clock,
            header: Arc::new(AuthHeader::new(settings)),
            cookies: Arc::new(Cookies::new(&settings.public_url)),
            cors: Current::new(CorsPolicy::new(settings)),
            proxies: TrustedProxies::new(&settings.trusted_proxies),
            body_limits: settings.body_limits(),
            metrics: Metrics::default(),
            site: Arc::new(Site::new(settings)),
        }))
    }

    /// Whether [`AppState::reload`] takes up a setting; all others wait for the next start.
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
        self.sessions.throttle.set_rates(settings.throttle_rates());
        self.cors.set(CorsPolicy::new(settings));
        let tokens = &self.sessions.tokens;
        let until = self.clock.now() + tokens.rules.longest_life();
        tokens.keys.set(keys.succeeding(&tokens.keys.get(), until));
    }
}
