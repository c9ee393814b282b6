//! The database is away, or cannot write: nothing is let through, nothing answered that is not
//! so, and what needs no database goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use crate::app::{PASSWORD, TestApp};
use crate::engine::Rows;
use crate::forge;
use crate::process::{Place, Server};

const AWAY: &str =
    r#"{"detail":"The database is unavailable. Try again in 1 second.","code":"unavailable"}"#;

#[tokio::test]
async fn what_needs_the_database_is_put_off() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.store.close().await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    for answer in [
        app.post_json("/auth/token/", &body).await,
        app.post_json("/auth/token/sliding/", &body).await,
        app.post_json("/auth/register/", &body).await,
        app.refresh(&pair.refresh).await,
        app.blacklist(&pair.refresh).await,
        app.me(&pair.access).await,
        app.get("/readyz").await,
    ] {
        answer.is(503, AWAY);
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn access_tokens_are_verified_all_the_same() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.get("/healthz").await.is(200, "ok\n");
    app.get("/readyz").await.is(200, "ready\n");
    app.store.close().await;
    app.verify(&pair.access).await.is(200, "{}");
    app.get("/healthz").await.is(200, "ok\n");
    app.get("/.well-known/jwks.json")
        .await
        .is(200, r#"{"keys":[]}"#);
    app.pass(10);
    let refused = app.verify(&pair.access).await;
    refused.is_bad_token("Token is expired");
}

#[tokio::test]
async fn where_verify_asks_the_blacklist_access_tokens_are_verified_without_it() {
    let settings = [("BLACKLIST_AFTER_ROTATION", "true")];
    let app = TestApp::with(&settings).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let sliding = app.post_json("/auth/token/sliding/", &body).await;
    let sliding = sliding.field("token");
    app.store.close().await;
    app.verify(&pair.access).await.is(200, "{}");
    for recorded in [pair.refresh, sliding] {
        app.verify(&recorded).await.is(503, AWAY);
    }
}

#[tokio::test]
async fn where_types_are_not_told_apart_any_token_may_be_blacklisted() {
    let settings = [
        ("BLACKLIST_AFTER_ROTATION", "true"),
        ("TOKEN_TYPE_CLAIM", ""),
    ];
    let app = TestApp::with(&settings).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    app.verify(&pair.access).await.is(200, "{}");
    app.blacklist(&pair.access).await.is(200, "{}");
    let refused = r#"{"non_field_errors":["Token is blacklisted"]}"#;
    app.verify(&pair.access).await.is(400, refused);
    app.store.close().await;
    app.verify(&pair.access).await.is(503, AWAY);
}

#[tokio::test]
async fn what_was_put_off_is_not_done_later_all_the_same() {
    let rotating = [
        ("ROTATE_REFRESH_TOKENS", "true"),
        ("BLACKLIST_AFTER_ROTATION", "true"),
    ];
    let app = TestApp::with(&rotating).await;
    let Rows::Sqlite(rows) = &app.rows else {
        return;
    };
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let lock = rows.begin_with("BEGIN IMMEDIATE").await.unwrap();
    app.refresh(&pair.refresh).await.is(503, AWAY);
    lock.rollback().await.unwrap();
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
}

/// A server whose files may grow no further than this many KiB, as on a disk that is full.
async fn on_a_full_disk(place: &Place, kib: u32) -> Server {
    let limit = format!("ulimit -f {}; trap '' XFSZ; exec \"$0\" \"$@\"", kib * 2);
    Server::start_under(&["/bin/sh", "-c", &limit], place, &[]).await
}

#[tokio::test]
async fn a_full_disk_is_never_answered_as_success() {
    let place = Place::new();
    let server = on_a_full_disk(&place, 160).await;
    let mut answered = Vec::new();
    let mut refused = 0;
    for number in 0..400 {
        let name = format!("user{number}");
        let user = json!({ "username": name, "password": PASSWORD });
        let (status, body) = server.post("/auth/register/", &user).await;
        match status {
            201 => answered.push(name),
            503 => refused += 1,
            status => panic!("{status} {body}"),
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "the disk was never full");
    assert!(!answered.is_empty());
    server.kill().await;

    let server = Server::start(&place, &[]).await;
    let rows = place.rows().await;
    let check: String = rows.value("PRAGMA integrity_check").await;
    assert_eq!(check, "ok");
    for name in answered {
        let found = format!("SELECT count(*) FROM auth_user WHERE username = '{name}'");
        assert_eq!(rows.value::<i64>(&found).await, 1, "{name} was answered");
    }
    let user = json!({ "username": "one_more", "password": PASSWORD });
    assert_eq!(server.post("/auth/register/", &user).await.0, 201);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_under_load_cost_no_more_than_trying_again() {
    let rotating = [
        ("ROTATE_REFRESH_TOKENS", "true"),
        ("BLACKLIST_AFTER_ROTATION", "true"),
    ];
    let app = Arc::new(TestApp::with(&rotating).await);
    let Rows::Postgres(_) = app.rows else { return };
    let id = app.user("ada").await;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..20 {
        let (app, is_over) = (app.clone(), is_over.clone());
        clients.spawn(async move {
            let mut put_off = 0;
            while !is_over.load(Ordering::SeqCst) {
                let answer = app.refresh(&forge::unique_refresh_token(id)).await;
                match answer.status.as_u16() {
                    200 => {}
                    503 => put_off += 1,
                    _ => panic!("{}", answer.text()),
                }
            }
            put_off
        });
    }
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE application_name = 'signet' AND datname = current_database()";
    let mut connections = 0;
    while connections < 100 {
        connections += app.rows.value::<i64>(cut).await;
    }
    is_over.store(true, Ordering::SeqCst);
    let put_off: i32 = clients.join_all().await.into_iter().sum();
    eprintln!("{connections} connections cut, {put_off} requests put off");
    let token = forge::unique_refresh_token(id);
    assert_eq!(app.refresh(&token).await.status, 200, "at once");
    app.get("/readyz").await.is(200, "ready\n");
}
