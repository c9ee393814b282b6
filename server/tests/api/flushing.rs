//! Forgetting tokens that have ended.

use serde_json::json;
use signet::auth::{Flushed, Flushing};
use signet::clock::{Duration, Timestamp};
use signet::model::{TokenRecord, UserId};

use crate::app::{NOW, PASSWORD, TestApp};
use crate::process::Place;

const DAY: i64 = 86_400;

/// Makes a pass `after` seconds after the tests' beginning, with a leeway in seconds; how many
/// tokens it deleted, and how many outstanding and blacklisted ones are left.
async fn flush(app: &TestApp, after: i64, leeway: i64) -> (u64, i64, i64) {
    let mut rules = app.settings.token_config();
    rules.leeway = Duration::from_secs(leeway);
    let flushing = Flushing::new(app.store.clone(), &rules);
    let now = Timestamp::from_second(NOW + after).unwrap();
    let flushed = flushing.pass(now).await.unwrap();
    let outstanding = app.value("SELECT count(*) FROM token_blacklist_outstandingtoken");
    let blacklisted = app.value("SELECT count(*) FROM token_blacklist_blacklistedtoken");
    (flushed.deleted, outstanding.await, blacklisted.await)
}

#[tokio::test]
async fn a_token_is_forgotten_when_it_has_ended_and_not_before() {
    let app = TestApp::with_ada().await;
    app.log_in("ada").await;
    assert_eq!(flush(&app, 29, 0).await, (0, 1, 0));
    assert_eq!(
        flush(&app, 34, 5).await,
        (0, 1, 0),
        "it lives by the leeway"
    );
    assert_eq!(flush(&app, 35, 5).await, (1, 0, 0));
    assert_eq!(flush(&app, 35, 5).await, (0, 0, 0));
}

#[tokio::test]
async fn a_blacklisted_token_stays_for_another_day() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.log_in("ada").await;
    app.blacklist(&pair.refresh).await;
    assert_eq!(flush(&app, 30, 0).await, (1, 1, 1));
    assert_eq!(flush(&app, 29 + DAY, 0).await, (0, 1, 1));
    let answer = app.refresh(&pair.refresh).await;
    assert_eq!(answer.field("detail"), "Token is blacklisted");
    assert_eq!(flush(&app, 30 + DAY, 0).await, (1, 0, 0));
}

#[tokio::test]
async fn a_pass_reaches_every_batch() {
    let app = TestApp::with_ada().await;
    let user: i64 = app.value("SELECT CAST(id AS bigint) FROM auth_user").await;
    let now = Timestamp::from_second(NOW).unwrap();
    let mut adding = tokio::task::JoinSet::new();
    for number in 0..2_500_i64 {
        // Of three, one lives on.
        let end = NOW + if number % 3 == 0 { 60 } else { 10 };
        let record = TokenRecord {
            jti: format!("{number:032x}"),
            user: Some(UserId::Integer(user)),
            created_at: Some(now),
            expires_at: end,
            lives_until: end,
        };
        let store = app.store.clone();
        // Together, so that the disk is waited for a few times and not for each.
        adding.spawn(async move { store.add_outstanding(&record).await.unwrap() });
        if adding.len() == 100 {
            adding.join_next().await;
        }
    }
    adding.join_all().await;
    assert_eq!(flush(&app, 10, 0).await, (1_666, 834, 0));
    assert_eq!(flush(&app, 60, 0).await, (834, 0, 0));
}

#[tokio::test]
async fn what_another_table_refers_to_stays_and_the_next_batches_go() {
    let app = TestApp::with_ada().await;
    for number in 0..1_500 {
        let record = TokenRecord {
            jti: format!("{number:032x}"),
            user: None,
            created_at: None,
            expires_at: NOW,
            lives_until: NOW,
        };
        app.store.add_outstanding(&record).await.unwrap();
    }
    app.rows
        .execute(
            "CREATE TABLE device (id bigint PRIMARY KEY, token_id bigint NOT NULL \
             REFERENCES token_blacklist_outstandingtoken (id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .await;
    let refer = "INSERT INTO device \
         SELECT min(id), min(id) FROM token_blacklist_outstandingtoken";
    app.rows.execute(refer).await;
    let flushing = Flushing::new(app.store.clone(), &app.settings.token_config());
    let now = Timestamp::from_second(NOW).unwrap();
    for deleted in [500, 0] {
        let flushed = Flushed {
            deleted,
            some_are_in_use: true,
        };
        assert_eq!(flushing.pass(now).await.unwrap(), flushed);
    }
    app.rows.execute("DELETE FROM device").await;
    assert_eq!(flush(&app, 0, 0).await, (1_000, 0, 0));
}

#[tokio::test]
async fn the_command_says_how_many_it_deleted() {
    let place = Place::new();
    let ended = place.run(&["tokens", "flush-expired"], "").await;
    assert!(ended.status.success());
    let said = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(said, "0 expired tokens deleted\n");
}

#[tokio::test]
async fn the_session_of_a_sliding_token_can_be_ended_when_its_row_is_forgotten() {
    let app = TestApp::with_ada().await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let sliding = app.post_json("/auth/token/sliding/", &body).await;
    app.pass(6);
    let path = "/auth/token/sliding/refresh/";
    let token = json!({ "token": sliding.field("token") });
    let slid = app.post_json(path, &token).await.field("token");
    app.pass(6);
    assert_eq!(flush(&app, 12, 0).await, (1, 0, 0), "with its first end");

    let header = format!("Bearer {}", app.log_in("ada").await.access);
    let headers = [("authorization", header.as_str())];
    let listed = app.call("GET", "/auth/sessions/", &headers).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let all = "/auth/sessions/?all=true";
    app.call("DELETE", all, &headers).await.is(204, "");
    let refused = app.post_json(path, &json!({ "token": slid })).await;
    refused.is_bad_token("Token is blacklisted");
}
