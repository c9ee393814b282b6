//! `sessions/` and `password/change/`: what a signed-in user does to sessions.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::routing::{MethodRouter, get};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use signet_api::session::Session;

use crate::http::current_user::CurrentUser;
use crate::http::endpoint::protected_endpoint;
use crate::http::error::ApiError;
use crate::http::options_metadata::Description;
use crate::http::request::current_session::current_session;
use crate::http::request::fields::Fields;
use crate::http::state::AppState;
use crate::model::{Except, SessionId, SessionRecord, Write};

pub(crate) fn sessions_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Session List",
        description: "List the caller's own live sessions, or end all but the current one.",
        fields: json!(null),
    };
    let methods = get(list).delete(end_others);
    protected_endpoint(methods, "GET, DELETE, HEAD, OPTIONS", description)
}

async fn list(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<Vec<Session>>, ApiError> {
    let now = state.clock.now();
    let current = current_session(&state, &user, &headers, fields, now).await?;
    let current = current.and_then(|kept| kept.session);
    let sessions = state.auth.list(&user, now).await?;
    let row = |session: SessionRecord| Session {
        is_current: current.as_ref() == Some(&session.id),
        id: session.id.0,
        created_at: session.created_at.to_string(),
        last_used_at: session.last_used_at.to_string(),
        address: session.address,
        user_agent: session.user_agent,
    };
    Ok(Json(sessions.into_iter().map(row).collect()))
}

async fn end_others(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    fields: Fields,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let kept = match sessions_to_end(query.as_deref())? {
        SessionsToEnd::All => Except::default(),
        SessionsToEnd::Others => {
            let current = current_session(&state, &user, &headers, fields, now).await?;
            current.ok_or_else(|| ApiError::field("refresh", "This field is required."))?
        }
    };
    state.auth.end_others(&user, &kept, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn session_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Session Detail",
        description: "End one of the caller's own sessions.",
        fields: json!(null),
    };
    let methods = axum::routing::delete(end);
    protected_endpoint(methods, "DELETE, OPTIONS", description)
}

async fn end(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    // What cannot be one names none.
    let session = id.ok().and_then(|Path(id)| SessionId::parse(&id));
    let session = session.ok_or(ApiError::NotFound)?;
    let ended = state.auth.end(&user, &session, state.clock.now());
    match ended.await? {
        Write::Done => Ok(StatusCode::NO_CONTENT),
        Write::Refused => Err(ApiError::NotFound),
    }
}

/// The sessions that a DELETE ends.
enum SessionsToEnd {
    /// All sessions of the user.
    All,
    /// All but the current one.
    Others,
}

/// Reads the parameter `all` of the query, in the words of Django REST Framework's BooleanField. The
/// last value counts.
fn sessions_to_end(query: Option<&str>) -> Result<SessionsToEnd, ApiError> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let Some((_, value)) = pairs.filter(|(name, _)| name == "all").last() else {
        return Ok(SessionsToEnd::Others);
    };
    match value.to_ascii_lowercase().as_str() {
        "t" | "y" | "yes" | "true" | "on" | "1" => Ok(SessionsToEnd::All),
        "f" | "n" | "no" | "false" | "off" | "0" => Ok(SessionsToEnd::Others),
        _ => Err(ApiError::field("all", "Must be a valid boolean.")),
    }
}
