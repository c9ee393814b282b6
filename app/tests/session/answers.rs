//! Which answers are the server's own.

use signet_api::error::{Detail, ErrorBody};
use signet_app::api::answer::{Failure, Head, judge};

const JSON: Option<&str> = Some("application/json");
const HTML: Option<&str> = Some("text/html; charset=utf-8");

fn answer(status: u16, content_type: Option<&str>, body: &str) -> Result<String, Failure> {
    let head = Head {
        status,
        content_type,
        retry_after: None,
    };
    judge(head, body.to_owned())
}

fn ends_session(status: u16, content_type: Option<&str>, body: &str) -> bool {
    answer(status, content_type, body).is_err_and(|failure| failure.ends_session())
}

#[test]
fn a_verdict_of_the_server_on_the_refresh_token_ends_a_session() {
    for body in [
        r#"{"detail":"Token is expired","code":"token_not_valid"}"#,
        r#"{"detail":"User not found","code":"user_not_found"}"#,
        r#"{"detail":"No active account found for the given token."}"#,
        r#"{"detail":"The user's password has been changed."}"#,
        r#"{"detail":"The user's password has been changed.","code":"password_changed"}"#,
    ] {
        assert!(ends_session(401, JSON, body), "{body}");
        assert!(ends_session(
            401,
            Some("application/JSON; charset=utf-8"),
            body
        ));
        assert!(!ends_session(401, HTML, body), "{body}");
        assert!(!ends_session(401, None, body), "{body}");
        for status in [200, 204, 304, 400, 403, 404, 407, 502] {
            assert!(!ends_session(status, JSON, body), "{status} {body}");
        }
    }
}

#[test]
fn no_other_answer_ends_one() {
    let bodies = [
        "",
        "<html><body>404 page not found</body></html>",
        "{}",
        "[]",
        "null",
        r#"{"message":"Unauthorized"}"#,
        r#"{"detail":"Unauthorized"}"#,
        r#"{"detail":"Not authenticated"}"#,
        r#"{"detail":"Authentication credentials were not provided."}"#,
        r#"{"detail":"Nope","code":"some_gateway"}"#,
        r#"{"code":"token_not_valid"}"#,
        r#"{"refresh":["This field is required."]}"#,
        r#"{"error":"invalid_token"}"#,
    ];
    let statuses = [
        0, 200, 201, 204, 301, 302, 304, 307, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421,
        425, 426, 429, 431, 451, 494, 499, 500, 502, 503, 504, 511, 521, 530, 599,
    ];
    for status in statuses {
        for content_type in [JSON, HTML, None] {
            for body in bodies {
                assert!(
                    !ends_session(status, content_type, body),
                    "{status} {content_type:?} {body}"
                );
            }
        }
    }
}

#[test]
fn an_answer_that_is_not_the_servers_is_no_refusal_and_no_success() {
    let foreign = |status| Err(Failure::Foreign { status });
    assert_eq!(answer(200, HTML, "<html>"), foreign(200));
    assert_eq!(answer(204, None, "?"), foreign(204));
    assert_eq!(answer(206, JSON, "{}"), foreign(206));
    assert_eq!(answer(304, None, ""), foreign(304));
    assert_eq!(answer(404, HTML, "<html>"), foreign(404));
    assert_eq!(answer(404, JSON, r#"{"detail":"Not Found"}"#), foreign(404));
    assert_eq!(
        answer(401, JSON, r#"{"detail":"Unauthorized"}"#),
        foreign(401)
    );
    assert_eq!(answer(403, JSON, r#"{"errors":["blocked"]}"#), foreign(403));
    assert_eq!(answer(0, None, ""), foreign(0));
}

#[test]
fn what_the_server_says_of_a_form_is_kept() {
    let refused = answer(400, JSON, r#"{"username":["Taken.","Too long."]}"#);
    let Err(Failure::Refused {
        status: 400,
        body: ErrorBody::Fields(fields),
    }) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(fields.of("username"), ["Taken.", "Too long."]);
    for (status, detail) in [
        (401, "No active account found with the given credentials"),
        (
            403,
            "The cookie transport serves pages of this server's own origin only.",
        ),
        (404, "Not found."),
        (413, "The request body is larger than 9 bytes."),
    ] {
        let body = ErrorBody::Detail(Detail {
            detail: detail.to_owned(),
            ..Detail::default()
        });
        let text = serde_json::json!({ "detail": detail }).to_string();
        assert_eq!(
            answer(status, JSON, &text),
            Err(Failure::Refused { status, body })
        );
    }
    assert_eq!(answer(200, JSON, "{}"), Ok("{}".to_owned()));
    assert_eq!(answer(204, None, ""), Ok(String::new()));
}

#[test]
fn a_server_that_is_busy_is_given_the_time_that_it_asks_for() {
    let waits = |status, retry_after| {
        let head = Head {
            status,
            content_type: HTML,
            retry_after,
        };
        judge(head, String::new()).unwrap_err().wait()
    };
    assert_eq!(waits(503, Some("7")), Some(7));
    assert_eq!(waits(503, None), None);
    assert_eq!(waits(503, Some("-1")), None);
    assert_eq!(waits(503, Some("Fri, 31 Dec 1999 23:59:59 GMT")), None);
    assert_eq!(waits(429, Some("60")), Some(60));
    assert_eq!(waits(429, None), Some(1));
}
