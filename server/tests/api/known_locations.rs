//! The addresses that an owner has logged in from stay open to the owner while others attack the
//! account.

use std::net::Ipv6Addr;

use serde_json::json;
use signet::auth::Flushing;
use signet::clock::Timestamp;
use signet::network::Network;

use crate::app::{NOW, PASSWORD, TestApp};
use crate::throttle::{ELSEWHERE, HERE, log_in, right, throttled, wrong};

/// Uses up what all addresses together may fail of the account `ada`.
async fn fail_from_everywhere(app: &TestApp) {
    for attacker in 0..30 {
        let from = format!("203.0.113.{attacker}");
        log_in(app, &from, &wrong("ada")).await;
    }
    log_in(app, ELSEWHERE, &right()).await.is_throttled(60);
}

#[tokio::test]
async fn a_restart_forgets_no_place_that_an_owner_has_logged_in_from() {
    let app = throttled(&[("THROTTLE_LOGIN", "2/min")]).await;
    assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
    let restarted = app.beside();
    fail_from_everywhere(&restarted).await;
    assert_eq!(log_in(&restarted, HERE, &right()).await.status, 200);
}

#[tokio::test]
async fn logins_of_other_accounts_push_no_place_of_an_owner_out() {
    let app = throttled(&[("THROTTLE_LOGIN", "2/min")]).await;
    assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
    // As if eve had logged in from 60,000 networks of hers, without the hashes that takes.
    let now = Timestamp::from_second(NOW).unwrap();
    for network in 0..60_000_u128 {
        let address = Ipv6Addr::from_bits((0x2001_0db8 << 96) | (network << 64));
        let network = Network::of(address.into());
        app.throttle().remember_location("eve", network, now);
    }
    fail_from_everywhere(&app).await;
    assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
}

#[tokio::test]
async fn a_place_is_known_for_thirty_days_after_the_last_login_there() {
    const DAY: i64 = 24 * 3_600;
    for is_restarted in [false, true] {
        let app = throttled(&[("THROTTLE_LOGIN", "2/min")]).await;
        assert_eq!(log_in(&app, HERE, &right()).await.status, 200);
        let app = if is_restarted { app.beside() } else { app };
        app.pass(29 * DAY);
        fail_from_everywhere(&app).await;
        let from_here = log_in(&app, HERE, &wrong("ada")).await;
        assert_eq!(from_here.status, 401, "known after 29 days");
        app.pass(2 * DAY);
        fail_from_everywhere(&app).await;
        log_in(&app, HERE, &right()).await.is_throttled(60);
        let flushing = Flushing::new(app.store.clone(), &app.settings.token_config());
        let now = Timestamp::from_second(NOW + 31 * DAY).unwrap();
        flushing.pass(now).await.unwrap();
        let places = "SELECT count(*) FROM signet_known_location";
        assert_eq!(app.rows.value::<i64>(places).await, 0);
    }
}

#[tokio::test]
async fn a_registration_makes_its_place_known_and_deleting_the_user_forgets_it() {
    let app = throttled(&[("THROTTLE_LOGIN", "2/min")]).await;
    let bob = json!({ "username": "bob", "password": PASSWORD });
    assert_eq!(
        app.post_from(HERE, "/auth/register/", &bob).await.status,
        201
    );
    let places = "SELECT count(*) FROM signet_known_location";
    assert_eq!(app.rows.value::<i64>(places).await, 1);
    app.store.delete_user("bob").await.unwrap();
    assert_eq!(app.rows.value::<i64>(places).await, 0);
}

#[tokio::test]
async fn of_one_account_the_places_seen_last_are_kept() {
    let app = throttled(&[]).await;
    for place in 0..40 {
        let from = format!("203.0.113.{place}");
        assert_eq!(log_in(&app, &from, &right()).await.status, 200);
        app.pass(1);
    }
    let places = "SELECT count(*) FROM signet_known_location";
    assert_eq!(app.rows.value::<i64>(places).await, 32);
    let oldest = "SELECT count(*) FROM signet_known_location \
                  WHERE network IN ('203.0.113.7', '203.0.113.8')";
    assert_eq!(app.rows.value::<i64>(oldest).await, 1);
}
