//! `token/sliding/` and `token/sliding/refresh/`.

use axum::Json;
use axum::extract::State;
use axum::routing::MethodRouter;
use serde_json::json;
use signet_api::token::Sliding;

use crate::http::endpoint::post_endpoint;
use crate::http::error::ApiError;
use crate::http::options_metadata::{Description, text_field};
use crate::http::request::fields::Fields;
use crate::http::routes::token::{credential_fields, read_credentials};
use crate::http::state::AppState;
use crate::model::Device;

pub(crate) fn sliding_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Obtain Sliding",
        description: "Takes a set of user credentials and returns a sliding JSON web token \
                      to\nprove the authentication of those credentials.",
        fields: credential_fields(),
    };
    post_endpoint(obtain_sliding, description)
}

async fn obtain_sliding(
    State(state): State<AppState>,
    device: Device,
    mut fields: Fields,
) -> Result<Json<Sliding>, ApiError> {
    let (username, password) = read_credentials(&mut fields, &state.username_field);
    fields.check()?;
    let now = state.clock.now();
    let sliding = state.auth.log_in_sliding(&username, password, &device, now);
    let token = Box::pin(sliding).await?.text;
    Ok(Json(Sliding { token }))
}

pub(crate) fn sliding_refresh_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Refresh Sliding",
        description: "Takes a sliding JSON web token and returns a new, refreshed version if \
                      the\ntoken's refresh period has not expired.",
        fields: json!({ "token": text_field("Token") }),
    };
    post_endpoint(refresh_sliding, description)
}

async fn refresh_sliding(
    State(state): State<AppState>,
    mut fields: Fields,
) -> Result<Json<Sliding>, ApiError> {
    let token = fields.required("token");
    fields.check()?;
    let now = state.clock.now();
    let sliding = state.auth.verify_sliding(&token, now).await?;
    let token = Box::pin(state.auth.refresh_sliding(&sliding, now))
        .await?
        .text;
    Ok(Json(Sliding { token }))
}
