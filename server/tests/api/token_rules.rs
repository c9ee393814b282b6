//! What the settings of SIMPLE_JWT make of a token: sliding ones, names, audience, revoking.

use serde_json::json;

use crate::app::{NOW, PASSWORD, TestApp};
use crate::forge::{self, claims_of};

async fn slide_in(app: &TestApp) -> String {
    let credentials = json!({ "username": "ada", "password": PASSWORD });
    let answer = app.post_json("/auth/token/sliding/", &credentials).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.field("token")
}

#[tokio::test]
async fn a_sliding_token_keeps_its_identity_and_its_last_day() {
    let app = TestApp::with(&[("AUTH_TOKEN_CLASSES", "access,sliding")]).await;
    app.user("ada").await;
    let token = slide_in(&app).await;
    let before = claims_of(&token);
    let names: Vec<_> = before.keys().cloned().collect();
    let expected = ["token_type", "exp", "iat", "jti", "refresh_exp", "user_id"];
    assert_eq!(names, expected);
    assert_eq!(app.me(&token).await.status, 200);
    app.pass(5);
    let body = json!({ "token": token });
    let answer = app.post_json("/auth/token/sliding/refresh/", &body).await;
    let after = claims_of(&answer.field("token"));
    assert_eq!(after["jti"], before["jti"]);
    assert_eq!(after["refresh_exp"], NOW + 30);
    assert_eq!(after["exp"], NOW + 15);
}

#[tokio::test]
async fn a_sliding_token_is_exchanged_only_while_all_of_it_lives() {
    let app = TestApp::with_ada().await;
    let refresh = async |claims: &serde_json::Value| {
        let body = json!({ "token": forge::token(claims) });
        app.post_json("/auth/token/sliding/refresh/", &body).await
    };
    let sliding = forge::claims("sliding", 1);
    let without = refresh(&sliding).await;
    without.is_bad_token("Token has no 'refresh_exp' claim");
    let ended = forge::with(sliding.clone(), &json!({ "refresh_exp": NOW }));
    refresh(&ended)
        .await
        .is_bad_token("Token 'refresh_exp' claim has expired");
    // Python makes a date of it, which text, a year past 9999 and the like are not.
    for odd in [
        json!("1"),
        json!((NOW + 9).to_string()),
        json!([NOW + 9]),
        json!({}),
        json!(253_402_300_800_i64),
        json!(1e300),
        json!(u64::MAX),
    ] {
        let odd = forge::with(sliding.clone(), &json!({ "refresh_exp": odd }));
        assert_eq!(refresh(&odd).await.status, 401, "{odd}");
    }
    let expired = json!({ "refresh_exp": NOW + 9, "exp": NOW - 1 });
    let expired = forge::with(sliding, &expired);
    refresh(&expired).await.is_bad_token("Token is expired");
}

#[tokio::test]
async fn every_class_of_token_says_why_it_refuses() {
    let app = TestApp::with(&[("AUTH_TOKEN_CLASSES", "access,sliding")]).await;
    let answer = app.me("garbage").await;
    let messages = &answer.json()["messages"];
    assert_eq!(
        messages,
        &json!([
            { "token_class": "AccessToken", "token_type": "access", "message": "Token is invalid" },
            { "token_class": "SlidingToken", "token_type": "sliding", "message": "Token is invalid" },
        ])
    );
}

#[tokio::test]
async fn claims_may_have_other_names_and_name_users_by_username() {
    let app = TestApp::with(&[
        ("USER_ID_FIELD", "username"),
        ("USER_ID_CLAIM", "sub"),
        ("TOKEN_TYPE_CLAIM", "typ"),
        ("JTI_CLAIM", "tid"),
    ])
    .await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let access = claims_of(&pair.access);
    let names: Vec<_> = access.keys().cloned().collect();
    assert_eq!(names, ["typ", "exp", "iat", "tid", "sub"]);
    assert_eq!(access["sub"], "ada");
    assert_eq!(app.me(&pair.access).await.status, 200);
    app.blacklist(&pair.refresh).await.is(200, "{}");
    let refused = app.refresh(&pair.refresh).await;
    refused.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn audience_and_issuer_are_written_and_demanded() {
    let app = TestApp::with(&[("AUDIENCE", "a,b"), ("ISSUER", "https://id.example")]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let claims = serde_json::Value::Object(claims_of(&pair.refresh));
    assert_eq!(claims["aud"], json!(["a", "b"]));
    assert_eq!(claims["iss"], "https://id.example");
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    for change in [
        json!({ "aud": "c" }),
        json!({ "aud": [] }),
        json!({ "aud": ["a", 1] }),
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": ["https://id.example"] }),
    ] {
        let token = forge::token(&forge::with(claims.clone(), &change));
        app.verify(&token).await.is_bad_token("Token is invalid");
    }
    let any = forge::with(claims, &json!({ "aud": "b" }));
    assert_eq!(app.verify(&forge::token(&any)).await.status, 200);
}

#[tokio::test]
async fn within_the_leeway_a_token_is_still_good() {
    let app = TestApp::with(&[("LEEWAY", "5s")]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    app.pass(14);
    assert_eq!(app.me(&pair.access).await.status, 200);
    app.pass(1);
    app.me(&pair.access)
        .await
        .is_bad_access_token("Token is expired");
}

#[tokio::test]
async fn a_changed_password_ends_the_tokens_that_carry_its_digest() {
    let app = TestApp::with(&[("CHECK_REVOKE_TOKEN", "true")]).await;
    let id = app.user("ada").await;
    let pair = app.log_in("ada").await;
    let digest = claims_of(&pair.access)["hash_password"].clone();
    assert_eq!(digest.as_str().map(str::len), Some(32));
    assert_eq!(app.me(&pair.access).await.status, 200);
    let bare = forge::token(&forge::claims("access", id));
    let changed = r#"{"detail":"The user's password has been changed.","code":"password_changed"}"#;
    app.me(&bare).await.is(401, changed);
}
