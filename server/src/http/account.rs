//! `register/` and `me/`, and who a request comes from.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::routing::{MethodRouter, get};
use http::StatusCode;
use http::request::Parts;
use serde_json::json;
use signet_api::account::Account;

use super::client_address::ClientAddress;
use super::error::ApiError;
use super::fields::{Fields, Presence};
use super::state::AppState;
use super::view::{Description, post_view, protected_view};
use crate::metrics::Throttled;
use crate::password::Password;
use crate::registration::{self, Registration, RegistrationError};
use crate::storage::UserRecord;
use crate::user::{
    EMAIL_RULES, LONGEST_EMAIL, LONGEST_PASSWORD, LONGEST_USERNAME, PASSWORD_RULES, USERNAME_RULES,
};

pub(super) fn register_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Register",
        description: "Create a user account.",
        fields: json!({
            "id": { "type": "integer", "required": false, "read_only": true, "label": "ID" },
            "username": {
                "type": "string", "required": true, "read_only": false, "label": "Username",
                "help_text": "Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                "max_length": LONGEST_USERNAME,
            },
            "email": {
                "type": "email", "required": false, "read_only": false, "label": "Email address",
                "max_length": LONGEST_EMAIL,
            },
            "password": {
                "type": "string", "required": true, "read_only": false, "label": "Password",
                "max_length": LONGEST_PASSWORD,
            },
        }),
    };
    post_view(register, description)
}

async fn register(
    State(state): State<AppState>,
    client: ClientAddress,
    fields: Fields,
) -> Result<(StatusCode, Json<Account>), ApiError> {
    let registration = read_registration(fields)?;
    let account = Box::pin(create(&state, registration, client)).await?;
    Ok((StatusCode::CREATED, Json(account)))
}

/// The fields of a registration, well-formed.
pub(super) fn read_registration(mut fields: Fields) -> Result<Registration, ApiError> {
    use Presence::{Optional, Required};
    let username = fields.text("username", Required, &USERNAME_RULES, &[]);
    let [length, form] = EMAIL_RULES;
    let email = fields.text("email", Optional, &[length], &[form]);
    let password = fields.text("password", Required, &PASSWORD_RULES, &[]);
    fields.check()?;
    Ok(Registration {
        username,
        password: Password::new(password),
        email,
        is_active: true,
    })
}

/// Makes the user of a registration. Each is counted, as long as the fields are well-formed: one
/// that is refused has still been told whether a name is taken.
pub(super) async fn create(
    state: &AppState,
    registration: Registration,
    client: ClientAddress,
) -> Result<Account, ApiError> {
    let (now, from) = (state.clock.now(), client.network());
    let throttle = &state.sessions.throttle;
    let counted = throttle.register(from, now);
    counted.inspect_err(|_| state.metrics.throttled(Throttled::Registration))?;
    let made = registration::register(
        &state.sessions.store,
        &state.sessions.hashing,
        state.policy,
        registration,
        from,
        now,
    )
    .await
    .inspect_err(|error| {
        if matches!(
            error,
            RegistrationError::Busy(_) | RegistrationError::Store(_)
        ) {
            throttle.take_back_registration(from, now);
        }
    })?;
    throttle.remember_location(&made.username, from, now);
    let remembered = state.sessions.store.remember_location(made.id, from, now);
    if let Err(error) = remembered.await {
        // The user is made all the same, and the first login is remembered again.
        tracing::debug!(%error, "the location of a registration could not be recorded");
    }
    Ok(Account {
        id: made.id.0,
        username: made.username,
        email: made.email,
    })
}

pub(super) fn me_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Me",
        description: "Return the authenticated user.",
        fields: json!(null),
    };
    protected_view(get(me), "GET, HEAD, OPTIONS", description)
}

async fn me(CurrentUser(user): CurrentUser) -> Json<Account> {
    Json(Account {
        id: user.id.0,
        username: user.username,
        email: user.email,
    })
}

/// The user whose token stands in the header of AUTH_HEADER_NAME. A handler that takes one
/// answers 401 to everybody else.
pub(super) struct CurrentUser(pub(super) UserRecord);

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let token = state.header.token(&parts.headers)?;
        let now = state.clock.now();
        Ok(Self(state.sessions.user_of_access(&token, now).await?))
    }
}
