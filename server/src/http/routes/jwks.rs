//! `GET /.well-known/jwks.json`: the public keys that verify tokens.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;

use crate::http::state::AppState;

/// 200 with the JSON Web Key Set (RFC 7517, 5): the public half of the signing key first, then
/// those of retired keys that still verify. It is empty for HS*, whose keys are secret. Caches may
/// keep it for a minute.
pub(crate) async fn jwks(State(state): State<AppState>) -> Response {
    let keys = state.auth.tokens.keys.get();
    let keys = Json(keys.public(state.clock.now()));
    ([(CACHE_CONTROL, "public, max-age=60")], keys).into_response()
}
