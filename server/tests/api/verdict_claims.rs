//! The verdict on the claims of a well-signed token, in the order of the contract, at every
//! endpoint that reads one.

use serde_json::{Value, json};

use crate::app::{NOW, TestApp};
use crate::forge::{self, HEADER, sign};
use crate::verdicts::{INVALID, READERS, judge};

const EXPIRED: &str = "Token is expired";

/// Judges claims of the right type at every endpoint. Each token has an identity of its own, as
/// the blacklist endpoint spends it; a change says `"jti"` to have another.
async fn judge_claims(changes: &[(Value, Option<&str>)]) {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    for (count, (change, verdict)) in changes.iter().enumerate() {
        for (reader, token_type) in READERS {
            let own = json!({ "jti": format!("{reader}-{count}") });
            let claims = forge::claims(token_type.unwrap_or("access"), id);
            let claims = forge::with(forge::with(claims, &own), change);
            judge(&app, reader, &forge::token(&claims), *verdict).await;
        }
    }
}

#[tokio::test]
async fn times_of_issue_and_start_must_have_come() {
    let mut cases = Vec::new();
    for claim in ["iat", "nbf"] {
        let of = |value: Value, verdict| (json!({ claim: value }), verdict);
        cases.extend([
            of(json!(NOW), None),
            of(json!(NOW - 10), None),
            of(json!(0), None),
            of(json!(-5), None),
            of(json!(NOW as f64 + 0.5), None),
            of(json!("1000"), None),
            of(json!(NOW + 1), Some(INVALID)),
            of(json!(NOW + 10), Some(INVALID)),
            of(json!(1e300), Some(INVALID)),
            of(json!("abc"), Some(INVALID)),
            of(json!(""), Some(INVALID)),
            of(json!((NOW + 10).to_string()), Some(INVALID)),
            of(json!([NOW]), Some(INVALID)),
            of(json!({ "t": NOW }), Some(INVALID)),
        ]);
    }
    cases.push((json!({ "iat": null }), None));
    judge_claims(&cases).await;
}

#[tokio::test]
async fn a_claim_that_is_null_is_not_the_same_as_one_that_is_absent() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    for (reader, token_type) in READERS {
        let claims = forge::claims(token_type.unwrap_or("access"), id);
        for claim in ["iat", "nbf", "exp", "jti", "sub"] {
            let mut claims = claims.clone();
            claims[claim] = Value::Null;
            judge(&app, reader, &forge::token(&claims), Some(INVALID)).await;
        }
    }
}

#[tokio::test]
async fn the_end_of_a_token_is_judged_as_pyjwt_judges_it() {
    let of = |value: Value, verdict| (json!({ "exp": value }), verdict);
    judge_claims(&[
        of(json!(NOW + 1), None),
        of(json!(NOW as f64 + 1.5), None),
        of(json!(253_402_300_799_i64), None),
        of(json!(NOW), Some(EXPIRED)),
        of(json!(NOW - 1), Some(EXPIRED)),
        of(json!(NOW as f64 + 0.9), Some(EXPIRED)),
        of(json!(1_000_000_000), Some(EXPIRED)),
        of(json!(0), Some(EXPIRED)),
        of(json!(-5), Some(EXPIRED)),
        of(json!(true), Some(EXPIRED)),
        of(json!("1000"), Some(EXPIRED)),
        of(json!((NOW + 25).to_string()), Some(INVALID)),
        of(json!("soon"), Some(INVALID)),
        of(json!([NOW + 25]), Some(INVALID)),
        of(json!({}), Some(INVALID)),
        of(json!(253_402_300_800_i64), Some(INVALID)),
        of(json!(1_000_000_000_000_000_000_i64), Some(INVALID)),
        of(json!(u64::MAX), Some(INVALID)),
        of(json!(1e300), Some(INVALID)),
        (json!({ "exp": null }), Some("Token has no 'exp' claim")),
    ])
    .await;
}

#[tokio::test]
async fn identity_and_subject_are_text() {
    let mut cases = vec![(json!({ "jti": null }), Some("Token has no id"))];
    cases.push((json!({ "sub": "" }), None));
    for odd in [json!(5), json!(1.5), json!(true), json!(["a"]), json!({})] {
        cases.push((json!({ "jti": odd }), Some(INVALID)));
        cases.push((json!({ "sub": odd }), Some(INVALID)));
    }
    judge_claims(&cases).await;
}

#[tokio::test]
async fn audience_and_issuer_are_ignored_where_none_is_configured() {
    let change = json!({ "aud": ["other", 5], "iss": { "odd": true }, "exp": NOW + 5 });
    judge_claims(&[(change, None)]).await;
}

#[tokio::test]
async fn earlier_verdicts_win_over_later_ones() {
    let no_type = json!({ "token_type": null, "jti": null, "exp": null });
    judge_claims(&[
        (json!({ "iat": NOW + 9, "exp": NOW - 9 }), Some(INVALID)),
        (json!({ "nbf": NOW + 9, "exp": NOW - 9 }), Some(INVALID)),
        (json!({ "exp": NOW - 9, "jti": 5 }), Some(EXPIRED)),
        (json!({ "exp": NOW - 9, "jti": null }), Some(EXPIRED)),
        (json!({ "exp": NOW - 9, "token_type": null }), Some(EXPIRED)),
        (json!({ "exp": null, "sub": 5 }), Some(INVALID)),
        (no_type, Some("Token has no 'exp' claim")),
        (
            json!({ "token_type": null, "jti": null }),
            Some("Token has no id"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_endpoint_asks_for_its_own_type() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    for (reader, wanted) in READERS {
        let Some(wanted) = wanted else { continue };
        let of = |token_type: Value| {
            let change = json!({ "token_type": token_type });
            forge::token(&forge::with(forge::claims(wanted, id), &change))
        };
        judge(&app, reader, &of(Value::Null), Some("Token has no type")).await;
        let other = ["access", "refresh", "sliding", "bogus", ""];
        let other = other.iter().filter(|other| **other != wanted);
        let odd = [
            json!(7),
            json!([wanted]),
            json!(wanted.to_uppercase()),
            json!(true),
        ];
        for token_type in other.map(|other| json!(other)).chain(odd) {
            judge(&app, reader, &of(token_type), Some("Token has wrong type")).await;
        }
    }
}

#[tokio::test]
async fn of_duplicate_claims_the_last_one_counts() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let payload = |first: &str, last: &str| {
        let rest = format!(r#""iat":{NOW},"jti":"x","user_id":"{id}""#);
        let (exp, token_type) = (NOW + 9, format!(r#""token_type":"{first}","exp":1"#));
        format!(r#"{{{token_type},{rest},"exp":{exp},"token_type":"{last}"}}"#)
    };
    let access = sign(HEADER, &payload("refresh", "access"));
    judge(&app, "me", &access, None).await;
    judge(&app, "refresh", &access, Some("Token has wrong type")).await;
    let refresh = sign(HEADER, &payload("access", "refresh"));
    judge(&app, "me", &refresh, Some("Token has wrong type")).await;
    judge(&app, "refresh", &refresh, None).await;
}
