//! `register/` and `me/`, and who a request comes from.

use axum::Json;
use axum::extract::State;
use axum::routing::MethodRouter;
use http::StatusCode;
use serde_json::json;
use signet_api::account::Account;

use crate::auth::Registration;
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

async fn register(
    State(state): State<AppState>,
    client: ClientAddress,
    fields: Fields,
) -> Result<(StatusCode, Json<Account>), ApiError> {
    let registration = read_registration(fields)?;
    let registered = state
        .auth
        .register(registration, client.network(), state.clock.now());
    let registered = Box::pin(registered).await?;
    let account = Account {
        id: registered.id.0,
        username: registered.username,
        email: registered.email,
    };
    Ok((StatusCode::CREATED, Json(account)))
}

/// The fields of a registration, well-formed.
pub(crate) fn read_registration(mut fields: Fields) -> Result<Registration, ApiError> {
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
