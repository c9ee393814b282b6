//! `GET /metrics`, on an address of its own, because the metrics are for operators only.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::CONTENT_TYPE;

use crate::http::state::AppState;
use crate::metrics::MEDIA_TYPE;

/// A server of one route.
pub fn metrics_router(state: AppState) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(state)
}

async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    let text = state.metrics.render(state.auth.hashing.load());
    ([(CONTENT_TYPE, MEDIA_TYPE)], text)
}
