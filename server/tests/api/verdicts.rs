//! The verdict on a token, in the order of the contract, at every endpoint that reads one.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::app::{KEY, NOW, TestApp};
use crate::forge::{self, HEADER, encode, seal, sign, sign_with};

const INVALID: &str = "Token is invalid";
const EXPIRED: &str = "Token is expired";

/// Where a token is read: the endpoint, and the type that it asks for.
const READERS: [(&str, Option<&str>); 4] = [
    ("refresh", Some("refresh")),
    ("blacklist", Some("refresh")),
    ("verify", None),
    ("me", Some("access")),
];

/// Shows a token to one endpoint, which must refuse it with this verdict; with none it must not.
async fn judge(app: &TestApp, reader: &str, token: &str, verdict: Option<&str>) {
    let answer = match reader {
        "refresh" => app.refresh(token).await,
        "blacklist" => app.blacklist(token).await,
        "verify" => app.verify(token).await,
        _ => app.me(token).await,
    };
    match verdict {
        None => assert_eq!(answer.status, 200, "{reader}: {} {token}", answer.text()),
        Some(verdict) if reader == "me" => answer.is_bad_access_token(verdict),
        Some(verdict) => answer.is_bad_token(verdict),
    }
}

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

/// Judges tokens that are the same wherever they are shown.
async fn judge_tokens(tokens: impl Fn(&str) -> Vec<String>, verdict: Option<&str>) {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    for (reader, token_type) in READERS {
        let claims = forge::claims(token_type.unwrap_or("access"), id);
        for (count, token) in tokens(&claims.to_string()).iter().enumerate() {
            // A blacklisted token would be refused for that alone.
            if verdict.is_some() || reader != "blacklist" || count == 0 {
                judge(&app, reader, token, verdict).await;
            }
        }
    }
}

#[tokio::test]
async fn only_the_configured_algorithm_is_accepted() {
    judge_tokens(
        |payload| {
            let header = |alg: &str| format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
            let mut tokens = vec![
                // Not signed at all.
                format!("{}.{}.", encode(header("none")), encode(payload)),
                format!("{}.{}.", encode(header("None")), encode(payload)),
                format!("{}.{}.", encode(HEADER), encode(payload)),
                sign_with(Algorithm::HS384, KEY, &header("HS384"), payload),
                sign_with(Algorithm::HS512, KEY, &header("HS512"), payload),
                // The header lies about the signature.
                sign_with(Algorithm::HS512, KEY, HEADER, payload),
                sign_with(Algorithm::HS256, KEY, &header("HS512"), payload),
                sign(r#"{"typ":"JWT"}"#, payload),
                sign("{}", payload),
                sign(r#"{"alg":null}"#, payload),
                sign(r#"{"alg":["HS256"]}"#, payload),
                sign(r#"{"ALG":"HS256"}"#, payload),
            ];
            let other = [
                "none", "NONE", "nOnE", "", "hs256", "Hs256", "HS256 ", "RS256", "PS256", "ES256",
                "EdDSA", "HS1",
            ];
            tokens.extend(other.map(|alg| sign(&header(alg), payload)));
            tokens
        },
        Some(INVALID),
    )
    .await;
}

#[tokio::test]
async fn only_the_servers_own_key_is_accepted() {
    judge_tokens(
        |payload| {
            let other = format!("{KEY}x");
            let keys = [other.as_str(), &KEY[1..], "", "secret", &KEY.to_uppercase()];
            keys.map(|key| sign_with(Algorithm::HS256, key, HEADER, payload))
                .to_vec()
        },
        Some(INVALID),
    )
    .await;
}

#[tokio::test]
async fn headers_that_point_to_other_keys_change_nothing() {
    let header = |extra: &str| format!(r#"{{"alg":"HS256","typ":"JWT",{extra}}}"#);
    judge_tokens(
        |payload| {
            let jwk = r#""jwk":{"kty":"oct","k":"c2VjcmV0"}"#;
            vec![
                sign_with(Algorithm::HS256, "secret", &header(jwk), payload),
                sign_with(
                    Algorithm::HS256,
                    "",
                    &header(r#""kid":"../../dev/null""#),
                    payload,
                ),
                sign_with(
                    Algorithm::HS256,
                    "x",
                    &header(r#""jku":"http://127.0.0.1:9/""#),
                    payload,
                ),
            ]
        },
        Some(INVALID),
    )
    .await;
    // Nor do they harm a token that is well signed.
    judge_tokens(
        |payload| {
            let extras = [
                r#""kid":"any text""#,
                r#""kid":"""#,
                r#""jku":"http://127.0.0.1:9/""#,
                r#""x5u":5"#,
                r#""typ":"at+jwt""#,
                r#""b64":true"#,
                r#""b64":true,"crit":["b64"]"#,
            ];
            extras
                .map(|extra| sign(&header(extra), payload))
                .into_iter()
                .chain([sign(r#"{"alg":"HS256"}"#, payload)])
                .collect()
        },
        None,
    )
    .await;
}

#[tokio::test]
async fn headers_that_demand_what_is_not_done_are_refused() {
    judge_tokens(
        |payload| {
            let extras = [
                r#""kid":5"#,
                r#""kid":null"#,
                r#""kid":["a"]"#,
                r#""b64":false"#,
                r#""b64":false,"crit":["b64"]"#,
                r#""crit":["b64"]"#,
                r#""crit":[]"#,
                r#""crit":null"#,
                r#""crit":"b64","b64":true"#,
                r#""crit":["exp"],"exp":1"#,
                r#""crit":["b64","x"],"b64":true,"x":1"#,
                r#""crit":[1],"b64":true"#,
            ];
            extras
                .map(|extra| sign(&format!(r#"{{"alg":"HS256",{extra}}}"#), payload))
                .to_vec()
        },
        Some(INVALID),
    )
    .await;
}

#[tokio::test]
async fn a_token_is_three_segments_of_canonical_base64url() {
    judge_tokens(
        |payload| {
            let good = sign(HEADER, payload);
            let segments: Vec<&str> = good.split('.').collect();
            let [header, claims, signature] = segments[..] else {
                panic!("three segments")
            };
            let resign = |message: String| seal(Algorithm::HS256, KEY, &message);
            // 32 bytes leave two bits of the last character unused: 0, so only every fourth
            // character ends a canonical signature.
            let last = signature.chars().last().unwrap();
            let next = char::from_u32(u32::from(last) + 1).unwrap();
            vec![
                format!("{header}.{claims}"),
                format!("{header}.{signature}"),
                format!("{good}.{signature}"),
                format!("{good}."),
                format!(".{good}"),
                format!("{header}..{claims}.{signature}"),
                format!("{good}="),
                format!("{good}A"),
                good[..good.len() - 1].to_owned(),
                format!("{}{next}", &good[..good.len() - 1]),
                resign(format!("{header}=.{claims}")),
                resign(format!("{header}.{claims}==")),
                resign(format!("{header}.!{claims}")),
                resign(format!("{header}.{claims}+/")),
                resign(format!("{header}.")),
                resign(format!(".{claims}")),
                format!("{header}.{claims}.{}", signature.to_lowercase()),
                // The JSON and the multi-signature forms of RFC 7515.
                format!(
                    r#"{{"protected":"{header}","payload":"{claims}","signature":"{signature}"}}"#
                ),
            ]
        },
        Some(INVALID),
    )
    .await;
}

#[tokio::test]
async fn unused_bits_of_a_segment_must_be_zero() {
    // One byte beyond a multiple of three leaves four bits unused, which "Q" has all zero.
    judge_tokens(
        |payload| {
            let padded = (0..3)
                .map(|spaces| format!("{payload}{}", " ".repeat(spaces)))
                .find(|text| text.len() % 3 == 1)
                .unwrap();
            let mut segment = encode(&padded);
            let last = segment.pop().unwrap();
            segment.push(char::from_u32(u32::from(last) + 1).unwrap());
            vec![seal(
                Algorithm::HS256,
                KEY,
                &format!("{}.{segment}", encode(HEADER)),
            )]
        },
        Some(INVALID),
    )
    .await;
}

#[tokio::test]
async fn header_and_payload_are_json_objects() {
    judge_tokens(
        |payload| {
            let mut tokens: Vec<String> =
                ["[]", "null", "1", "\"x\"", "", "{", "{}x", "\u{feff}{}"]
                    .iter()
                    .flat_map(|odd| [sign(HEADER, odd), sign(odd, payload)])
                    .collect();
            let not_text = encode(b"{\"a\":\"\xff\"}");
            let message = format!("{}.{not_text}", encode(HEADER));
            tokens.push(seal(Algorithm::HS256, KEY, &message));
            tokens.push(sign(HEADER, &"[".repeat(5000)));
            tokens
        },
        Some(INVALID),
    )
    .await;
}

#[tokio::test]
async fn a_token_over_eight_kibibytes_is_not_looked_at() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    let sized = |size: usize| {
        let base = forge::claims("access", id);
        let token = |filler: usize| {
            forge::token(&forge::with(
                base.clone(),
                &json!({ "x": "y".repeat(filler) }),
            ))
        };
        let filler = (0..size).rev().find(|filler| token(*filler).len() <= size);
        token(filler.unwrap())
    };
    let largest = sized(8 * 1024);
    judge(&app, "verify", &largest, None).await;
    judge(&app, "me", &largest, None).await;
    for too_large in [sized(8 * 1024 + 4), sized(8 * 1024 + 100)] {
        judge(&app, "verify", &too_large, Some(INVALID)).await;
        judge(&app, "me", &too_large, Some(INVALID)).await;
        judge(&app, "refresh", &too_large, Some(INVALID)).await;
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
