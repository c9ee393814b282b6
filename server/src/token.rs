//! Tokens: how they are issued, and the verdict on one that somebody shows.
//!
//! The order of the checks decides which message a client reads; it is the one of SimpleJWT over
//! PyJWT. Times are judged here, against the `now` that the caller hands in, because
//! `jsonwebtoken` would use the system's clock and a leeway of its own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::claims::{Claims, TokenType, name, seconds};
use crate::clock::{Duration, Timestamp};
use crate::keys::Keys;
use crate::user::UserId;

/// Bytes of the longest text that is looked at as a token.
const LONGEST_TOKEN: usize = 8 * 1024;

/// The last second that Python's `datetime` can hold, the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// Why a token is refused. The text is SimpleJWT's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No token, not ours, or not to be used yet.
    #[error("Token is invalid")]
    Invalid,
    /// `exp` has come: at `exp` itself the token is no longer valid.
    #[error("Token is expired")]
    Expired,
    /// Logged out, or spent by rotation.
    #[error("Token is blacklisted")]
    Blacklisted,
    /// A token without an end would never end.
    #[error("Token has no 'exp' claim")]
    NoExpiry,
    /// Without `jti` it could not be blacklisted.
    #[error("Token has no id")]
    NoId,
    /// There is no `token_type`.
    #[error("Token has no type")]
    NoType,
    /// An access token in the place of a refresh token, or the reverse.
    #[error("Token has wrong type")]
    WrongType,
}

/// How long tokens live.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// SimpleJWT's ACCESS_TOKEN_LIFETIME.
    pub access: Duration,
    /// SimpleJWT's REFRESH_TOKEN_LIFETIME.
    pub refresh: Duration,
}

/// A token that has just been made: what it says and how it is written.
#[derive(Clone)]
pub struct Issued {
    /// The claims, for the records.
    pub claims: Claims,
    /// The compact form: header, payload, signature. A secret.
    pub text: String,
}

/// Makes a refresh token for a user: claims `token_type, exp, iat, jti, user_id`.
pub fn issue_refresh(keys: &Keys, lifetimes: Lifetimes, user: UserId, now: Timestamp) -> Issued {
    let mut claims = Map::new();
    stamp(&mut claims, TokenType::Refresh, lifetimes.refresh, now);
    claims.insert(name::USER_ID.into(), Value::String(user.to_string()));
    write(keys, claims)
}

/// Makes the access token of a refresh token: it carries on every claim but those of its own
/// kind, time and identity.
pub fn issue_access(keys: &Keys, lifetimes: Lifetimes, refresh: &Claims, now: Timestamp) -> Issued {
    let mut claims = Map::new();
    stamp(&mut claims, TokenType::Access, lifetimes.access, now);
    for (claim, value) in &refresh.0 {
        if !claims.contains_key(claim) {
            claims.insert(claim.clone(), value.clone());
        }
    }
    write(keys, claims)
}

fn stamp(claims: &mut Map<String, Value>, kind: TokenType, lifetime: Duration, now: Timestamp) {
    let jti = uuid::Uuid::new_v4().simple().to_string();
    claims.insert(name::TOKEN_TYPE.into(), kind.as_str().into());
    claims.insert(name::EXP.into(), (now + lifetime).as_second().into());
    claims.insert(name::IAT.into(), now.as_second().into());
    claims.insert(name::JTI.into(), jti.into());
}

fn write(keys: &Keys, claims: Map<String, Value>) -> Issued {
    let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, keys.algorithm());
    let payload = serde_json::to_vec(&claims).expect("a JSON object is written");
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = keys.sign(&message);
    Issued {
        claims: Claims(claims),
        text: format!("{message}.{signature}"),
    }
}

/// Reads a token: its form, signature and times. What is left to ask is whether it has been
/// blacklisted, and then [`check`].
pub fn read(keys: &Keys, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
    let claims = read_signed(keys, token).ok_or(TokenError::Invalid)?;
    check_times(&claims, now)?;
    Ok(Claims(claims))
}

/// Judges what is left once a token is known not to be blacklisted: that it ends, has an
/// identity, and is of the kind asked for; of any kind for `None`.
pub fn check(claims: &Claims, kind: Option<TokenType>) -> Result<(), TokenError> {
    if !claims.has(name::EXP) {
        return Err(TokenError::NoExpiry);
    }
    if !claims.has(name::JTI) {
        return Err(TokenError::NoId);
    }
    match (kind, claims.get(name::TOKEN_TYPE)) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(TokenError::NoType),
        (Some(kind), Some(found)) if *found == kind.as_str() => Ok(()),
        (Some(_), Some(_)) => Err(TokenError::WrongType),
    }
}

/// The payload of a token that this key has signed; `None` for anything else.
fn read_signed(keys: &Keys, token: &str) -> Option<Map<String, Value>> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    let header = object(header)?;
    let known = header.get("alg").and_then(Value::as_str) == Some(keys.algorithm())
        && header.get("kid").is_none_or(Value::is_string)
        && header.get("b64") != Some(&Value::Bool(false))
        && critical_is_known(&header);
    if !known || !keys.verify(message, signature) {
        return None;
    }
    object(payload)
}

/// RFC 7515, 4.1.11: what a token calls critical must be there and be understood. `b64` is
/// (RFC 7797), in its default form.
fn critical_is_known(header: &Map<String, Value>) -> bool {
    let Some(crit) = header.get("crit") else {
        return true;
    };
    let names = crit.as_array().filter(|names| !names.is_empty());
    names.is_some_and(|names| names.iter().all(|name| name == "b64")) && header.contains_key("b64")
}

fn object(segment: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(segment).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// PyJWT's checks, in its order: `iat`, `nbf`, `exp`, then the types of `sub` and `jti`.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), TokenError> {
    for claim in [name::IAT, name::NBF] {
        if let Some(value) = claims.get(claim) {
            let from = seconds(value).ok_or(TokenError::Invalid)?;
            if from > now.as_second() {
                return Err(TokenError::Invalid);
            }
        }
    }
    if let Some(value) = claims.get(name::EXP) {
        match seconds(value) {
            Some(end) if end <= now.as_second() => return Err(TokenError::Expired),
            // SimpleJWT makes a date of it, so text and a year past 9999 are no time.
            Some(end) if end <= LAST_SECOND && !value.is_string() => {}
            _ => return Err(TokenError::Invalid),
        }
    }
    for claim in [name::SUB, name::JTI] {
        if claims.get(claim).is_some_and(|value| !value.is_string()) {
            return Err(TokenError::Invalid);
        }
    }
    Ok(())
}
