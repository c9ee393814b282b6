//! ROTATION_GRACE and SESSION_MAX_AGE.

use crate::app::{NOW, TestApp};
use crate::forge::{self, claims_of};

const ROTATING: [(&str, &str); 4] = [
    ("ROTATE_REFRESH_TOKENS", "true"),
    ("BLACKLIST_AFTER_ROTATION", "true"),
    ("ROTATION_GRACE", "2s"),
    ("REFRESH_TOKEN_LIFETIME", "30s"),
];

async fn app(more: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(&[&ROTATING, more].concat()).await;
    app.user("ada").await;
    app
}

#[tokio::test]
async fn a_token_that_was_just_spent_gives_the_same_successor_once_more() {
    for algorithm in ["HS256", "RS256", "EdDSA"] {
        let own = [("ALGORITHM", algorithm), ("SIGNING_KEY", "")];
        let app = app(&own).await;
        let pair = app.log_in("ada").await;
        app.pass(3);
        let first = app.refresh(&pair.refresh).await.field("refresh");
        app.pass_millis(1_999);
        let again = app.refresh(&pair.refresh).await;
        assert_eq!(again.field("refresh"), first, "letter by letter");
        assert_eq!(app.me(&again.field("access")).await.status, 200);
        let rows = "SELECT count(*) FROM token_blacklist_outstandingtoken";
        assert_eq!(app.value::<i64>(rows).await, 2, "one successor");
        assert_eq!(app.refresh(&first).await.status, 200, "and it goes on");
    }
}

#[tokio::test]
async fn where_signatures_are_random_only_the_signature_differs() {
    for algorithm in ["ES256", "PS256"] {
        let own = [("ALGORITHM", algorithm), ("SIGNING_KEY", "")];
        let app = app(&own).await;
        let pair = app.log_in("ada").await;
        let first = app.refresh(&pair.refresh).await.field("refresh");
        let again = app.refresh(&pair.refresh).await.field("refresh");
        let message = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
        assert_eq!(message(&first), message(&again));
        assert_ne!(first, again);
    }
}

#[tokio::test]
async fn after_the_grace_a_spent_token_is_refused() {
    let app = app(&[]).await;
    let pair = app.log_in("ada").await;
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    app.pass(2);
    let late = app.refresh(&pair.refresh).await;
    late.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_revived_by_the_token_before() {
    let app = app(&[]).await;
    let pair = app.log_in("ada").await;
    let successor = app.refresh(&pair.refresh).await.field("refresh");
    app.blacklist(&successor).await.is(200, "{}");
    let again = app.refresh(&pair.refresh).await;
    again.is_bad_token("Token is blacklisted");

    let other = app.log_in("ada").await;
    app.blacklist(&other.refresh).await.is(200, "{}");
    let ended = app.refresh(&other.refresh).await;
    ended.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn a_successor_that_was_spent_itself_is_not_given_again() {
    let app = app(&[]).await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    assert_eq!(app.refresh(&second).await.status, 200);
    let again = app.refresh(&pair.refresh).await;
    again.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn a_deactivated_user_is_given_nothing_within_the_grace() {
    let app = app(&[]).await;
    let pair = app.log_in("ada").await;
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    app.store.set_active("ada", false).await.unwrap();
    let again = app.refresh(&pair.refresh).await;
    again.is_unauthorized("No active account found for the given token.");
}

#[tokio::test]
async fn a_blacklisted_token_of_another_kind_is_given_nothing() {
    let app = app(&[]).await;
    let id = app.user("bob").await;
    let access = forge::token(&forge::claims("access", id));
    let refused = app.refresh(&access).await;
    refused.is_bad_token("Token has wrong type");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_all_get_one_successor() {
    let app = std::sync::Arc::new(app(&[]).await);
    let pair = std::sync::Arc::new(app.log_in("ada").await);
    let mut refreshing = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (app, pair) = (app.clone(), pair.clone());
        refreshing.spawn(async move { app.refresh(&pair.refresh).await.field("refresh") });
    }
    let successors = refreshing.join_all().await;
    assert!(successors.iter().all(|token| *token == successors[0]));
    let rows = "SELECT count(*) FROM token_blacklist_outstandingtoken";
    assert_eq!(app.value::<i64>(rows).await, 2);
}

#[tokio::test]
async fn a_session_ends_at_its_longest_age_however_often_it_rotates() {
    let app = app(&[("SESSION_MAX_AGE", "1m")]).await;
    let mut token = app.log_in("ada").await.refresh;
    for _ in 0..2 {
        app.pass(25);
        token = app.refresh(&token).await.field("refresh");
    }
    assert_eq!(claims_of(&token)["exp"], NOW + 60, "no token outlives it");
    app.pass(10);
    app.refresh(&token).await.is_bad_token("Token is expired");

    // A token that ends later, as a Django on the same database makes it, does not help.
    let id = app.user("bob").await;
    let own = serde_json::json!({ "iat": NOW, "exp": NOW + 1_000 });
    let elsewhere = forge::token(&forge::with(forge::claims("refresh", id), &own));
    let refused = app.refresh(&elsewhere).await;
    refused.is_bad_token("Token is expired");
}

#[tokio::test]
async fn a_token_lives_no_longer_than_a_session_may() {
    let app = app(&[("SESSION_MAX_AGE", "20s")]).await;
    let token = app.log_in("ada").await.refresh;
    assert_eq!(claims_of(&token)["exp"], NOW + 20);
}
