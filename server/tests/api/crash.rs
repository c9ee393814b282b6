//! What has been answered outlives a `kill -9` at any moment.
//!
//! `CRASH_CYCLES=1000 cargo test --package signet --test api crash` kills as often as that.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::app::{KEY, PASSWORD};
use crate::engine::Rows;
use crate::forge::{self, claims_of};
use crate::process::{Place, Server};

/// Clients that rotate and log out, each with a request under way.
const ROTATING: usize = 50;
/// Clients that register, which is slow: a password is hashed.
const REGISTERING: usize = 8;

/// Requests that are made before a kill, at least; at most 255 more.
const REQUESTS: u32 = 100;

/// What a client was told.
#[derive(Default)]
struct Ledger {
    users: Vec<String>,
    /// Identities of tokens that were handed out.
    outstanding: Vec<String>,
    /// Identities of tokens that were spent or logged out.
    blacklisted: Vec<String>,
}

fn jti(token: &str) -> String {
    claims_of(token)["jti"].as_str().unwrap().to_owned()
}

/// Spends a token for the next one, again and again, and logs out now and then, until the server
/// is gone.
async fn rotate(server: Arc<Server>, requests: Arc<Semaphore>) -> Ledger {
    let mut ledger = Ledger::default();
    let mut token = forge::unique_refresh_token(1);
    for round in 1.. {
        requests.add_permits(1);
        let body = json!({ "refresh": token });
        if round % 5 == 0 {
            match server.try_to_post("/auth/token/blacklist/", &body).await {
                Some((200, _)) => ledger.blacklisted.push(jti(&token)),
                Some((503, _)) => {}
                Some(answer) => panic!("{answer:?}"),
                None => break,
            }
            token = forge::unique_refresh_token(1);
            continue;
        }
        match server.try_to_post("/auth/token/refresh/", &body).await {
            Some((200, renewed)) => {
                ledger.blacklisted.push(jti(&token));
                token = renewed["refresh"].as_str().unwrap().to_owned();
                ledger.outstanding.push(jti(&token));
            }
            // Put off: nobody was told whether it is spent.
            Some((503, _)) => token = forge::unique_refresh_token(1),
            Some(answer) => panic!("{answer:?}"),
            None => break,
        }
    }
    ledger
}

/// Registers, until the server is gone.
async fn register(server: Arc<Server>, requests: Arc<Semaphore>) -> Ledger {
    let mut ledger = Ledger::default();
    loop {
        let name = format!("u{}", uuid::Uuid::new_v4().simple());
        let user = json!({ "username": name, "password": PASSWORD });
        requests.add_permits(1);
        match server.try_to_post("/auth/register/", &user).await {
            Some((201, _)) => ledger.users.push(name),
            // The queue of the hashing threads may be full.
            Some((503, _)) => {}
            Some(answer) => panic!("{answer:?}"),
            None => break,
        }
    }
    ledger
}

async fn texts(rows: &Rows, query: &str) -> HashSet<String> {
    let rows: Vec<(String,)> = rows.all(query).await;
    rows.into_iter().map(|(text,)| text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_kill() {
    let cycles = std::env::var("CRASH_CYCLES").map_or(25, |text| text.parse().unwrap());
    let place = Place::with_database().await;
    let settings = [
        ("SIGNET_SIGNING_KEY", KEY),
        ("SIGNET_ROTATE_REFRESH_TOKENS", "true"),
        ("SIGNET_BLACKLIST_AFTER_ROTATION", "true"),
        ("SIGNET_REFRESH_TOKEN_LIFETIME", "1h"),
    ];
    let created = place.run(&["user", "create", "first"], PASSWORD).await;
    assert!(created.status.success());
    let mut answered = 0;
    for cycle in 0..cycles {
        let server = Arc::new(Server::start(&place, &settings).await);
        let requests = Arc::new(Semaphore::new(0));
        let mut clients = JoinSet::new();
        for _ in 0..ROTATING {
            clients.spawn(rotate(server.clone(), requests.clone()));
        }
        for _ in 0..REGISTERING {
            clients.spawn(register(server.clone(), requests.clone()));
        }
        let mut moment = [0u8; 1];
        getrandom::fill(&mut moment).unwrap();
        let moment = REQUESTS + u32::from(moment[0]);
        drop(requests.acquire_many(moment).await.unwrap());
        server.kill_now().await;
        let ledgers = clients.join_all().await;

        let server = Server::start(&place, &settings).await;
        let rows = place.rows().await;
        if let Rows::Sqlite(_) = rows {
            let check: String = rows.value("PRAGMA integrity_check").await;
            assert_eq!(check, "ok", "after cycle {cycle}");
        }
        let users = texts(&rows, "SELECT username FROM auth_user").await;
        let outstanding = "SELECT jti FROM token_blacklist_outstandingtoken";
        let outstanding = texts(&rows, outstanding).await;
        let blacklisted = "SELECT jti FROM token_blacklist_outstandingtoken AS o \
                           JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id";
        let blacklisted = texts(&rows, blacklisted).await;
        for ledger in ledgers {
            answered += ledger.users.len() + ledger.outstanding.len() + ledger.blacklisted.len();
            for (told, kept) in [
                (ledger.users, &users),
                (ledger.outstanding, &outstanding),
                (ledger.blacklisted, &blacklisted),
            ] {
                for told in told {
                    assert!(kept.contains(&told), "{told} is lost in cycle {cycle}");
                }
            }
        }
        server.kill().await;
    }
    eprintln!("{answered} answers survived {cycles} kills");
    assert!(answered > cycles, "{answered} answers");
}
