//! Tokens made by hand, as an attacker or another holder of the key would make them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Map, Value, json};

use crate::app::{KEY, NOW};

/// The header that Signet writes.
pub(crate) const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of these texts, signed with HS256 and the server's key.
pub(crate) fn sign(header: &str, payload: &str) -> String {
    sign_with(Algorithm::HS256, KEY, header, payload)
}

/// A token of these texts, signed.
pub(crate) fn sign_with(alg: Algorithm, key: &str, header: &str, payload: &str) -> String {
    seal(alg, key, &format!("{}.{}", encode(header), encode(payload)))
}

/// Signs segments that are encoded already, well or badly.
pub(crate) fn seal(alg: Algorithm, key: &str, message: &str) -> String {
    let key = EncodingKey::from_secret(key.as_bytes());
    let signature = crypto::sign(message.as_bytes(), &key, alg).unwrap();
    format!("{message}.{signature}")
}

/// A well-signed token of these claims.
pub(crate) fn token(claims: &Value) -> String {
    sign(HEADER, &claims.to_string())
}

/// The claims of a good token of this type, which ends in 25 seconds.
pub(crate) fn claims(token_type: &str, user_id: i64) -> Value {
    json!({
        "token_type": token_type,
        "exp": NOW + 25,
        "iat": NOW,
        "jti": "0123456789abcdef0123456789abcdef",
        "user_id": user_id.to_string(),
    })
}

/// A refresh token that a server with a clock of its own takes, with an identity of its own.
pub(crate) fn unique_refresh_token(user_id: i64) -> String {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let own = json!({ "jti": unique, "iat": 1_700_000_000, "exp": 4_000_000_000_i64 });
    token(&with(claims("refresh", user_id), &own))
}

/// Claims with some of them changed; null takes one away.
pub(crate) fn with(mut claims: Value, changes: &Value) -> Value {
    let into = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => into.shift_remove(name),
            value => into.insert(name.clone(), value.clone()),
        };
    }
    claims
}

/// The text of a token's header.
pub(crate) fn header_of(token: &str) -> String {
    text_of(token, 0)
}

/// The text of a token's payload.
pub(crate) fn payload_of(token: &str) -> String {
    text_of(token, 1)
}

/// A token's claims, in their order.
pub(crate) fn claims_of(token: &str) -> Map<String, Value> {
    serde_json::from_str(&payload_of(token)).unwrap()
}

fn text_of(token: &str, segment: usize) -> String {
    let segments: Vec<&str> = token.split('.').collect();
    assert_eq!(segments.len(), 3, "{token}");
    String::from_utf8(URL_SAFE_NO_PAD.decode(segments[segment]).unwrap()).unwrap()
}

/// Whether the server's key signed it with HS256.
pub(crate) fn is_signed(token: &str) -> bool {
    let (message, _) = token.rsplit_once('.').unwrap();
    seal(Algorithm::HS256, KEY, message) == token
}
