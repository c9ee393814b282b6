//! `GET me/`: the protected endpoint.

use axum::body::Body;
use http::{HeaderValue, Request};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::forge;

const ANONYMOUS: &str = "Authentication credentials were not provided.";

async fn ask(app: &TestApp, method: &str, authorization: &str) -> crate::answer::Answer {
    let headers = [("authorization", authorization)];
    app.call(method, "/auth/me/", &headers).await
}

#[tokio::test]
async fn the_holder_of_an_access_token_is_told_who_that_is() {
    let app = TestApp::start().await;
    let body = json!({ "username": "ada", "password": "Str0ng-pass-1", "email": "a@Example.org" });
    let id = app.post_json("/auth/register/", &body).await.json()["id"].clone();
    let access = app.log_in("ada").await.access;
    let header = format!("Bearer {access}");
    for path in ["/auth/me/", "/auth/me", "/accounts/me/", "/accounts/me"] {
        let answer = app.call("GET", path, &[("authorization", &header)]).await;
        let body = format!(r#"{{"id":{id},"username":"ada","email":"a@example.org"}}"#);
        answer.is(200, &body);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.vary(), ["accept", "origin"]);
        assert!(!answer.has("www-authenticate"));
    }
}

#[tokio::test]
async fn without_an_access_token_nobody_is_told_anything() {
    let app = TestApp::with_ada().await;
    let access = app.log_in("ada").await.access;
    app.get("/auth/me/").await.is_unauthorized(ANONYMOUS);
    let other_schemes = [
        "", "bearer", "BEARER", "Token", "Basic", "JWT", "Bearer:", "Bearer,",
    ];
    for scheme in other_schemes {
        let header = format!("{scheme} {access}");
        ask(&app, "GET", &header).await.is_unauthorized(ANONYMOUS);
    }
    for header in ["", "   ", &access, &format!("Bearer{access}")] {
        ask(&app, "GET", header).await.is_unauthorized(ANONYMOUS);
    }
    // A token anywhere else is no token.
    let path = format!("/auth/me/?access={access}&token={access}");
    let cookies = format!("access={access}; signet-refresh={access}");
    let headers = [
        ("cookie", cookies.as_str()),
        ("x-authorization", "Bearer x"),
    ];
    let answer = app.call("GET", &path, &headers).await;
    answer.is_unauthorized(ANONYMOUS);
}

#[tokio::test]
async fn the_header_is_one_scheme_and_one_token() {
    let app = TestApp::with_ada().await;
    let access = app.log_in("ada").await.access;
    let body = r#"{"detail":"Authorization header must contain two space-delimited values","code":"bad_authorization_header"}"#;
    for header in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer a b".to_owned(),
        format!("Bearer {access} x"),
        format!("Bearer {access}, Bearer {access}"),
    ] {
        ask(&app, "GET", &header).await.is(401, body).challenges();
    }
}

#[tokio::test]
async fn white_space_in_the_header_does_not_matter() {
    let app = TestApp::with_ada().await;
    let access = app.log_in("ada").await.access;
    for header in [
        format!("Bearer   {access}"),
        format!("Bearer\t{access}"),
        format!("Bearer {access} "),
        format!("  Bearer \t {access}\t "),
    ] {
        assert_eq!(ask(&app, "GET", &header).await.status, 200, "{header:?}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_an_invalid_token() {
    let app = TestApp::start().await;
    for bytes in [&b"Bearer \xff\xfe"[..], b"Bearer a.b.\xe9", b"Bearer \xc3"] {
        let header = HeaderValue::from_bytes(bytes).unwrap();
        let request = Request::get("/auth/me/").header("authorization", header);
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        answer.is_bad_access_token("Token is invalid");
    }
}

#[tokio::test]
async fn a_refresh_token_opens_nothing() {
    let app = TestApp::with_ada().await;
    let refresh = app.log_in("ada").await.refresh;
    let me = app.me(&refresh).await;
    me.is_bad_access_token("Token has wrong type");
}

#[tokio::test]
async fn inactive_and_deleted_users_are_turned_away() {
    let app = TestApp::with_ada().await;
    let access = app.log_in("ada").await.access;
    app.store.set_active("ada", false).await.unwrap();
    let inactive = app.me(&access).await;
    let body = r#"{"detail":"User is inactive","code":"user_inactive"}"#;
    inactive.is(401, body).challenges();
    app.store.delete_user("ada").await.unwrap();
    let deleted = app.me(&access).await;
    let body = r#"{"detail":"User not found","code":"user_not_found"}"#;
    deleted.is(401, body).challenges();
}

#[tokio::test]
async fn the_user_of_a_token_is_a_primary_key_as_text_or_number() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let token = |user_id: Value| {
        let mut claims = forge::claims("access", id);
        claims["user_id"] = user_id;
        forge::token(&claims)
    };
    for good in [json!(id), json!(id.to_string()), json!(format!(" {id} "))] {
        assert_eq!(app.me(&token(good)).await.status, 200);
    }
    let unknown = r#"{"detail":"User not found","code":"user_not_found"}"#;
    for odd in [
        json!(null),
        json!(""),
        json!(0),
        json!(-1),
        json!(id + 1),
        json!("abc"),
        json!("9223372036854775808"),
        json!([id]),
        json!({ "id": id }),
        json!(false),
        json!(true),
        json!(1.0),
        json!(id as f64),
        json!(id as f64 + 0.5),
        json!(1e300),
        json!(u64::MAX),
        json!([true]),
        json!("true"),
        json!("1.0"),
    ] {
        app.me(&token(odd)).await.is(401, unknown).challenges();
    }
    // Python reads NaN and Infinity; they are no JSON (RFC 8259, 6).
    for odd in ["NaN", "Infinity", "-Infinity"] {
        let claims = forge::claims("access", id).to_string();
        let own = format!(r#""user_id":"{id}""#);
        let payload = claims.replace(&own, &format!(r#""user_id":{odd}"#));
        assert_ne!(payload, claims);
        let answer = app.me(&forge::sign(forge::HEADER, &payload)).await;
        answer.is_bad_access_token("Token is invalid");
    }
}

#[tokio::test]
async fn a_token_without_a_user_says_so() {
    let app = TestApp::start().await;
    let claims = forge::with(forge::claims("access", 1), &json!({ "user_id": null }));
    let answer = app.me(&forge::token(&claims)).await;
    let body = r#"{"detail":"Token contained no recognizable user identification","code":"token_not_valid"}"#;
    answer.is(401, body).challenges();
}

#[tokio::test]
async fn who_asks_is_looked_at_before_how() {
    let app = TestApp::with_ada().await;
    let header = format!("Bearer {}", app.log_in("ada").await.access);
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
        let anonymous = app.call(method, "/auth/me/", &[]).await;
        anonymous.is_unauthorized(ANONYMOUS);
        let signed_in = ask(&app, method, &header).await;
        let body = format!(r#"{{"detail":"Method \"{method}\" not allowed."}}"#);
        signed_in.is(405, &body);
        for answer in [anonymous, signed_in] {
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS", "{method}");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = TestApp::with_ada().await;
    let header = format!("Bearer {}", app.log_in("ada").await.access);
    let get = ask(&app, "GET", &header).await;
    let head = ask(&app, "HEAD", &header).await;
    head.is(200, "");
    assert_eq!(head.header("content-length"), get.text().len().to_string());
    let anonymous = app.call("HEAD", "/auth/me/", &[]).await;
    anonymous.is(401, "").challenges();
}

#[tokio::test]
async fn options_describes_the_view_to_those_signed_in() {
    let app = TestApp::with_ada().await;
    let header = format!("Bearer {}", app.log_in("ada").await.access);
    let anonymous = app.call("OPTIONS", "/auth/me/", &[]).await;
    anonymous.is_unauthorized(ANONYMOUS);
    let answer = ask(&app, "OPTIONS", &header).await;
    answer.is(
        200,
        r#"{"name":"Me","description":"Return the authenticated user.","renders":["application/json","text/html"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]}"#,
    );
}
