//! `GET /metrics`, on an address of its own: what is counted is nobody's but the operator's.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::CONTENT_TYPE;

use super::state::AppState;
use crate::metrics::{LoginOutcome, MEDIA_TYPE, Throttled};
use crate::session::SessionError;

/// A server of one route.
pub fn metrics_router(state: AppState) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(state)
}

async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    let text = state.metrics.render(state.sessions.hashing.load());
    ([(CONTENT_TYPE, MEDIA_TYPE)], text)
}

impl AppState {
    /// Counts a login by how it ended, and passes it on.
    pub(super) fn counted<T>(&self, login: Result<T, SessionError>) -> Result<T, SessionError> {
        self.metrics.login(match &login {
            Ok(_) => LoginOutcome::Succeeded,
            Err(SessionError::Throttled(_)) => {
                self.metrics.throttled(Throttled::Login);
                LoginOutcome::Throttled
            }
            Err(SessionError::Busy(_)) => LoginOutcome::Busy,
            Err(SessionError::Store(_)) => LoginOutcome::Error,
            Err(_) => LoginOutcome::Failed,
        });
        login
    }
}
