//! `POST token/refresh/`.

use serde_json::json;

use crate::app::{NOW, TestApp};
use crate::forge::{self, claims_of, header_of, is_signed, payload_of};

const INACTIVE: &str = "No active account found for the given token.";

#[tokio::test]
async fn a_refresh_token_gets_an_access_token_and_nothing_else() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    for path in [
        "/auth/token/refresh/",
        "/accounts/token/refresh/",
        "/auth/token/refresh",
    ] {
        let body = json!({ "refresh": pair.refresh });
        let answer = app.post_json(path, &body).await;
        let access = answer.field("access");
        answer.is(200, &format!(r#"{{"access":"{access}"}}"#));
        assert_eq!(answer.cookies(), [""; 0]);
        assert_eq!(header_of(&access), forge::HEADER);
        assert!(is_signed(&access));
    }
    let form = [("refresh", pair.refresh.as_str())];
    let by_form = app.post_form("/auth/token/refresh/", &[], &form).await;
    assert_eq!(by_form.status, 200);
}

#[tokio::test]
async fn the_access_token_is_new_and_of_the_same_user() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.pass(7);
    let access = app.refresh(&pair.refresh).await.field("access");
    let (old, new) = (claims_of(&pair.access), claims_of(&access));
    assert_ne!(old["jti"], new["jti"]);
    let jti = new["jti"].as_str().unwrap();
    let (iat, exp, user) = (NOW + 7, NOW + 17, &old["user_id"]);
    assert_eq!(
        payload_of(&access),
        format!(
            r#"{{"token_type":"access","exp":{exp},"iat":{iat},"jti":"{jti}","user_id":{user}}}"#
        ),
    );
    assert_eq!(app.me(&access).await.status, 200);
}

#[tokio::test]
async fn the_refresh_token_itself_does_not_rotate() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.pass(29);
    for _ in 0..3 {
        assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    }
    let outstanding = "SELECT count(*) FROM token_blacklist_outstandingtoken";
    assert_eq!(app.value::<i64>(outstanding).await, 1);
}

#[tokio::test]
async fn a_refresh_token_ends_at_its_last_second() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.pass_millis(29_999);
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    app.pass_millis(1);
    let expired = app.refresh(&pair.refresh).await;
    expired.is_bad_token("Token is expired");
}

#[tokio::test]
async fn an_access_token_may_outlive_the_refresh_token_that_made_it() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.pass(29);
    let access = app.refresh(&pair.refresh).await.field("access");
    assert_eq!(claims_of(&access)["exp"], NOW + 39);
    app.pass(9);
    assert_eq!(app.me(&access).await.status, 200);
    app.pass(1);
    app.me(&access)
        .await
        .is_bad_access_token("Token is expired");
}

#[tokio::test]
async fn every_claim_but_those_of_kind_time_and_identity_is_carried_on() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let more = json!({
        "nbf": NOW - 5,
        "sub": "subject",
        "aud": ["x"],
        "role": { "b": [1, 2.5, null], "a": "ü" },
    });
    let refresh = forge::with(forge::claims("refresh", id), &more);
    let access = app.refresh(&forge::token(&refresh)).await.field("access");
    let claims = claims_of(&access);
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    let expected = [
        "token_type",
        "exp",
        "iat",
        "jti",
        "user_id",
        "nbf",
        "sub",
        "aud",
        "role",
    ];
    assert_eq!(names, expected);
    for name in ["user_id", "nbf", "sub", "aud", "role"] {
        assert_eq!(claims[name], refresh[name], "{name}");
    }
    assert_eq!(claims["token_type"], "access");
    assert_ne!(claims["jti"], refresh["jti"]);
    assert_eq!(app.me(&access).await.status, 200);
}

#[tokio::test]
async fn an_inactive_user_gets_no_access_token_until_active_again() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.store.set_active("ada", false).await.unwrap();
    app.refresh(&pair.refresh).await.is_unauthorized(INACTIVE);
    app.store.set_active("ada", true).await.unwrap();
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
}

#[tokio::test]
async fn a_user_of_an_odd_type_gets_no_access_token() {
    for field in ["id", "username"] {
        let app = TestApp::with(&[("USER_ID_FIELD", field)]).await;
        let id = app.user("ada").await;
        for name in ["1", "1.0", "1.5", "true", "True"] {
            app.user(name).await;
        }
        for (count, odd) in [
            json!(true),
            json!(1.0),
            json!(id as f64 + 0.5),
            json!([id]),
            json!({ "id": id }),
        ]
        .into_iter()
        .enumerate()
        {
            for kind in ["refresh", "sliding"] {
                let mut claims = forge::claims(kind, id);
                claims["user_id"] = odd.clone();
                claims["jti"] = json!(format!("{kind}-{count}"));
                claims["refresh_exp"] = json!(NOW + 25);
                let token = forge::token(&claims);
                let answer = match kind {
                    "refresh" => app.refresh(&token).await,
                    _ => {
                        let body = json!({ "token": token });
                        app.post_json("/auth/token/sliding/refresh/", &body).await
                    }
                };
                answer.is_unauthorized(INACTIVE);
            }
        }
    }
}

#[tokio::test]
async fn a_deleted_user_gets_no_access_token() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.store.delete_user("ada").await.unwrap();
    app.refresh(&pair.refresh).await.is_unauthorized(INACTIVE);
}

#[tokio::test]
async fn the_primary_key_of_a_deleted_user_is_never_given_to_another() {
    let app = TestApp::start().await;
    let first = app.user("ada").await;
    let pair = app.log_in("ada").await;
    app.store.delete_user("ada").await.unwrap();
    let second = app.user("eve").await;
    assert!(second > first, "{second} after {first}");
    app.refresh(&pair.refresh).await.is_unauthorized(INACTIVE);
    let me = app.me(&pair.access).await;
    me.is(
        401,
        r#"{"detail":"User not found","code":"user_not_found"}"#,
    );
}

#[tokio::test]
async fn a_user_id_that_is_no_primary_key_gets_no_access_token() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    for odd in [
        json!("abc"),
        json!([id]),
        json!({ "id": id }),
        json!("99999999999999999999"),
        json!(99),
        json!("1 OR 1=1"),
    ] {
        let claims = forge::with(forge::claims("refresh", id), &json!({ "user_id": odd }));
        let answer = app.refresh(&forge::token(&claims)).await;
        answer.is_unauthorized(INACTIVE);
    }
}

#[tokio::test]
async fn a_blacklisted_refresh_token_is_refused() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.blacklist(&pair.refresh).await.is(200, "{}");
    let refused = app.refresh(&pair.refresh).await;
    refused.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn an_access_token_cannot_refresh() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let refused = app.refresh(&pair.access).await;
    refused.is_bad_token("Token has wrong type");
}

#[tokio::test]
async fn a_token_made_elsewhere_with_the_same_key_is_accepted() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let elsewhere = forge::token(&forge::claims("refresh", id));
    assert_eq!(app.refresh(&elsewhere).await.status, 200);
    let numeric = json!({ "user_id": id });
    let numeric = forge::with(forge::claims("refresh", id), &numeric);
    assert_eq!(app.refresh(&forge::token(&numeric)).await.status, 200);
}
