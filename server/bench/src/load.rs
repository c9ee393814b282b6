//! Many clients with the same request, each repeating it as soon as it is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use http::StatusCode;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::client::{Answer, Client};
use crate::server::{PASSWORD, Server, own_cpu};
use crate::token::Forge;

/// The time that all clients run before the measurement.
const WARM_UP: Duration = Duration::from_secs(1);

/// The measured request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `token/`, with the right password.
    Login,
    /// `token/refresh/`, with tokens that are on record.
    Refresh,
    /// The same where refresh tokens rotate; each client with the successor of its last.
    Rotation,
    /// `token/blacklist/`, with tokens that are not on record yet: that writes the most.
    Blacklisting,
    /// `token/verify/` of an access token, which does not ask the database.
    Verify,
}

impl Operation {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Verify,
        Self::Login,
        Self::Refresh,
        Self::Blacklisting,
        Self::Rotation,
    ];

    /// As the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Refresh => "refresh",
            Self::Rotation => "rotation",
            Self::Blacklisting => "blacklisting",
            Self::Verify => "verify",
        }
    }

    /// Returns `true` if the request needs a server with ROTATE_REFRESH_TOKENS.
    pub(crate) fn rotates(self) -> bool {
        self == Self::Rotation
    }

    fn path(self) -> &'static str {
        match self {
            Self::Login => "/auth/token/",
            Self::Refresh | Self::Rotation => "/auth/token/refresh/",
            Self::Blacklisting => "/auth/token/blacklist/",
            Self::Verify => "/auth/token/verify/",
        }
    }
}

/// One measurement.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) operation: Operation,
    pub(crate) clients: usize,
    pub(crate) time: Duration,
}

/// The result of a measurement.
#[derive(Default)]
pub(crate) struct Measured {
    /// The duration of each measured answer.
    pub(crate) took: Vec<Duration>,
    /// Answers other than 200, and connections that ended.
    pub(crate) failures: u64,
    /// Logins that were told to come back later.
    pub(crate) shed: u64,
    /// Cores that the server and the clients used.
    pub(crate) cores: Option<(f64, f64)>,
}

/// The time in which answers count.
#[derive(Clone, Copy)]
struct Window {
    begin: Instant,
    end: Instant,
}

impl Load {
    /// Connects every client, warms up, and measures.
    pub(crate) async fn run(&self, server: &Server, forge: &Arc<Forge>) -> Result<Measured> {
        let mut ready = Vec::new();
        for number in 0..self.clients {
            ready.push(Asker {
                operation: self.operation,
                client: Client::connect(server.address).await?,
                forge: Arc::clone(forge),
                // Clients that are sent away come back one after the other.
                patience: 1.0 + number as f64 / self.clients as f64,
                token: match self.operation {
                    Operation::Rotation => forge.live_refresh()?,
                    Operation::Verify => forge.access()?,
                    _ => String::new(),
                },
            });
        }
        let begin = Instant::now() + WARM_UP;
        let window = Window {
            begin,
            end: begin + self.time,
        };
        let mut askers = JoinSet::new();
        for asker in ready {
            askers.spawn(asker.ask_until_the_end(window));
        }
        let used = || server.cpu().zip(own_cpu());
        tokio::time::sleep_until(window.begin.into()).await;
        let before = used();
        tokio::time::sleep_until(window.end.into()).await;
        let after = used();
        let mut all = Measured::default();
        while let Some(measured) = askers.join_next().await {
            let measured = measured?;
            all.took.extend(measured.took);
            all.failures += measured.failures;
            all.shed += measured.shed;
        }
        let seconds = self.time.as_secs_f64();
        all.cores = before.zip(after).map(|(before, after)| {
            let share = |before: f64, after: f64| (after - before) / seconds;
            (share(before.0, after.0), share(before.1, after.1))
        });
        Ok(all)
    }
}

/// A client with what it asks for.
struct Asker {
    operation: Operation,
    client: Client,
    forge: Arc<Forge>,
    /// The factor by which it waits longer than it is told to.
    patience: f64,
    token: String,
}

impl Asker {
    async fn ask_until_the_end(mut self, window: Window) -> Measured {
        let mut measured = Measured::default();
        while Instant::now() < window.end {
            let answer = self.ask(window, &mut measured).await;
            if let Err(problem) = answer {
                // One tells enough, and a failing server need not be asked a million times.
                eprintln!("{}: {problem:#}", self.operation.name());
                measured.failures += 1;
                break;
            }
        }
        measured
    }

    async fn ask(&mut self, window: Window, measured: &mut Measured) -> Result<()> {
        let body = self.body()?;
        let started = Instant::now();
        let answer = self.client.post(self.operation.path(), body).await?;
        let answered = Instant::now();
        let counts = window.begin <= answered && answered < window.end;
        if answer.status == StatusCode::OK {
            if self.operation == Operation::Rotation {
                self.token = successor(&answer)?;
            }
            if counts {
                measured.took.push(answered - started);
            }
            return Ok(());
        }
        // There are more clients than the queue for hashing has places.
        if self.operation == Operation::Login
            && answer.status == StatusCode::SERVICE_UNAVAILABLE
            && let Some(seconds) = answer.retry_after
        {
            measured.shed += u64::from(counts);
            let later = Duration::from_secs(seconds).mul_f64(self.patience);
            let later = (answered + later).min(window.end);
            tokio::time::sleep_until(later.into()).await;
            return Ok(());
        }
        anyhow::bail!(
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        )
    }

    /// Returns the body of the request. Tokens and names need no escaping.
    fn body(&self) -> Result<String> {
        Ok(match self.operation {
            Operation::Login => {
                let user = self.forge.user();
                format!(r#"{{"username":"user{user}","password":"{PASSWORD}"}}"#)
            }
            Operation::Refresh => format!(r#"{{"refresh":"{}"}}"#, self.forge.live_refresh()?),
            Operation::Blacklisting => {
                format!(r#"{{"refresh":"{}"}}"#, self.forge.unknown_refresh()?)
            }
            Operation::Rotation => format!(r#"{{"refresh":"{}"}}"#, self.token),
            Operation::Verify => format!(r#"{{"token":"{}"}}"#, self.token),
        })
    }
}

/// The refresh token of an answer.
fn successor(answer: &Answer) -> Result<String> {
    let body: Value = serde_json::from_slice(&answer.body)?;
    let refresh = body["refresh"].as_str();
    Ok(refresh
        .context("an answer without a refresh token")?
        .to_owned())
}
