//! What a Django project with SimpleJWT answered, Signet answers: the recorded cases of every
//! profile, against the real server with a database of its own and a clock that stands still.

#[path = "api/engine.rs"]
#[allow(dead_code, reason = "the API tests look into their databases, too")]
mod engine;

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, bail};
use engine::Database;
use signet::clock::{Clock, Timestamp};
use signet::http::{AppState, router};
use signet::model::{NewUser, Write, normalize_username};
use signet::network::Network;
use signet::password::{Password, Requester};
use signet::settings::{Settings, Sources};
use signet::storage::Store;
use signet_contract::cases::Profile;
use signet_contract::replay::{Change, Clock as Told, LastLogin, Outcome, Server, Users, replay};
use signet_contract::waivers::Waivers;
use signet_contract::wire::Base;
use tokio::net::TcpListener;

/// When every clock stands, in seconds since the epoch.
const NOW: i64 = 1_800_000_000;

/// Waived for another tester of the same cases, which looks elsewhere for a user's fields.
const WAIVED_FOR_OTHERS: [&str; 1] = ["last_login set by obtain"];

/// The users of a server in this process, by way of its own state.
struct Administration(AppState);

impl Users for Administration {
    async fn change(&self, change: Change<'_>) -> Result<()> {
        let store = &self.0.auth.store;
        let hash = async |password: &str| {
            let hashing = &self.0.auth.hashing;
            let requester = Requester::new(Network::LOOPBACK, "administration");
            let hash = hashing.hash(requester, Password::new(password)).await;
            hash.context("hashing")
        };
        let written = match change {
            Change::Create {
                username,
                password,
                is_active,
            } => {
                let user = NewUser {
                    username: normalize_username(username),
                    email: String::new(),
                    password: hash(password).await?,
                    is_active,
                };
                store
                    .create_user(user, self.0.clock.now())
                    .await
                    .map(|_| Write::Done)
            }
            Change::SetActive(username, is_active) => store.set_active(username, is_active).await,
            Change::SetPassword(username, password) => {
                store.set_password(username, hash(password).await?).await
            }
            Change::Delete(username) => store.delete_user(username).await,
        };
        match written? {
            Write::Done => Ok(()),
            Write::Refused => bail!("there is no such user"),
        }
    }

    async fn last_login(&self, username: &str) -> Result<LastLogin> {
        let user = self.0.auth.store.user_by_name(username).await?;
        let user = user.context("there is no such user")?;
        Ok(if user.last_login.is_some() {
            LastLogin::Recorded
        } else {
            LastLogin::Missing
        })
    }
}

/// Plays a profile's cases against a server of their own with the settings of a profile.
async fn outcomes(cases: &str, settings: &str) -> Result<Vec<Outcome>> {
    let cases = Profile::read(&signet_contract::folder(), cases)?;
    let profile = Profile::read(&signet_contract::folder(), settings)?;
    let folder = tempfile::tempdir()?;
    let database = Database::new(folder.path()).await;
    let mut variables: HashMap<String, String> = profile.settings.iter().cloned().collect();
    for (name, value) in [
        ("DATABASE_URL", database.url.as_str()),
        (
            "DATA_DIR",
            folder.path().to_str().context("a path of text")?,
        ),
        ("HASH_MEMORY_KIB", "64"),
        ("HASH_ITERATIONS", "1"),
        ("HASH_SLOTS", "1"),
    ] {
        variables.insert(format!("SIGNET_{name}"), value.to_owned());
    }
    let settings = Settings::read(&Sources::collect(None, variables, &HashMap::new())?)?;
    let store = Store::open(&settings.database()).await?;
    let clock = Clock::fixed(Timestamp::from_second(NOW)?);
    let keys = settings.keyring(clock.now())?;
    let state = AppState::new(&settings, store, keys, clock);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = Base::new(&format!("http://{}", listener.local_addr()?))?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(signet::server::run(
        listener,
        router(state.clone()),
        signet::server::Limits::new(&settings),
        async move { drop(stopped.await) },
    ));
    let server = Server {
        base,
        users: Administration(state),
        clock: Told::Fixed(NOW),
    };
    let outcomes = replay(&cases, &server, |_| true).await;
    drop(stop);
    assert!(served.await?, "every request has been answered");
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recorded_answers_are_signets() -> Result<()> {
    let folder = signet_contract::folder();
    let waivers = Waivers::read(&folder)?;
    let mut plays = Vec::new();
    for name in Profile::names(&folder)? {
        let profile = name.clone();
        plays.push((
            name,
            tokio::spawn(async move { outcomes(&profile, &profile).await }),
        ));
    }

    let (mut same, mut waived) = (0, 0);
    let (mut differing, mut failures) = (BTreeSet::new(), Vec::new());
    for (profile, play) in plays {
        let outcomes = play.await?.with_context(|| profile.clone())?;
        assert!(!outcomes.is_empty(), "{profile} has cases");
        for outcome in outcomes {
            if outcome.differences.is_empty() {
                same += 1;
            } else if waivers.reason(&outcome.case).is_some() {
                waived += 1;
                differing.insert(outcome.case);
            } else {
                failures.push(format!("profile {profile}, {outcome}"));
            }
        }
    }
    let failed = failures.len();
    println!("{same} answered as recorded, {waived} waived, {failed} failed");
    assert_eq!(failed, 0, "{}", failures.join("\n"));

    let needed = |case: &&str| differing.contains(*case) || WAIVED_FOR_OTHERS.contains(case);
    let needless: Vec<_> = waivers.cases().filter(|case| !needed(case)).collect();
    assert!(needless.is_empty(), "nothing differs in {needless:?}");
    Ok(())
}

#[tokio::test]
async fn under_other_settings_every_answer_with_a_token_differs() -> Result<()> {
    let outcomes = outcomes("aud_iss", "default").await?;
    assert!(!outcomes.is_empty());
    for outcome in outcomes {
        let mut parts = outcome.differences.iter().map(|(_, found)| &*found.part);
        let is_told = parts.any(|part| part == "members of body.access");
        assert!(is_told, "{outcome}");
    }
    Ok(())
}
