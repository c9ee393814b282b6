//! `GET /healthz` and `GET /readyz`, for monitoring.

use axum::extract::State;

use crate::http::error::ApiError;
use crate::http::state::AppState;

/// 200 `ok` while the process serves (liveness). A restart would not fix a database outage, see
/// `/readyz`.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// 200 `ready` while the database answers, else 503: what needs it would be put off.
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    state.auth.store.ping().await?;
    Ok("ready\n")
}
