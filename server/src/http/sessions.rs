//! `sessions/` and `password/change/`: what a signed-in user does to sessions.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::routing::{MethodRouter, get, post};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use signet_api::error::FieldErrors;
use signet_api::session::Session;
use signet_api::token::Empty;

use super::account::CurrentUser;
use super::error::ApiError;
use super::fields::{Fields, Presence};
use super::state::AppState;
use super::view::{Description, protected_view, text_field};
use crate::clock::Timestamp;
use crate::metrics::Throttled;
use crate::password::Password;
use crate::session::{Device, PasswordChange, PasswordChangeError, SessionError, SessionId};
use crate::storage::{Kept, SessionRecord, UserRecord};
use crate::user::{LONGEST_PASSWORD, PASSWORD_RULES};

pub(super) fn sessions_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Session List",
        description: "List the caller's own live sessions, or end all but the current one.",
        fields: json!(null),
    };
    let methods = get(list).delete(end_others);
    protected_view(methods, "GET, DELETE, HEAD, OPTIONS", description)
}

async fn list(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<Vec<Session>>, ApiError> {
    let now = state.clock.now();
    let current = current(&state, &user, &headers, fields, now).await?;
    let current = current.and_then(|kept| kept.session);
    let sessions = state.sessions.list(&user, now).await?;
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
    let kept = match asks_for_all(query.as_deref())? {
        true => Kept::default(),
        false => {
            let current = current(&state, &user, &headers, fields, now).await?;
            current.ok_or_else(|| of_field("refresh", "This field is required."))?
        }
    };
    state.sessions.end_others(&user, &kept, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn session_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Session Detail",
        description: "End one of the caller's own sessions.",
        fields: json!(null),
    };
    let methods = axum::routing::delete(end);
    protected_view(methods, "DELETE, OPTIONS", description)
}

async fn end(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    // What cannot be one names none.
    let session = id.ok().and_then(|Path(id)| SessionId::parse(&id));
    let session = session.ok_or(ApiError::NotFound)?;
    let ended = state.sessions.end(&user, &session, state.clock.now());
    match ended.await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::NotFound),
    }
}

pub(super) fn password_change_view() -> MethodRouter<AppState> {
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
    protected_view(post(change_password), "POST, OPTIONS", description)
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
    let kept = self::current(&state, &user, &headers, fields, now).await?;
    let wanted = PasswordChange {
        current,
        new,
        kept: kept.unwrap_or_default(),
    };
    Box::pin(change(&state, &user, wanted, &device, now)).await?;
    Ok(Json(Empty {}))
}

/// Changes the password; a try too many is counted.
pub(super) async fn change(
    state: &AppState,
    user: &UserRecord,
    wanted: PasswordChange,
    device: &Device,
    now: Timestamp,
) -> Result<(), ApiError> {
    let changed = state
        .sessions
        .change_password(user, wanted, state.policy, device.network(), now)
        .await;
    if let Err(PasswordChangeError::Session(SessionError::Throttled(_))) = &changed {
        state.metrics.throttled(Throttled::Login);
    }
    Ok(changed?)
}

/// The fields of a change of the password.
pub(super) fn read_passwords(fields: &mut Fields) -> (Password, Password) {
    let current = fields.required("current_password");
    let new = fields.text("new_password", Presence::Required, &PASSWORD_RULES, &[]);
    (Password::new(current), Password::new(new))
}

/// What the refresh token of a request says of the current session, if there is one: that of the
/// cookie where the cookie transport is asked for, else the field `refresh`. Whatever was wrong
/// with a field that has been read before is said.
async fn current(
    state: &AppState,
    user: &UserRecord,
    headers: &HeaderMap,
    mut fields: Fields,
    now: Timestamp,
) -> Result<Option<Kept>, ApiError> {
    if state.cookies.asked_for(headers)? {
        fields.check()?;
        for token in state.cookies.refresh_tokens(headers) {
            match state.sessions.current(user, &token, now).await {
                Ok(kept) => return Ok(Some(kept)),
                Err(SessionError::Token(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        return Ok(None);
    }
    let token = fields.text("refresh", Presence::Optional, &[], &[]);
    fields.check()?;
    if token.is_empty() {
        return Ok(None);
    }
    match state.sessions.current(user, &token, now).await {
        Ok(kept) => Ok(Some(kept)),
        Err(SessionError::Token(error)) => Err(of_field("refresh", &error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Whether the query asks for all, in any of the words of Django REST Framework's BooleanField; the
/// last one counts.
fn asks_for_all(query: Option<&str>) -> Result<bool, ApiError> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let Some((_, value)) = pairs.filter(|(name, _)| name == "all").last() else {
        return Ok(false);
    };
    match value.to_ascii_lowercase().as_str() {
        "t" | "y" | "yes" | "true" | "on" | "1" => Ok(true),
        "f" | "n" | "no" | "false" | "off" | "0" => Ok(false),
        _ => Err(of_field("all", "Must be a valid boolean.")),
    }
}

fn of_field(name: &str, message: &str) -> ApiError {
    ApiError::Fields(FieldErrors(vec![(
        name.to_owned(),
        vec![message.to_owned()],
    )]))
}
