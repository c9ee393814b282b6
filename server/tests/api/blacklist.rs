//! `POST token/blacklist/`: logging out.

use serde_json::json;
use signet::model::Blacklist;

use crate::app::{NOW, TestApp};
use crate::forge::{self, claims_of};

const BLACKLISTED: &str = "SELECT count(*) FROM token_blacklist_blacklistedtoken";
const OUTSTANDING: &str = "SELECT count(*) FROM token_blacklist_outstandingtoken";

#[tokio::test]
async fn a_refresh_token_is_blacklisted_once() {
    let app = TestApp::with_ada().await;
    for path in ["/auth/token/blacklist/", "/accounts/token/blacklist"] {
        let pair = app.log_in("ada").await;
        let body = json!({ "refresh": pair.refresh });
        app.post_json(path, &body).await.is(200, "{}");
        let again = app.post_json(path, &body).await;
        again.is_bad_token("Token is blacklisted");
    }
    assert_eq!(app.value::<i64>(BLACKLISTED).await, 2);
    assert_eq!(app.value::<i64>(OUTSTANDING).await, 2);
}

#[tokio::test]
async fn other_sessions_of_the_same_user_go_on() {
    let app = TestApp::with_ada().await;
    let (one, other) = (app.log_in("ada").await, app.log_in("ada").await);
    app.blacklist(&one.refresh).await.is(200, "{}");
    assert_eq!(app.refresh(&other.refresh).await.status, 200);
}

#[tokio::test]
async fn the_access_token_lives_out_its_seconds_after_logging_out() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.blacklist(&pair.refresh).await.is(200, "{}");
    app.pass(9);
    assert_eq!(app.me(&pair.access).await.status, 200);
    app.pass(1);
    let me = app.me(&pair.access).await;
    me.is_bad_access_token("Token is expired");
}

#[tokio::test]
async fn a_token_that_was_never_issued_here_can_be_blacklisted() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let elsewhere = forge::token(&forge::claims("refresh", id));
    app.blacklist(&elsewhere).await.is(200, "{}");
    let refused = app.refresh(&elsewhere).await;
    refused.is_bad_token("Token is blacklisted");
    let time = |column| app.rows.time(column);
    let query = format!(
        "SELECT token, {}, {}, CAST(user_id AS bigint), {} \
         FROM token_blacklist_outstandingtoken AS o \
         JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id",
        time("created_at"),
        time("expires_at"),
        time("blacklisted_at")
    );
    let noon = |second: i64| format!("2027-01-15 08:00:{second:02}");
    let expected = (String::new(), noon(0), noon(25), id, noon(0));
    let rows: Vec<(String, String, String, i64, String)> = app.rows.all(&query).await;
    assert_eq!(rows, [expected]);
}

#[tokio::test]
async fn tokens_of_inactive_deleted_and_unknown_users_can_be_blacklisted() {
    let app = TestApp::with_ada().await;
    app.user("bob").await;
    let (ada, bob) = (app.log_in("ada").await, app.log_in("bob").await);
    app.store.set_active("ada", false).await.unwrap();
    app.store.delete_user("bob").await.unwrap();
    let nobody = json!({ "user_id": null, "jti": "of-nobody" });
    let nobody = forge::token(&forge::with(forge::claims("refresh", 1), &nobody));
    let unknown = json!({ "user_id": "abc", "jti": "unknown" });
    let unknown = forge::token(&forge::with(forge::claims("refresh", 1), &unknown));
    for token in [ada.refresh, bob.refresh, nobody, unknown] {
        app.blacklist(&token).await.is(200, "{}");
        let again = app.blacklist(&token).await;
        again.is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn deleting_a_user_keeps_the_blacklist() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.blacklist(&pair.refresh).await.is(200, "{}");
    app.store.delete_user("ada").await.unwrap();
    let refused = app.refresh(&pair.refresh).await;
    refused.is_bad_token("Token is blacklisted");
    let owner = "SELECT user_id FROM token_blacklist_outstandingtoken";
    assert_eq!(app.value::<Option<i64>>(owner).await, None);
}

#[tokio::test]
async fn an_access_token_and_an_expired_token_cannot_be_blacklisted() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let refused = app.blacklist(&pair.access).await;
    refused.is_bad_token("Token has wrong type");
    app.pass(30);
    let refused = app.blacklist(&pair.refresh).await;
    refused.is_bad_token("Token is expired");
    assert_eq!(app.value::<i64>(BLACKLISTED).await, 0);
}

#[tokio::test]
async fn any_text_is_an_identity_that_can_be_blacklisted() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let long = "x".repeat(1000);
    for jti in ["", "' OR ''='", "ü\u{1f600}", "%", "a\0b", "\0", &long] {
        let claims = forge::with(forge::claims("refresh", id), &json!({ "jti": jti }));
        let token = forge::token(&claims);
        assert_eq!(app.refresh(&token).await.status, 200, "{jti}");
        app.blacklist(&token).await.is(200, "{}");
        let refused = app.refresh(&token).await;
        refused.is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn a_token_from_before_the_first_year_can_be_blacklisted() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    for iat in [json!(-300_000_000_000_i64), json!("-210866803201")] {
        let own = json!({ "iat": iat, "jti": iat.to_string() });
        let token = forge::token(&forge::with(forge::claims("refresh", id), &own));
        app.blacklist(&token).await.is(200, "{}");
        let refused = app.refresh(&token).await;
        refused.is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn expired_comes_before_blacklisted_and_blacklisted_before_all_else() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let good = forge::claims("refresh", id);
    app.blacklist(&forge::token(&good)).await.is(200, "{}");
    for (change, verdict) in [
        (json!({ "exp": NOW }), "Token is expired"),
        (json!({ "iat": NOW + 1 }), "Token is invalid"),
        (json!({ "exp": null }), "Token is blacklisted"),
        (json!({ "token_type": null }), "Token is blacklisted"),
        (json!({ "token_type": "access" }), "Token is blacklisted"),
        (json!({ "user_id": "abc" }), "Token is blacklisted"),
    ] {
        let token = forge::token(&forge::with(good.clone(), &change));
        app.refresh(&token).await.is_bad_token(verdict);
        app.blacklist(&token).await.is_bad_token(verdict);
    }
    let access = forge::with(good, &json!({ "token_type": "access" }));
    assert_eq!(app.me(&forge::token(&access)).await.status, 200);
}

#[tokio::test]
async fn of_many_at_once_one_blacklists_and_none_fails() {
    let app = TestApp::with_ada().await;
    let refresh = app.log_in("ada").await.refresh;
    let jti = claims_of(&refresh)["jti"].as_str().unwrap().to_owned();
    let app = std::sync::Arc::new(app);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (app, refresh) = (app.clone(), refresh.clone());
        tries.spawn(async move { app.blacklist(&refresh).await.status.as_u16() });
    }
    let statuses = tries.join_all().await;
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 401)));
    assert_eq!(app.value::<i64>(BLACKLISTED).await, 1);
    assert_eq!(
        app.store.blacklist_entry(&jti).await.unwrap(),
        Blacklist::Listed
    );
}
