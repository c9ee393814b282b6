//! Plays a profile's cases against a server.

use std::collections::HashMap;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::cases::{Case, Exchange, Profile, RequestBody, Step, TokenSource};
use crate::expect::{Comparer, Difference};
use crate::forge::{Keys, tampered};
use crate::template::{Into, Names};
use crate::wire::Base;

/// A change to a user by an administrator. The caller carries it out, because the server has no
/// endpoint for it.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// Makes a user; name and password are not judged, but the name is normalised.
    Create {
        /// The name.
        username: &'a str,
        /// The password.
        password: &'a str,
        /// Whether the user may log in.
        is_active: bool,
    },
    /// Lets a user log in, or no longer.
    SetActive(&'a str, bool),
    /// Sets a password, which is not judged.
    SetPassword(&'a str, &'a str),
    /// Deletes a user.
    Delete(&'a str),
}

/// The record of a user's last login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLogin {
    /// A login is recorded.
    Recorded,
    /// None is.
    Missing,
}

/// The administration of the server's users.
pub trait Users: Sync {
    /// Does it, or says why not.
    fn change(&self, change: Change<'_>) -> impl Future<Output = Result<()>> + Send;

    /// Whether the user's `last_login` is set.
    fn last_login(&self, username: &str) -> impl Future<Output = Result<LastLogin>> + Send;
}

/// The server's clock.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// It stands still at these seconds since the epoch.
    Fixed(i64),
    /// It goes as ours; times in answers may be off by a second.
    System,
}

impl Clock {
    fn now(self) -> f64 {
        match self {
            Self::Fixed(seconds) => seconds as f64,
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                since.expect("it is later than 1970").as_secs_f64()
            }
        }
    }

    fn tolerance(self) -> i64 {
        match self {
            Self::Fixed(_) => 0,
            Self::System => 1,
        }
    }
}

/// The server that is asked.
#[derive(Debug)]
pub struct Server<U> {
    /// The address of the server.
    pub base: Base,
    /// The administration of its users.
    pub users: U,
    /// Its clock.
    pub clock: Clock,
}

/// The outcome of a case.
#[derive(Debug)]
pub struct Outcome {
    /// The case's name.
    pub case: String,
    /// Every difference, with the request of its answer. Empty if the answers are as recorded.
    pub differences: Vec<(String, Difference)>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "case {}", self.case)?;
        let mut last = "";
        for (request, difference) in &self.differences {
            if request != last {
                writeln!(f, "    {request}")?;
                last = request;
            }
            let Difference {
                part,
                expected,
                got,
            } = difference;
            writeln!(
                f,
                "        {part}\n            recorded: {expected}\n            got:      {got}"
            )?;
        }
        Ok(())
    }
}

/// Plays the cases that `chosen` chooses, one after the other.
///
/// # Errors
/// If a case is malformed, or the server does not answer.
pub async fn replay<U: Users>(
    profile: &Profile,
    server: &Server<U>,
    chosen: impl Fn(&Case) -> bool,
) -> Result<Vec<Outcome>> {
    let keys = Keys::of(profile)?;
    let run = uuid::Uuid::new_v4().simple().to_string();
    let mut outcomes = Vec::new();
    for (number, case) in profile.cases.iter().enumerate() {
        if !chosen(case) {
            continue;
        }
        let mut play = Play {
            server,
            keys: &keys,
            comparer: Comparer::new(&profile.shapes, &keys, server.clock.tolerance()),
            names: Names {
                // As long as the names of the recordings, whose lengths some answers depend on.
                username: format!("u{number:08x}{}", &run[..6]),
                now: server.clock.now(),
                tokens: HashMap::new(),
                answers: HashMap::new(),
            },
            differences: Vec::new(),
        };
        if let Err(problem) = play.case(case).await {
            let difference = Difference {
                part: "the case could not be played".to_owned(),
                expected: "to be asked".to_owned(),
                got: format!("{problem:#}"),
            };
            play.differences.push((String::new(), difference));
        }
        outcomes.push(Outcome {
            case: case.name.clone(),
            differences: play.differences,
        });
    }
    Ok(outcomes)
}

/// One case under way.
struct Play<'a, U> {
    server: &'a Server<U>,
    keys: &'a Keys,
    comparer: Comparer<'a>,
    names: Names,
    differences: Vec<(String, Difference)>,
}

impl<U: Users> Play<'_, U> {
    async fn case(&mut self, case: &Case) -> Result<()> {
        for step in &case.steps {
            self.names.now = self.server.clock.now();
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<()> {
        let users = &self.server.users;
        let user = self.names.username.clone();
        match step {
            Step::CreateUser {
                username,
                password,
                is_active,
            } => {
                let change = Change::Create {
                    username: &self.names.fill(username, Into::Text)?,
                    password: &self.names.fill(password, Into::Text)?,
                    is_active: *is_active,
                };
                users.change(change).await
            }
            Step::SetActive(is_active) => users.change(Change::SetActive(&user, *is_active)).await,
            Step::SetPassword(password) => users.change(Change::SetPassword(&user, password)).await,
            Step::DeleteUser => users.change(Change::Delete(&user)).await,
            Step::LastLogin { is_set } => {
                let found = users.last_login(&user).await? == LastLogin::Recorded;
                if found != *is_set {
                    let difference = Difference {
                        part: "last_login".to_owned(),
                        expected: if *is_set { "set" } else { "never" }.to_owned(),
                        got: if found { "set" } else { "never" }.to_owned(),
                    };
                    self.differences.push(("the user".to_owned(), difference));
                }
                Ok(())
            }
            Step::Token { name, made } => {
                let token = self.make(made)?;
                self.names.tokens.insert(name.clone(), token);
                Ok(())
            }
            Step::Exchange(exchange) => self.exchange(exchange).await,
        }
    }

    fn make(&self, made: &TokenSource) -> Result<String> {
        let fill = |text: &str| self.names.fill(text, Into::Text);
        match made {
            TokenSource::Signed { claims } => {
                let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, self.keys.algorithm);
                self.keys.token(&header, &fill(claims)?)
            }
            TokenSource::Forged {
                algorithm,
                key,
                header,
                payload,
            } => self.keys.forge(algorithm, key, header, &fill(payload)?),
            TokenSource::Tampered { origin, part } => tampered(self.names.token(origin)?, part),
            TokenSource::Changed { origin, changes } => self
                .keys
                .changed(self.names.token(origin)?, &fill(changes)?),
            TokenSource::Text(text) => fill(text),
        }
    }

    async fn exchange(&mut self, exchange: &Exchange) -> Result<()> {
        let fill = |text: &str| self.names.fill(text, Into::Text);
        let path = fill(&exchange.path)?;
        let mut headers = Vec::new();
        for (name, value) in &exchange.headers {
            headers.push((name.clone(), latin1(&fill(value)?)?));
        }
        let is_typed = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let body = match &exchange.body {
            RequestBody::Nothing => Vec::new(),
            RequestBody::Json(text) => {
                if !is_typed {
                    headers.push(("Content-Type".to_owned(), b"application/json".to_vec()));
                }
                self.names.fill(text, Into::Json)?.into_bytes()
            }
            RequestBody::Text(text) => fill(text)?.into_bytes(),
            RequestBody::Bytes(bytes) => bytes.clone(),
        };
        let shown = shown(&exchange.method, &path, &headers, &body);
        let answer = self
            .server
            .base
            .ask(&exchange.method, &path, &headers, body)
            .await;
        let answer = answer.with_context(|| shown.clone())?;
        let judged =
            self.comparer
                .compare(&exchange.method, &exchange.expected, &answer, &self.names)?;
        let judged = judged
            .into_iter()
            .map(|difference| (shown.clone(), difference));
        self.differences.extend(judged);
        if let Some(name) = &exchange.name
            && let Ok(json) = serde_json::from_slice(&answer.body)
        {
            self.names.answers.insert(name.clone(), json);
        }
        Ok(())
    }
}

/// Header values hold one character for each byte.
fn latin1(text: &str) -> Result<Vec<u8>> {
    let bytes = text
        .chars()
        .map(|character| u8::try_from(u32::from(character)));
    bytes
        .collect::<Result<_, _>>()
        .with_context(|| text.to_owned())
}

/// A request for the reader of a difference, long ones cut short.
fn shown(method: &str, path: &str, headers: &[(String, Vec<u8>)], body: &[u8]) -> String {
    let mut shown = format!("{method} {path}");
    for (name, value) in headers {
        shown.push_str(&format!(" | {name}: {}", String::from_utf8_lossy(value)));
    }
    let body: String = String::from_utf8_lossy(body).chars().take(500).collect();
    if body.is_empty() {
        shown
    } else {
        format!("{shown} | {body}")
    }
}
