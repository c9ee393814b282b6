//! Refresh tokens that rotate.

use serde_json::json;

use crate::app::TestApp;
use crate::forge::{self, claims_of};

const SPENT: [(&str, &str); 2] = [
    ("ROTATE_REFRESH_TOKENS", "true"),
    ("BLACKLIST_AFTER_ROTATION", "true"),
];

#[tokio::test]
async fn a_successor_is_the_same_token_with_an_identity_and_times_of_its_own() {
    let app = TestApp::with(&SPENT[..1]).await;
    let id = app.user("ada").await;
    let claims = forge::with(forge::claims("refresh", id), &json!({ "color": "green" }));
    let answer = app.refresh(&forge::token(&claims)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let keys: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["access", "refresh"]);
    let successor = claims_of(&answer.field("refresh"));
    assert_eq!(successor["color"], "green");
    assert_eq!(successor["user_id"], claims["user_id"]);
    assert_ne!(successor["jti"], claims["jti"]);
    assert_eq!(successor["exp"], crate::app::NOW + 30);
    let outstanding: i64 = app
        .value("SELECT count(*) FROM token_blacklist_outstandingtoken")
        .await;
    assert_eq!(outstanding, 1, "the successor is on record");
}

#[tokio::test]
async fn without_blacklisting_the_old_token_goes_on() {
    let app = TestApp::with(&SPENT[..1]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
}

#[tokio::test]
async fn a_spent_token_refreshes_no_more_and_its_successor_does() {
    let app = TestApp::with(&SPENT).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let successor = app.refresh(&pair.refresh).await.field("refresh");
    assert_eq!(app.refresh(&successor).await.status, 200);
    let spent = app.refresh(&pair.refresh).await;
    spent.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn of_many_that_spend_one_token_at_once_one_succeeds() {
    let app = TestApp::with(&SPENT).await;
    app.user("ada").await;
    for _ in 0..20 {
        let pair = app.log_in("ada").await;
        let (one, two, three) = tokio::join!(
            app.refresh(&pair.refresh),
            app.refresh(&pair.refresh),
            app.refresh(&pair.refresh)
        );
        let mut statuses = [one.status, two.status, three.status].map(|status| status.as_u16());
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401]);
    }
}

#[tokio::test]
async fn verify_knows_the_blacklist_where_rotation_fills_it() {
    let app = TestApp::with(&SPENT[1..]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    assert_eq!(app.verify(&pair.refresh).await.status, 200);
    app.blacklist(&pair.refresh).await.is(200, "{}");
    let answer = app.verify(&pair.refresh).await;
    answer.is(400, r#"{"non_field_errors":["Token is blacklisted"]}"#);
}
