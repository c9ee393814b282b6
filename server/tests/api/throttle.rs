//! Throttling: how many logins may fail, and how many registrations there may be.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};
use signet::http::AppState;
use signet::settings::SPECS;
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};

pub(crate) const HERE: &str = "192.0.2.1";
pub(crate) const ELSEWHERE: &str = "198.51.100.9";

pub(crate) fn right() -> Value {
    json!({ "username": "ada", "password": PASSWORD })
}

pub(crate) fn wrong(username: &str) -> Value {
    json!({ "username": username, "password": "wrong" })
}

pub(crate) async fn log_in(app: &TestApp, from: &str, body: &Value) -> Answer {
    app.post_from(from, "/auth/token/", body).await
}

/// A server with these limits and the user `ada`.
pub(crate) async fn throttled(limits: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(limits).await;
    app.user("ada").await;
    app
}

#[tokio::test]
async fn by_default_the_eleventh_failure_within_a_minute_is_throttled() {
    let limits = [
        ("THROTTLE_LOGIN", "10/min"),
        ("THROTTLE_LOGIN_ADDRESS", "100/min"),
    ];
    let app = throttled(&limits).await;
    for _ in 0..10 {
        assert_eq!(log_in(&app, HERE, &wrong("ada")).await.status, 401);
    }
    log_in(&app, HERE, &wrong("ada")).await.is_throttled(60);
    log_in(&app, HERE, &right()).await.is_throttled(60);
    app.pass_millis(500);
    log_in(&app, HERE, &right()).await.is_throttled(60);
    app.pass_millis(58_501);
    log_in(&app, HERE, &right()).await.is_throttled(1);
    app.pass(1);
    assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
}

#[tokio::test]
async fn only_logins_that_fail_count() {
    let app = throttled(&[
        ("THROTTLE_LOGIN", "2/min"),
        ("THROTTLE_LOGIN_ADDRESS", "2/min"),
    ])
    .await;
    for _ in 0..5 {
        assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
        let malformed = log_in(&app, HERE, &json!({ "username": "ada" })).await;
        assert_eq!(malformed.status, 400);
    }
    for _ in 0..2 {
        assert_eq!(log_in(&app, HERE, &wrong("ada")).await.status, 401);
    }
    log_in(&app, HERE, &right()).await.is_throttled(60);
}

#[tokio::test]
async fn a_known_and_an_unknown_name_are_throttled_alike_and_without_a_hash() {
    // One hash would take seconds.
    let slow = [
        ("THROTTLE_LOGIN", "1/min"),
        ("HASH_MEMORY_KIB", "65536"),
        ("HASH_ITERATIONS", "1"),
    ];
    let app = throttled(&slow).await;
    let mut said = Vec::new();
    for name in ["ada", "nobody"] {
        assert_eq!(log_in(&app, HERE, &wrong(name)).await.status, 401);
        let answer = log_in(&app, HERE, &wrong(name)).await;
        answer.is_throttled(60);
        said.push(format!("{:?}{}", answer.headers, answer.text()));
    }
    assert_eq!(said[0], said[1]);
    // More at once than the one thread and its queue of 32 could take: none asks for it.
    let app = Arc::new(app);
    let mut logins = JoinSet::new();
    for _ in 0..100 {
        let app = Arc::clone(&app);
        logins.spawn(async move { log_in(&app, HERE, &wrong("ada")).await.status });
    }
    let statuses = logins.join_all().await;
    assert!(
        statuses
            .iter()
            .all(|status| *status == StatusCode::TOO_MANY_REQUESTS)
    );
}

#[tokio::test]
async fn of_many_at_once_no_more_are_judged_than_there_is_room_for() {
    let app = Arc::new(throttled(&[("THROTTLE_LOGIN", "5/min")]).await);
    let mut logins = JoinSet::new();
    for _ in 0..30 {
        let app = Arc::clone(&app);
        logins.spawn(async move { log_in(&app, HERE, &wrong("ada")).await.status });
    }
    let statuses = logins.join_all().await;
    let judged = statuses
        .iter()
        .filter(|status| **status == StatusCode::UNAUTHORIZED);
    assert_eq!(judged.count(), 5);
    let throttled = statuses
        .iter()
        .filter(|status| **status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(throttled.count(), 25);
}

#[tokio::test]
async fn whoever_hangs_up_has_failed() {
    let app = throttled(&[("THROTTLE_LOGIN", "1/min")]).await;
    let body = wrong("ada");
    // Begun, and dropped at the first thing that it waits for. A machine that pauses just then
    // may have the answer ready, which is one failure that has to be waited out.
    loop {
        tokio::select! {
            biased;
            _ = log_in(&app, HERE, &body) => app.pass(60),
            () = std::future::ready(()) => break,
        }
    }
    log_in(&app, HERE, &right()).await.is_throttled(60);
}

#[tokio::test]
async fn another_account_and_another_address_are_not_meant() {
    let app = throttled(&[("THROTTLE_LOGIN", "1/min")]).await;
    app.user("eve").await;
    log_in(&app, HERE, &wrong("ada")).await;
    log_in(&app, HERE, &right()).await.is_throttled(60);
    assert_eq!(log_in(&app, ELSEWHERE, &right()).await.status, 200);
    let eve = json!({ "username": "eve", "password": PASSWORD });
    assert_eq!(log_in(&app, HERE, &eve).await.status, 200);
}

#[tokio::test]
async fn the_ways_to_write_a_name_are_counted_as_one() {
    let app = throttled(&[("THROTTLE_LOGIN", "3/min")]).await;
    for name in ["ada", "ADA", "ａda"] {
        assert_eq!(log_in(&app, HERE, &wrong(name)).await.status, 401);
    }
    log_in(&app, HERE, &right()).await.is_throttled(60);
}

#[tokio::test]
async fn an_ipv6_network_of_64_bits_is_one_address() {
    let app = throttled(&[("THROTTLE_LOGIN_ADDRESS", "3/min")]).await;
    for (name, from) in [
        ("a", "2001:db8::1"),
        ("b", "2001:db8::2"),
        ("c", "2001:db8:0:0:ffff::3"),
    ] {
        assert_eq!(log_in(&app, from, &wrong(name)).await.status, 401);
    }
    log_in(&app, "2001:db8::4", &right()).await.is_throttled(60);
    assert_eq!(log_in(&app, "2001:db8:0:1::1", &right()).await.status, 200);
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_throttled() {
    let app = throttled(&[
        ("THROTTLE_LOGIN", "10/min"),
        ("THROTTLE_LOGIN_ADDRESS", "20/min"),
    ])
    .await;
    for account in 0..20 {
        let body = wrong(&format!("user-{account}"));
        assert_eq!(log_in(&app, HERE, &body).await.status, 401);
    }
    log_in(&app, HERE, &right()).await.is_throttled(60);
    assert_eq!(log_in(&app, ELSEWHERE, &right()).await.status, 200);
}

#[tokio::test]
async fn an_account_tried_from_everywhere_is_closed_to_strangers_and_open_to_its_owner() {
    let app = throttled(&[("THROTTLE_LOGIN", "2/min")]).await;
    assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
    let mut judged = 0;
    for attacker in 0..100 {
        let from = format!("203.0.113.{attacker}");
        match log_in(&app, &from, &wrong("ada")).await.status {
            StatusCode::UNAUTHORIZED => judged += 1,
            status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    assert_eq!(judged, 20, "ten times what one address may");
    log_in(&app, ELSEWHERE, &right()).await.is_throttled(60);
    assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
    // What fails there is its owner's, and closes nothing to the owner's other devices.
    assert_eq!(log_in(&app, HERE, &wrong("ada")).await.status, 401);
}

#[tokio::test]
async fn whoever_owns_another_spelling_of_a_name_is_a_stranger_to_it() {
    let app = throttled(&[("THROTTLE_LOGIN", "2/min")]).await;
    app.user("ADA").await;
    let alias = json!({ "username": "ADA", "password": PASSWORD });
    let attackers: Vec<String> = (0..30).map(|bot| format!("203.0.113.{bot}")).collect();
    for from in &attackers {
        assert_eq!(log_in(&app, from, &alias).await.status, 200);
    }
    let mut judged = 0;
    for from in &attackers {
        match log_in(&app, from, &wrong("ada")).await.status {
            StatusCode::UNAUTHORIZED => judged += 1,
            status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    assert_eq!(judged, 20, "ten times what one address may");
}

#[tokio::test]
async fn every_way_to_log_in_counts() {
    let app = throttled(&[("THROTTLE_LOGIN", "3/min")]).await;
    assert_eq!(
        app.post_json("/auth/token/", &wrong("ada")).await.status,
        401
    );
    let sliding = "/accounts/token/sliding/";
    assert_eq!(app.post_json(sliding, &wrong("ada")).await.status, 401);
    let fields = [("username", "ada"), ("password", "wrong")];
    let site = [("sec-fetch-site", "same-origin")];
    assert_eq!(app.post_form("/login", &site, &fields).await.status, 401);

    app.post_json("/accounts/token", &right())
        .await
        .is_throttled(60);
    app.post_json(sliding, &right()).await.is_throttled(60);
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let page = app.post_form("/login", &site, &fields).await;
    assert_eq!(page.status, 429);
    assert_eq!(page.header("retry-after"), "60");
    assert!(page.cookies().is_empty());
    let words = "Too many tries. Try again in 60 seconds.";
    assert!(page.text().contains(words), "{}", page.text());
    assert!(page.text().contains("value=\"ada\""));
}

#[tokio::test]
async fn a_login_that_the_server_could_not_judge_does_not_count() {
    let app = throttled(&[("THROTTLE_LOGIN", "1/min")]).await;
    app.store.close().await;
    for _ in 0..3 {
        assert_eq!(log_in(&app, HERE, &right()).await.status, 503);
    }
}

#[tokio::test]
async fn what_holds_a_token_or_asks_for_none_is_never_throttled() {
    let app = throttled(&[
        ("THROTTLE_LOGIN", "1/min"),
        ("THROTTLE_LOGIN_ADDRESS", "1/min"),
        ("THROTTLE_REGISTER", "1/hour"),
    ])
    .await;
    let pair = app.log_in("ada").await;
    app.post_json("/auth/token/", &wrong("ada")).await;
    app.post_json("/auth/token/", &wrong("ada"))
        .await
        .is_throttled(60);
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    assert_eq!(app.verify(&pair.access).await.status, 200);
    assert_eq!(app.me(&pair.access).await.status, 200);
    for path in ["/auth/token/", "/auth/register/"] {
        assert_eq!(app.call("OPTIONS", path, &[]).await.status, 200);
    }
    assert_eq!(app.blacklist(&pair.refresh).await.status, 200);
    assert_eq!(app.verify("x").await.status, 401);
}

#[tokio::test]
async fn a_trusted_proxys_clients_are_told_apart_and_nobody_elses() {
    let app = throttled(&[
        ("THROTTLE_LOGIN", "1/min"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let from = async |client: &str, body: &Value| {
        let forwarded = [("x-forwarded-for", client)];
        app.post_raw("/auth/token/", &forwarded, &body.to_string())
            .await
    };
    assert_eq!(from("192.0.2.1", &wrong("ada")).await.status, 401);
    from("192.0.2.1:4711", &right()).await.is_throttled(60);
    assert_eq!(from("192.0.2.2", &right()).await.status, 200);

    let app = throttled(&[("THROTTLE_LOGIN", "1/min")]).await;
    let forged = [("x-forwarded-for", "192.0.2.1")];
    let body = wrong("ada").to_string();
    assert_eq!(
        app.post_raw("/auth/token/", &forged, &body).await.status,
        401
    );
    let forged = [("x-forwarded-for", "192.0.2.2")];
    app.post_raw("/auth/token/", &forged, &body)
        .await
        .is_throttled(60);
}

#[tokio::test]
async fn other_rates_are_taken_up_while_the_server_runs_and_counts_stay() {
    let rates = SPECS.iter().filter(|spec| spec.table == "throttle");
    assert_eq!(rates.filter(|spec| AppState::reloads(spec)).count(), 3);
    let app = throttled(&[("THROTTLE_LOGIN", "2/min")]).await;
    log_in(&app, HERE, &wrong("ada")).await;
    app.reload_with(&[("THROTTLE_LOGIN", "1/hour")]);
    log_in(&app, HERE, &right()).await.is_throttled(3_600);
    app.reload_with(&[("THROTTLE_LOGIN", "off")]);
    assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
}
