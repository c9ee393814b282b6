//! `signet user sessions` and `signet user end-sessions`: where a user is logged in, and the end
//! of it.

use clap::ArgMatches;
use serde_json::json;

use super::super::CliError;
use super::super::output::{on_one_line, print};
use super::find;
use crate::clock::Clock;
use crate::session::Ending;
use crate::settings::Settings;
use crate::storage::{Kept, SessionRecord, Store};

/// Sessions that are listed at most, the last used first.
const MOST_LISTED: u32 = 10_000;

pub(super) async fn list(
    settings: &Settings,
    store: &Store,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), CliError> {
    let user = find(store, name).await?;
    let alive = settings.token_rules().alive(Clock::System.now());
    let sessions = store.sessions_of(user.id, MOST_LISTED, alive).await;
    let sessions = sessions.map_err(CliError::because)?;
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
    let alive = settings.token_rules().recorded_alive(now);
    let none = Kept::default();
    let ended = store.end_sessions(user.id, &none, Ending::Administrator, alive, now);
    ended.await.map_err(CliError::because)
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
