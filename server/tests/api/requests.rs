//! What every endpoint has in common: errors of the request itself, and its description.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::app::TestApp;

pub(crate) const POST_PATHS: [&str; 5] = [
    "/auth/token/",
    "/auth/token/refresh/",
    "/accounts/token/verify/",
    "/accounts/token/blacklist/",
    "/auth/register/",
];

#[tokio::test]
async fn malformed_json_is_a_parse_error_in_pythons_words() {
    let app = TestApp::start().await;
    for (body, problem) in [
        (
            "{",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            "{'a': 1}",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        ("hello", "Expecting value: line 1 column 1 (char 0)"),
        ("username=ada", "Expecting value: line 1 column 1 (char 0)"),
        (" ", "Expecting value: line 1 column 2 (char 1)"),
        (
            r#"{"a" 1}"#,
            "Expecting ':' delimiter: line 1 column 6 (char 5)",
        ),
        (r#"{"a": 1} {}"#, "Extra data: line 1 column 10 (char 9)"),
        ("{\n\"ü\": x}", "Expecting value: line 2 column 6 (char 7)"),
        (
            r#"{"a": "b"#,
            "Unterminated string starting at: line 1 column 7 (char 6)",
        ),
        (
            "{\"a\": \"\n\"}",
            "Invalid control character at: line 1 column 8 (char 7)",
        ),
        (
            r#"{"a": "\x"}"#,
            "Invalid \\escape: line 1 column 8 (char 7)",
        ),
        (
            "NaN",
            "Out of range float values are not JSON compliant: 'NaN'",
        ),
        (
            r#"{"a": NaN}"#,
            "Out of range float values are not JSON compliant: 'NaN'",
        ),
        (
            r#"{"a": -Infinity}"#,
            "Out of range float values are not JSON compliant: '-Infinity'",
        ),
        (
            "\u{feff}{}",
            "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
        ),
    ] {
        let detail = json!({ "detail": format!("JSON parse error - {problem}") }).to_string();
        for path in POST_PATHS {
            app.post_raw(path, &[], body).await.is(400, &detail);
        }
    }
}

#[tokio::test]
async fn hostile_json_is_refused_and_never_a_server_error() {
    let app = TestApp::start().await;
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(40_000), close.repeat(40_000));
    for body in [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        format!("{{\"username\":{}}}", deep("[", "]")),
        format!("{{\"username\":{}}}", "9".repeat(5000)),
        r#"{"username":1e999,"password":"x"}"#.to_owned(),
    ] {
        let answer = app.post_raw("/auth/token/", &[], &body).await;
        assert_eq!(answer.status, 400, "{:.80}", body);
        let detail = answer.field("detail");
        assert!(detail.starts_with("JSON parse error - "), "{detail}");
    }
    let request = http::Request::post("/auth/token/").header("content-type", "application/json");
    let body = axum::body::Body::from(&b"{\"username\":\"\xff\"}"[..]);
    let answer = app.send(request.body(body).unwrap()).await;
    let detail = "JSON parse error - 'utf-8' codec can't decode byte 0xff in position 13: invalid start byte";
    answer.is(400, &json!({ "detail": detail }).to_string());
}

#[tokio::test]
async fn a_multipart_form_needs_its_boundary() {
    let app = TestApp::start().await;
    let headers = [("content-type", "multipart/form-data")];
    for path in POST_PATHS {
        let answer = app.post_raw_as("POST", path, &headers, "x").await;
        answer.is(
            400,
            r#"{"detail":"Multipart form parse error - Invalid boundary in multipart: None"}"#,
        );
    }
}

#[tokio::test]
async fn another_media_type_is_refused_when_there_is_a_body() {
    let app = TestApp::start().await;
    for media_type in [
        "text/plain",
        "application/xml",
        "text/plain; charset=utf-8",
        "json",
        "",
    ] {
        let detail = format!("Unsupported media type \"{media_type}\" in request.");
        let body = json!({ "detail": detail }).to_string();
        let headers = [("content-type", media_type)];
        for path in POST_PATHS {
            app.post_raw_as("POST", path, &headers, "{}")
                .await
                .is(415, &body);
        }
    }
    let none = app.post_raw_as("POST", "/auth/token/", &[], "{}").await;
    none.is(
        415,
        r#"{"detail":"Unsupported media type \"\" in request."}"#,
    );
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    let app = TestApp::start().await;
    for path in POST_PATHS {
        for method in ["GET", "PUT", "PATCH", "DELETE", "PROPFIND"] {
            let answer = app.call(method, path, &[]).await;
            let body = format!(r#"{{"detail":"Method \"{method}\" not allowed."}}"#);
            answer.is(405, &body);
            assert_eq!(answer.header("allow"), "POST, OPTIONS");
        }
        app.call("HEAD", path, &[]).await.is(405, "");
    }
}

#[tokio::test]
async fn an_answer_must_be_acceptable() {
    let app = TestApp::start().await;
    let body = r#"{"detail":"Could not satisfy the request Accept header."}"#;
    for accept in [
        "text/plain",
        "application/xml",
        "image/*, application/yaml;q=0.5",
    ] {
        for path in POST_PATHS {
            let headers = [("accept", accept)];
            app.post_raw(path, &headers, "{").await.is(406, body);
            app.call("GET", path, &headers).await.is(406, body);
        }
        let me = app.call("GET", "/auth/me/", &[("accept", accept)]).await;
        me.is(406, body);
    }
    for accept in [
        "*/*",
        "application/json",
        "application/*",
        "text/plain, */*;q=0.1",
        "Application/JSON; indent=4",
        "text/html",
    ] {
        let headers = [("accept", accept)];
        let answer = app.post_raw("/auth/token/verify/", &headers, "{}").await;
        answer.is_field_error("token", "This field is required.");
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{accept}"
        );
    }
}

#[tokio::test]
async fn a_body_over_256_kibibytes_is_too_large() {
    let app = TestApp::start().await;
    let frame = r#"{"token":""}"#.len();
    let sized = |size: usize| format!(r#"{{"token":"{}"}}"#, "x".repeat(size - frame));
    let largest = app
        .post_raw("/auth/token/verify/", &[], &sized(256 * 1024))
        .await;
    largest.is_bad_token("Token is invalid");
    for path in POST_PATHS {
        let answer = app.post_raw(path, &[], &sized(256 * 1024 + 1)).await;
        answer.is(
            413,
            r#"{"detail":"The request body is larger than 262144 bytes."}"#,
        );
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn how_large_a_body_may_be_is_a_setting() {
    let app = TestApp::with(&[("MAX_BODY", "1KiB")]).await;
    let body = format!(r#"{{"token":"{}"}}"#, "x".repeat(1024));
    let answer = app.post_raw("/auth/token/verify/", &[], &body).await;
    answer.is(
        413,
        r#"{"detail":"The request body is larger than 1024 bytes."}"#,
    );
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_not_waited_for() {
    let app = TestApp::with(&[("REQUEST_TIMEOUT", "3s")]).await;
    // From here on time passes as soon as nothing but time is waited for.
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    for path in POST_PATHS {
        let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.body(Body::from_stream(never)).unwrap();
        let answer = app.send(request).await;
        answer.is(408, r#"{"detail":"The request body took too long."}"#);
    }
    let waited = began.elapsed().as_secs();
    assert_eq!(waited, 3 * POST_PATHS.len() as u64);
}

#[tokio::test]
async fn a_form_of_over_a_thousand_fields_is_refused() {
    let app = TestApp::start().await;
    let mut fields = vec![("x", "y"); 999];
    fields.push(("token", "abc"));
    let answer = app.post_form("/auth/token/verify/", &[], &fields).await;
    answer.is_bad_token("Token is invalid");
    fields.push(("x", "y"));
    let answer = app.post_form("/auth/token/verify/", &[], &fields).await;
    assert_eq!(answer.status, 400);
    answer.field("detail");
}

#[tokio::test]
async fn options_describes_every_endpoint() {
    let app = TestApp::start().await;
    let text =
        |label| json!({ "type": "string", "required": true, "read_only": false, "label": label });
    let access =
        json!({ "type": "string", "required": false, "read_only": true, "label": "Access" });
    let cases = [
        (
            "/auth/token/",
            "Token Obtain Pair",
            "Takes a set of user credentials and returns an access and refresh JSON web\ntoken pair to prove the authentication of those credentials.",
            json!({ "username": text("Username"), "password": text("Password") }),
        ),
        (
            "/auth/token/refresh/",
            "Token Refresh",
            "Takes a refresh type JSON web token and returns an access type JSON web\ntoken if the refresh token is valid.",
            json!({ "refresh": text("Refresh"), "access": access }),
        ),
        (
            "/accounts/token/verify/",
            "Token Verify",
            "Takes a token and indicates if it is valid.  This view provides no\ninformation about a token's fitness for a particular use.",
            json!({ "token": text("Token") }),
        ),
    ];
    for (path, name, description, fields) in cases {
        let expected = json!({
            "name": name,
            "description": description,
            "renders": ["application/json", "text/html"],
            "parses": [
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
            ],
            "actions": { "POST": fields },
        });
        let answer = app.call("OPTIONS", path, &[]).await;
        answer.is(200, &expected.to_string());
        assert_eq!(answer.header("allow"), "POST, OPTIONS");
    }
    let register = app.call("OPTIONS", "/auth/register/", &[]).await.json();
    let post = &register["actions"]["POST"];
    assert_eq!(post["username"]["max_length"], 150);
    assert_eq!(post["email"]["max_length"], 254);
    assert_eq!(post["password"]["max_length"], 128);
    assert_eq!(post["id"]["read_only"], true);
}
