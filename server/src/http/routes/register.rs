//! `register/` and `me/`, and who a request comes from.

use axum::Json;
use axum::extract::State;
use axum::routing::MethodRouter;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use signet_api::account::Account;

use crate::auth::{Registered, Registration};
use crate::http::cookies::transport::Transport;
use crate::http::endpoint::post_endpoint;
use crate::http::error::ApiError;
use crate::http::options_metadata::Description;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::fields::{Fields, Presence};
use crate::http::state::AppState;
use crate::model::{
    EMAIL_RULES, LONGEST_EMAIL, LONGEST_PASSWORD, LONGEST_USERNAME, PASSWORD_RULES, USERNAME_RULES,
};
use crate::password::Password;

pub(crate) fn register_view() -> MethodRouter<AppState> {
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
    post_endpoint(register, description)
}

/// Answers one kind of error at a time, as the reference does: the fields, then the username, then
/// the password. A page of the web UI, which asks for the cookie transport, gets all at once.
async fn register(
    State(state): State<AppState>,
    client: ClientAddress,
    headers: HeaderMap,
    fields: Fields,
) -> Result<(StatusCode, Json<Account>), ApiError> {
    let form = RegistrationForm::read(fields);
    let registered = match state.cookies.transport(&headers)? {
        Transport::Cookie => Box::pin(form.register_with_all_errors(&state, client)).await,
        Transport::Body => Box::pin(form.register(&state, client)).await,
    };
    let registered = registered?;
    let account = Account {
        id: registered.id.into(),
        username: registered.username,
        email: registered.email,
    };
    Ok((StatusCode::CREATED, Json(account)))
}

/// The fields of a registration, and their errors.
pub(crate) struct RegistrationForm {
    registration: Registration,
    checked: Result<(), ApiError>,
}

impl RegistrationForm {
    /// Reads the fields.
    pub(crate) fn read(mut fields: Fields) -> Self {
        use Presence::{Optional, Required};
        let username = fields.text("username", Required, &USERNAME_RULES, &[]);
        let [length, form] = EMAIL_RULES;
        let email = fields.text("email", Optional, &[length], &[form]);
        let password = fields.text("password", Required, &PASSWORD_RULES, &[]);
        Self {
            registration: Registration {
                username,
                password: Password::new(password),
                email,
                is_active: true,
            },
            checked: fields.check(),
        }
    }

    /// Registers the user.
    ///
    /// # Errors
    /// [`ApiError::Fields`] with the first kind of error, or any other [`ApiError`] of the flow.
    async fn register(
        self,
        state: &AppState,
        client: ClientAddress,
    ) -> Result<Registered, ApiError> {
        self.checked?;
        let (from, now) = (client.network(), state.clock.now());
        Ok(state.auth.register(self.registration, from, now).await?)
    }

    /// Registers the user.
    ///
    /// # Errors
    /// [`ApiError::Fields`] with the errors of all fields, or any other [`ApiError`] of the flow.
    pub(crate) async fn register_with_all_errors(
        self,
        state: &AppState,
        client: ClientAddress,
    ) -> Result<Registered, ApiError> {
        let registration = self.registration.clone();
        let registered = self.register(state, client).await;
        let Err(ApiError::Fields(mut errors)) = registered else {
            return registered;
        };
        let is_judged = !errors.of("password").is_empty();
        if !is_judged && !registration.password.reveal().is_empty() {
            let from = client.network();
            // Without a free thread the other errors still help.
            let weaknesses = state.auth.password_weaknesses(&registration, from).await;
            if let Ok(weaknesses) = weaknesses
                && !weaknesses.is_empty()
            {
                let messages = weaknesses.iter().map(ToString::to_string).collect();
                errors.0.push(("password".to_owned(), messages));
            }
        }
        Err(ApiError::Fields(errors))
    }
}
