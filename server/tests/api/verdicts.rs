//! The verdict on a token at every endpoint that reads one: its form, its header, its signature.

use jsonwebtoken::Algorithm;
use serde_json::json;

use crate::app::{KEY, TestApp};
use crate::forge::{self, HEADER, encode, seal, sign, sign_with};

pub(crate) const INVALID: &str = "Token is invalid";

/// Where a token is read: the endpoint, and the type that it asks for.
pub(crate) const READERS: [(&str, Option<&str>); 4] = [
    ("refresh", Some("refresh")),
    ("blacklist", Some("refresh")),
    ("verify", None),
    ("me", Some("access")),
];

/// Shows a token to one endpoint, which must refuse it with this verdict; with none it must not.
pub(crate) async fn judge(app: &TestApp, reader: &str, token: &str, verdict: Option<&str>) {
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
