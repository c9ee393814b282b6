//! Opens the database for a command, and waits for one that is not up yet.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::cli::CliError;
use crate::server::{Asked, Signals};
use crate::settings::{Settings, SettingsError};
use crate::storage::{Store, StoreError};

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// The number of attempts between two log lines.
const TRIES_PER_LINE: usize = 5;

/// Opens the database, and makes it when there is none.
///
/// # Errors
/// Says why it cannot be opened, at once.
pub(super) async fn open_store(settings: &Settings) -> Result<Store, CliError> {
    let opened = open(settings).await?;
    Ok(opened.map_err(|error| unusable(settings, error))?)
}

/// Opens the database, for which it waits as long as WAIT_FOR_DATABASE says. Returns `None` if a
/// signal tells the server to stop meanwhile.
///
/// # Errors
/// Says why it cannot be opened: at once if waiting would not help, else in the words of the last
/// failure.
pub(super) async fn wait_for_store(
    settings: &Settings,
    signals: &mut Signals,
) -> Result<Option<Store>, CliError> {
    let limit = settings.wait_for_database.0.unsigned_abs();
    if limit.is_zero() {
        return open_store(settings).await.map(Some);
    }
    let mut last_failure = None;
    let opened = tokio::select! {
        opened = timeout(limit, try_to_open(settings, &mut last_failure)) => opened,
        () = until_stopped(signals) => {
            tracing::info!("told to stop while waiting for the database; good-bye");
            return Ok(None);
        }
    };
    match opened {
        Ok(opened) => opened.map(Some),
        Err(_) => {
            let error = last_failure.unwrap_or_else(StoreError::unanswered);
            Err(unusable(settings, error).into())
        }
    }
}

/// Tries until the database can be opened, or waiting does not help.
async fn try_to_open(
    settings: &Settings,
    last_failure: &mut Option<StoreError>,
) -> Result<Store, CliError> {
    let mut tries = 0;
    loop {
        let error = match open(settings).await? {
            Ok(store) => return Ok(store),
            Err(error) if error.may_pass() => error,
            Err(error) => return Err(unusable(settings, error).into()),
        };
        if tries % TRIES_PER_LINE == 0 {
            tracing::warn!("waiting for the database: {error}");
        }
        tries += 1;
        *last_failure = Some(error);
        sleep(PAUSE).await;
    }
}

async fn open(settings: &Settings) -> Result<Result<Store, StoreError>, SettingsError> {
    if settings.database_url.is_none() {
        settings.make_data_dir()?;
    }
    Ok(Store::open_with(
        &settings.database(),
        settings.database_pool_size,
        &settings.user_columns(),
    )
    .await)
}

fn unusable(settings: &Settings, error: StoreError) -> SettingsError {
    settings.problem("DATABASE_URL", error)
}

/// Waits for the signal to stop. SIGHUP has no effect yet.
async fn until_stopped(signals: &mut Signals) {
    while signals.next().await != Asked::Stop {}
}
