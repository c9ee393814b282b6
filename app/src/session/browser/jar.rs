//! The cookies that scripts may read: the hint that a session may be there, and the word that the
//! user has logged out and the server has not confirmed it.

use std::time::Duration;

use leptos::prelude::document;
use signet_api::LOGOUT_SUFFIX;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

use crate::session::browser::pause::pause;

/// The number of looks at the hint after a login.
const LOOKS: u32 = 5;

/// The time between two looks.
const BREATH: Duration = Duration::from_millis(100);

/// The names of both.
pub(super) struct Jar {
    hint: String,
    logout: String,
}

impl Jar {
    /// Creates the jar of a server whose hint cookie has this name.
    pub(super) fn new(hint: &str) -> Self {
        Self {
            hint: hint.to_owned(),
            logout: [hint, LOGOUT_SUFFIX].concat(),
        }
    }

    /// Returns `true` if the hint of a refresh token is set, and no logout has happened since.
    pub(super) fn has_session(&self) -> bool {
        has(&self.hint) && !self.has_logout()
    }

    /// Whether a login that has just been answered has left the hint: the browser keeps cookies. A
    /// browser may show a cookie to scripts a moment after the answer that set it.
    pub(super) async fn keeps_hint(&self) -> bool {
        for _ in 0..LOOKS {
            if has(&self.hint) {
                return true;
            }
            pause(BREATH).await;
        }
        false
    }

    /// Whether a logout is remembered.
    pub(super) fn has_logout(&self) -> bool {
        has(&self.logout)
    }

    /// Remembers a logout for `seconds`, and takes the hint back.
    pub(super) fn remember_logout(&self, seconds: i64) {
        put(&self.logout, seconds);
        put(&self.hint, 0);
    }

    /// Forgets the logout.
    pub(super) fn forget_logout(&self) {
        put(&self.logout, 0);
    }
}

fn html_document() -> Option<HtmlDocument> {
    document().dyn_into().ok()
}

/// Whether the cookie of that name is set to `1`. A browser that keeps no cookies has none, or throws.
fn has(name: &str) -> bool {
    let cookies = html_document().and_then(|document| document.cookie().ok());
    let cookies = cookies.unwrap_or_default();
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    pairs.any(|(cookie, value)| cookie == name && value == "1")
}

/// Sets the cookie to `1` for `seconds`; 0 deletes it.
fn put(name: &str, seconds: i64) {
    let Some(document) = html_document() else {
        return;
    };
    let is_secure = document.location().and_then(|at| at.protocol().ok());
    let secure = match is_secure.as_deref() {
        Some("https:") => "; Secure",
        _ => "",
    };
    let age = seconds.to_string();
    let cookie = [name, "=1; Path=/; SameSite=Strict; Max-Age=", &age, secure].concat();
    // Where cookies are blocked there is none to take back either.
    let _ = document.set_cookie(&cookie);
}
