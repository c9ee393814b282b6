//! `GET /healthz`: whether the server serves.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::error::ApiError;
use super::state::AppState;

/// 200 `ok` while the server and its database answer.
pub(super) async fn healthz(State(state): State<AppState>) -> Result<Response, ApiError> {
    state.sessions.store.ping().await?;
    Ok((StatusCode::OK, "ok\n").into_response())
}
