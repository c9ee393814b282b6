//! `password/change/`.

use axum::Json;
use axum::extract::State;
use axum::routing::{MethodRouter, post};
use http::HeaderMap;
use serde_json::json;
use signet_api::token::Empty;

use crate::auth::PasswordChange;
use crate::http::current_user::CurrentUser;
use crate::http::endpoint::protected_endpoint;
use crate::http::error::ApiError;
use crate::http::options_metadata::{Description, text_field};
use crate::http::request::current_session::current_session;
use crate::http::request::fields::{Fields, Presence};
use crate::http::state::AppState;
use crate::model::{Device, LONGEST_PASSWORD, PASSWORD_RULES};
use crate::password::Password;

pub(crate) fn password_change_view() -> MethodRouter<AppState> {
    let mut new_password = text_field("New password");
    new_password["max_length"] = LONGEST_PASSWORD.into();
    let mut refresh = text_field("Refresh");
    refresh["required"] = false.into();
    let description = Description {
        name: "Password Change",
        description: "Change the caller's password. All other sessions end.",
        fields: json!({
            "current_password": text_field("Current password"),
            "new_password": new_password,
            "refresh": refresh,
        }),
    };
    protected_endpoint(post(change_password), "POST, OPTIONS", description)
}

async fn change_password(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    device: Device,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Json<Empty>, ApiError> {
    let (current, new) = read_passwords(&mut fields);
    let now = state.clock.now();
    let kept = current_session(&state, &user, &headers, fields, now).await?;
    let wanted = PasswordChange {
        current,
        new,
        kept: kept.unwrap_or_default(),
    };
    let changed = state
        .auth
        .change_password(&user, wanted, device.network(), now);
    Box::pin(changed).await?;
    Ok(Json(Empty {}))
}

/// The fields of a change of the password.
pub(crate) fn read_passwords(fields: &mut Fields) -> (Password, Password) {
    let current = fields.required("current_password");
    let new = fields.text("new_password", Presence::Required, &PASSWORD_RULES, &[]);
    (Password::new(current), Password::new(new))
}
