//! The fields of a body and the messages about them, the same at every endpoint that takes them.

use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp};

/// Endpoint, field under test, and what else the body needs.
fn endpoints() -> [(&'static str, &'static str, Value); 6] {
    let user = json!({ "username": "ada" });
    let password = json!({ "password": PASSWORD });
    [
        ("/auth/token/", "username", password.clone()),
        ("/auth/token/", "password", user.clone()),
        ("/auth/token/refresh/", "refresh", json!({})),
        ("/auth/token/verify/", "token", json!({})),
        ("/accounts/token/blacklist/", "refresh", json!({})),
        ("/accounts/register/", "password", user),
    ]
}

#[tokio::test]
async fn a_field_that_is_no_text_is_refused_with_drfs_words() {
    let app = TestApp::start().await;
    let cases = [
        ("", "This field may not be blank."),
        (" \t\u{a0}\u{2003}\n\u{1f}", "This field may not be blank."),
        ("a\0b", "Null characters are not allowed."),
    ];
    let texts = cases.map(|(text, message)| (json!(text), message));
    let others = [
        (json!(null), "This field may not be null."),
        (json!(true), "Not a valid string."),
        (json!(false), "Not a valid string."),
        (json!([]), "Not a valid string."),
        (json!(["ada"]), "Not a valid string."),
        (json!({ "a": 1 }), "Not a valid string."),
    ];
    for (path, field, mut body) in endpoints() {
        for (value, message) in texts.iter().chain(&others) {
            body[field] = value.clone();
            let answer = app.post_json(path, &body).await;
            answer.is_field_error(field, message);
        }
    }
}

#[tokio::test]
async fn a_lone_surrogate_is_named() {
    let app = TestApp::start().await;
    for (path, field, rest) in endpoints() {
        for (escape, name) in [
            (r"\ud800", "U+D800"),
            (r"x\uDFFFy", "U+DFFF"),
            (r"\ud83d\u0041", "U+D83D"),
        ] {
            let rest = rest.to_string();
            let rest = rest.trim_start_matches('{');
            let comma = if rest == "}" { "" } else { "," };
            let body = format!(r#"{{"{field}":"{escape}"{comma}{rest}"#);
            let answer = app.post_raw(path, &[], &body).await;
            let message = format!("Surrogate characters are not allowed: {name}.");
            answer.is_field_error(field, &message);
        }
    }
}

#[tokio::test]
async fn a_missing_field_is_required_however_little_was_sent() {
    let app = TestApp::start().await;
    for (path, expected) in [
        (
            "/auth/token/",
            r#"{"username":["This field is required."],"password":["This field is required."]}"#,
        ),
        (
            "/auth/token/refresh/",
            r#"{"refresh":["This field is required."]}"#,
        ),
        (
            "/auth/token/verify/",
            r#"{"token":["This field is required."]}"#,
        ),
        (
            "/auth/token/blacklist/",
            r#"{"refresh":["This field is required."]}"#,
        ),
        (
            "/auth/register/",
            r#"{"username":["This field is required."],"password":["This field is required."]}"#,
        ),
    ] {
        app.post_raw(path, &[], "{}").await.is(400, expected);
        app.call("POST", path, &[]).await.is(400, expected);
        app.post_form(path, &[], &[]).await.is(400, expected);
        let text = [("content-type", "text/plain")];
        app.call("POST", path, &text).await.is(400, expected);
        let other = [("Username", "x"), ("tokens", "x")];
        app.post_form(path, &[], &other).await.is(400, expected);
    }
}

#[tokio::test]
async fn errors_of_several_fields_are_said_together_in_the_order_of_the_form() {
    let app = TestApp::start().await;
    let body = json!({ "password": [], "username": null });
    app.post_json("/auth/token/", &body).await.is(
        400,
        r#"{"username":["This field may not be null."],"password":["Not a valid string."]}"#,
    );
    let body = json!({ "password": "", "email": true, "username": "" });
    app.post_json("/auth/register/", &body).await.is(
        400,
        r#"{"username":["This field may not be blank."],"email":["Not a valid string."],"password":["This field may not be blank."]}"#,
    );
}

#[tokio::test]
async fn numbers_are_read_as_text() {
    let app = TestApp::start().await;
    let register = |body: &'static str| app.post_raw("/auth/register/", &[], body);
    let name_of = async |body| register(body).await.field("username");
    let body = r#"{"username":12345,"password":"Str0ng-pass-1"}"#;
    assert_eq!(name_of(body).await, "12345");
    let body = r#"{"username":1.50,"password":"Str0ng-pass-1"}"#;
    assert_eq!(name_of(body).await, "1.5");
    let body = r#"{"username":1e16,"password":"Str0ng-pass-1"}"#;
    assert_eq!(name_of(body).await, "1e+16");
    let body = r#"{"username":"digits","password":918273645546}"#;
    let numeric = register(body).await;
    numeric.is_field_error("password", "This password is entirely numeric.");

    app.user("77").await;
    let body = format!(r#"{{"username":77,"password":"{PASSWORD}"}}"#);
    assert_eq!(app.post_raw("/auth/token/", &[], &body).await.status, 200);
    let token = app.post_raw("/auth/token/verify/", &[], r#"{"token":-1.5}"#);
    token.await.is_bad_token("Token is invalid");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_told_so() {
    let app = TestApp::start().await;
    for (body, kind) in [
        ("[]", "list"),
        (r#"["a"]"#, "list"),
        (r#""text""#, "str"),
        (r#""""#, "str"),
        ("7", "int"),
        ("-0", "int"),
        ("1.5", "float"),
        ("1e3", "float"),
        ("true", "bool"),
        ("false", "bool"),
    ] {
        let message = format!("Invalid data. Expected a dictionary, but got {kind}.");
        for (path, ..) in endpoints() {
            let answer = app.post_raw(path, &[], body).await;
            answer.is_field_error("non_field_errors", &message);
        }
    }
    for (path, ..) in endpoints() {
        let answer = app.post_raw(path, &[], "null").await;
        answer.is_field_error("non_field_errors", "No data provided");
    }
}

#[tokio::test]
async fn an_uploaded_file_is_no_text() {
    let app = TestApp::start().await;
    let body = "--X\r\nContent-Disposition: form-data; name=\"refresh\"; filename=\"a.txt\"\r\n\
                Content-Type: text/plain\r\n\r\nabc\r\n--X--\r\n";
    let media_type = [("content-type", "multipart/form-data; boundary=X")];
    let answer = app.post_raw_as("POST", "/auth/token/refresh/", &media_type, body);
    answer
        .await
        .is_field_error("refresh", "Not a valid string.");
}

#[tokio::test]
async fn a_multipart_form_that_ends_early_holds_what_came_before() {
    let app = TestApp::start().await;
    let body = "--X\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nada\r\n\
                --X\r\nContent-Disposition: form-data; name=\"pass";
    let media_type = [("content-type", "multipart/form-data; boundary=X")];
    let answer = app.post_raw_as("POST", "/auth/token/", &media_type, body);
    let answer = answer.await;
    answer.is_field_error("password", "This field is required.");
}
