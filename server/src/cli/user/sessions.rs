//! `signet user sessions` and `signet user end-sessions`: where a user is logged in, and the end
//! of it.

use clap::ArgMatches;
use serde_json::json;

use crate::cli::CliError;
use crate::cli::output::{on_one_line, print};
use crate::cli::user::find;
use crate::clock::Clock;
use crate::model::{EndReason, Except, SessionRecord};
use crate::settings::Settings;
use crate::storage::Store;

/// Sessions that are listed at most, the last used first.
const MOST_LISTED: u32 = 10_000;

pub(super) async fn list(
    settings: &Settings,
    store: &Store,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), CliError> {
    let user = find(store, name).await?;
    let cutoff = settings.token_config().expiry_cutoff(Clock::System.now());
    let sessions = store.sessions_of(user.id, MOST_LISTED, cutoff).await;
    let sessions = sessions.map_err(CliError::failed)?;
    if matches.get_flag("json") {
        let lines = sessions
            .iter()
            .map(|session| format!("{}\n", as_json(session)));
        return print(lines.collect::<String>());
    }
    print(row(
        "id",
        "created_at",
        "last_used_at",
        "address",
        "user_agent",
    ))?;
    print(sessions.iter().map(line).collect::<String>())
}

/// Ends every session of a user, and every refresh token.
pub(super) async fn end(settings: &Settings, store: &Store, name: &str) -> Result<(), CliError> {
    let user = find(store, name).await?;
    let now = Clock::System.now();
    let cutoff = settings.token_config().recorded_expiry_cutoff(now);
    let none = Except::default();
    let ended = store.end_sessions(user.id, &none, EndReason::Administrator, cutoff, now);
    ended.await.map_err(CliError::failed)
}

fn as_json(session: &SessionRecord) -> serde_json::Value {
    json!({
        "id": session.id.0,
        "created_at": session.created_at.to_string(),
        "last_used_at": session.last_used_at.to_string(),
        "address": session.address,
        "user_agent": session.user_agent,
    })
}

fn line(session: &SessionRecord) -> String {
    row(
        &session.id.0,
        &session.created_at.to_string(),
        &session.last_used_at.to_string(),
        &session.address,
        &on_one_line(&session.user_agent),
    )
}

fn row(id: &str, created_at: &str, last_used_at: &str, address: &str, user_agent: &str) -> String {
    format!("{id:<32}  {created_at:<27}  {last_used_at:<27}  {address:<15}  {user_agent}\n")
}
