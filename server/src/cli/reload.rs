//! The reload of a running server by SIGHUP (hot reload).

use crate::clock::Clock;
use crate::cors::AllowedOrigins;
use crate::http::AppState;
use crate::keys::Keyring;
use crate::settings::{HttpToken, Settings, SettingsError, Spec};

/// Rereads the settings and replaces the reloadable ones.
pub(super) struct Reloader<F> {
    state: AppState,
    reread: F,
    /// The settings that hold until the next start.
    at_start: Settings,
    /// The last valid settings.
    latest: Settings,
}

impl<F: Fn() -> Result<Settings, SettingsError>> Reloader<F> {
    /// For a server that has started with these settings. `reread` reads them again from where
    /// they came from.
    pub(super) fn new(state: AppState, settings: Settings, reread: F) -> Self {
        Self {
            state,
            reread,
            at_start: settings.clone(),
            latest: settings,
        }
    }

    /// Reloads and logs the outcome. Invalid settings leave the server unchanged.
    pub(super) fn reload(&mut self) {
        let (settings, keys) = match self.read() {
            Ok(read) => read,
            Err(problem) => return tracing::error!("the settings stay as they were: {problem}"),
        };
        let mut taken_up = changed(&settings, &self.latest, AppState::reloads);
        let left = changed(&settings, &self.at_start, |spec| !AppState::reloads(spec));
        let key = keys.signing().id().to_owned();
        if self.state.auth.tokens.keys.get().signing().id() != key {
            taken_up.push(format!("the signing key {key}"));
        }
        self.state.reload(&settings, keys);
        self.latest = settings;
        if taken_up.is_empty() {
            tracing::info!("the settings have been reread; there was nothing to take up")
        } else {
            let taken_up = taken_up.join(", ");
            tracing::info!("the settings have been reread; taken up: {taken_up}");
        }
        if !left.is_empty() {
            let left = left.join(", ");
            tracing::warn!("changed, but takes effect at the next start only: {left}");
        }
        warn_about_unsafe_settings(&self.latest);
    }

    fn read(&self) -> Result<(Settings, Keyring), String> {
        let settings = (self.reread)().map_err(|error| error.to_string())?;
        if let (Some(former), None) = (self.latest.file(), settings.file()) {
            // Another process may be replacing it right now.
            return Err(format!("{} is there no longer", former.display()));
        }
        // A new DATA_DIR waits for the next start, and the keys in it do, too. So do lifetimes:
        // what a former key has signed lives as long as it did.
        let mut of_keys = settings.clone();
        let at_start = &self.at_start;
        of_keys.data_dir.clone_from(&at_start.data_dir);
        of_keys.access_token_lifetime = at_start.access_token_lifetime;
        of_keys.refresh_token_lifetime = at_start.refresh_token_lifetime;
        of_keys.sliding_token_lifetime = at_start.sliding_token_lifetime;
        of_keys.leeway = at_start.leeway;
        let keys = of_keys.keyring(Clock::System.now());
        Ok((settings, keys.map_err(|error| error.to_string())?))
    }
}

/// The names of the settings of a kind that have changed.
fn changed(settings: &Settings, former: &Settings, is_meant: fn(&Spec) -> bool) -> Vec<String> {
    let changed = settings.changed_since(former);
    let meant = changed.filter(|spec| is_meant(spec));
    meant.map(|spec| spec.name.to_owned()).collect()
}

/// Logs what is allowed, but seldom meant.
pub(super) fn warn_about_unsafe_settings(settings: &Settings) {
    let dangers = settings.cors_allowed_origins.iter();
    for danger in dangers.filter_map(AllowedOrigins::danger_of) {
        tracing::warn!("{danger}");
    }
    if settings.cors_allow_all_origins && settings.cors_allow_credentials {
        tracing::warn!(
            "CORS_ALLOW_ALL_ORIGINS with CORS_ALLOW_CREDENTIALS lets every page of the web act \
             with its visitors' cookies"
        );
    }
    let header = &settings.auth_header_name.0;
    let is_listed = |listed: &HttpToken| listed.0 == "*" || listed.0.eq_ignore_ascii_case(header);
    if settings.allowed_origins().are_any() && !settings.cors_allow_headers.iter().any(is_listed) {
        tracing::warn!(
            "AUTH_HEADER_NAME is {header}, and CORS_ALLOW_HEADERS does not list it: pages of other \
             origins can send no access token"
        );
    }
    if settings.allow_inactive_login && settings.check_user_is_active {
        tracing::warn!(
            "ALLOW_INACTIVE_LOGIN changes nothing while CHECK_USER_IS_ACTIVE is true: inactive \
             users are refused; set CHECK_USER_IS_ACTIVE to false as well"
        );
    }
}
