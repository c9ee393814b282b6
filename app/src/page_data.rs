//! The server's data for one page. This is the only seam between rendering on the server and in the
//! browser: the server provides a [`PageData`], the first client render reads the same one, and
//! components render the same in both places.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use signet_api::error::ErrorBody;

/// The server's data for one page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageData {
    /// A form that was posted without WebAssembly and came back with errors.
    pub form: Option<FormOutcome>,
    /// The username of the refresh cookie, if the cookie is valid.
    pub signed_in_as: Option<String>,
    /// Seconds an access token lives, by the server's settings.
    pub access_lifetime: i64,
    /// Seconds a refresh token lives, by the server's settings.
    pub refresh_lifetime: i64,
    /// Whether a refresh token is replaced with every renewal, so that a session in use goes on.
    pub rotates: bool,
    /// Seconds that a session may live by rotating, if there is an end.
    pub session_max_age: Option<i64>,
    /// Whether a changed password ends access tokens, too.
    pub revokes_access: bool,
    /// The fewest characters of a new password, by the server's settings.
    pub password_min_length: usize,
    /// The address of the server, such as `http://localhost:8000`.
    pub public_url: String,
    /// The cookie that says that a session may be there to restore.
    pub hint_cookie: String,
    /// The claim that holds the user id, by the server's settings.
    pub user_id_claim: String,
    /// The paths of the REST API, by the server's settings.
    pub paths: ApiPaths,
    /// The header that carries an access token, by the server's settings.
    pub auth_header: String,
    /// The word before the token in that header, by the server's settings.
    pub auth_scheme: String,
}

/// The paths of the REST API that the pages ask at, each with a slash at its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiPaths {
    /// The login.
    pub token: String,
    /// The refresh.
    pub token_refresh: String,
    /// Verify.
    pub token_verify: String,
    /// Logging out.
    pub token_blacklist: String,
    /// The registration.
    pub register: String,
    /// The current user.
    pub me: String,
    /// The session list.
    pub sessions: String,
    /// The password change.
    pub password_change: String,
}

/// A form that came back: what may be shown again of it, and what was wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormOutcome {
    /// As typed.
    pub username: String,
    /// As typed; empty on the login form.
    pub email: String,
    /// The error.
    pub error: ErrorBody,
}

/// Makes the page's data known to all components: from the server's context when rendering,
/// from the server's page when hydrating.
pub(crate) fn provide_page_data() {
    let data = SharedValue::new(|| use_context::<PageData>().unwrap_or_default()).into_inner();
    provide_context(StoredValue::new(data));
}

/// The page's data.
pub(crate) fn page_data() -> PageData {
    use_context::<StoredValue<PageData>>()
        .map(|data| data.get_value())
        .unwrap_or_default()
}

/// The form that came back, once: a form visited later starts empty.
pub(crate) fn take_form_outcome() -> Option<FormOutcome> {
    let data = use_context::<StoredValue<PageData>>()?;
    data.try_update_value(|data| data.form.take()).flatten()
}
