//! `me/`.

use axum::Json;
use axum::routing::{MethodRouter, get};
use serde_json::json;
use signet_api::account::Account;

use crate::http::current_user::CurrentUser;
use crate::http::endpoint::protected_endpoint;
use crate::http::options_metadata::Description;
use crate::http::state::AppState;

pub(crate) fn me_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Me",
        description: "Return the authenticated user.",
        fields: json!(null),
    };
    protected_endpoint(get(me), "GET, HEAD, OPTIONS", description)
}

async fn me(CurrentUser(user): CurrentUser) -> Json<Account> {
    Json(Account {
        id: user.id.into(),
        username: user.username,
        email: user.email,
    })
}
