//! `signet serve`.

use std::future::pending;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::auth::Flushing;
use crate::cli::CliError;
use crate::cli::database::wait_for_store;
use crate::cli::reload::{Reloader, warn_about_unsafe_settings};
use crate::clock::Clock;
use crate::http::{AppState, metrics_router, router};
use crate::server::{Asked, Limits, Signals};
use crate::settings::{Settings, SettingsError, Source};
use crate::telemetry;

/// The connection limit of the metrics listener.
const METRICS_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// The shortest time for closing the database, even if requests have used up DRAIN_TIMEOUT.
const LEAST_CLOSING: Duration = Duration::from_secs(1);

/// Serves until the signal to stop. `reread` reads the settings again from their sources.
pub(super) async fn run(
    settings: Settings,
    reread: impl Fn() -> Result<Settings, SettingsError>,
) -> Result<ExitCode, CliError> {
    telemetry::start(&settings);
    let mut signals = Signals::listen().map_err(CliError::failed)?;
    // Before the database: a key that cannot be read leaves an empty one empty.
    let is_key_given = settings.given_key()?.is_some();
    let Some(store) = wait_for_store(&settings, &mut signals).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    if store.is_shared() && !is_key_given {
        let problem = "this database may have other servers, and a Django project, beside this \
                       one, and all need one signing key: give the project's \
                       SIMPLE_JWT[\"SIGNING_KEY\"], or its SECRET_KEY if it has none, or with no \
                       Django beside, a text of your own, such as `openssl rand -base64 48` prints";
        return Err(settings.problem("SIGNING_KEY", problem).into());
    }
    let keys = settings.keyring(Clock::System.now())?;
    let state = AppState::new(&settings, store.clone(), keys, Clock::System);
    let listener = bind(&settings, "LISTEN", settings.listen).await?;
    warn_about_unsafe_settings(&settings);
    if store.is_djangos() && settings.source_of("PASSWORD_UPGRADE") == Source::Default {
        tracing::warn!(
            "this database is a Django project's: a login here stores its hash anew as argon2id, \
             with which a login there needs argon2-cffi; give PASSWORD_UPGRADE, true if it is \
             installed, else false"
        );
    }
    let address = listener.local_addr().map_err(CliError::failed)?;
    if state.paths.serves_web_ui() {
        let url = settings.public_url.origin();
        tracing::info!("Signet listens on {address}; open {url} in a browser");
    } else {
        tracing::info!("Signet listens on {address}, without its web UI");
        let missing: Vec<String> = state.paths.missing_for_web_ui().collect();
        if settings.web_ui && !missing.is_empty() {
            let missing = missing.join(", ");
            tracing::warn!("the web UI is off, because [paths] gives no path for {missing}");
        }
    }
    let flushing = Flushing::new(store.clone(), &settings.token_config());
    let flushing = tokio::spawn(flushing.run(Clock::System));
    serve_metrics(&settings, state.clone()).await?;
    let limits = Limits {
        open: state.metrics.open_connections.clone(),
        ..Limits::new(&settings)
    };
    let drain_timeout = limits.drain_timeout;
    let mut reloader = Reloader::new(state.clone(), settings, reread);
    let (stopped, is_stopped) = oneshot::channel();
    let stop = async {
        while signals.next().await == Asked::Reload {
            reloader.reload();
        }
        let _ = stopped.send(());
    };
    let drained = tokio::spawn(async move {
        let _ = is_stopped.await;
        tokio::time::sleep(drain_timeout).await;
    });
    let last_used = state.auth.last_used.clone();
    let answered = state.auth.answered.clone();
    let all_answered = crate::server::run(listener, router(state), limits, stop).await;
    flushing.abort();
    let closing = async {
        last_used.settle().await;
        answered.settle().await;
        store.close().await;
    };
    let out_of_time = async {
        let _ = drained.await;
        tokio::time::sleep(LEAST_CLOSING).await;
    };
    tokio::select! {
        () = closing => {}
        () = out_of_time => tracing::warn!(
            "the database does not answer: its connections are dropped, and when some sessions \
             were last used is not written down"
        ),
    }
    if all_answered {
        tracing::info!("every request has been answered; good-bye")
    } else {
        tracing::warn!("some requests took too long and have been dropped; good-bye")
    }
    Ok(ExitCode::SUCCESS)
}

/// Serves the metrics, if they are asked for, until the process ends: an end is worth watching,
/// too.
async fn serve_metrics(settings: &Settings, state: AppState) -> Result<(), CliError> {
    let Some(address) = settings.metrics_listen.0 else {
        return Ok(());
    };
    let listener = bind(settings, "METRICS_LISTEN", address).await?;
    let address = listener.local_addr().map_err(CliError::failed)?;
    tracing::info!("metrics are at http://{address}/metrics");
    let limits = Limits {
        connections: METRICS_CONNECTIONS,
        ..Limits::new(settings)
    };
    let router = metrics_router(state);
    tokio::spawn(crate::server::run(listener, router, limits, pending()));
    Ok(())
}

/// Listens on the address of a setting.
async fn bind(
    settings: &Settings,
    name: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, SettingsError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| settings.problem(name, format!("{address} cannot be used: {error}")))
}
