//! Reading a JSON Web Token without its key: for showing what is inside, never for trusting it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The two readable parts of a token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decoded {
    /// `alg`, `typ` and whatever else the header says.
    pub(crate) header: Map<String, Value>,
    /// The claims, in the order of the token.
    pub(crate) claims: Map<String, Value>,
}

/// The header and claims of `token`; `None` where it is no JSON Web Token.
pub(crate) fn decode(token: &str) -> Option<Decoded> {
    let mut parts = token.trim().split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(Decoded {
        header: object(header)?,
        claims: object(claims)?,
    })
}

/// `exp - iat` in seconds, both by the server's clock.
pub(crate) fn lifetime(token: &str) -> Option<i64> {
    let claims = decode(token)?.claims;
    Some(claims.get("exp")?.as_i64()? - claims.get("iat")?.as_i64()?)
}

/// `token` with one character of its claims changed, so that its signature no longer fits.
/// Returned unchanged where there is nothing to change.
pub(crate) fn tamper(token: &str) -> String {
    let start = token.find('.').map_or(0, |dot| dot + 1);
    let end = token[start..]
        .find('.')
        .map_or(token.len(), |dot| start + dot);
    let claims = &token[start..end];
    // The middle of the claims: every bit of a character there counts, while the last one of a
    // part may carry unused bits.
    let middle = claims.chars().count() / 2;
    let Some((offset, old)) = claims.char_indices().nth(middle) else {
        return token.to_owned();
    };
    let at = start + offset;
    let new = if old == 'A' { 'B' } else { 'A' };
    format!("{}{new}{}", &token[..at], &token[at + old.len_utf8()..])
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.c2ln",
            part(r#"{"alg":"HS256","typ":"JWT"}"#),
            part(r#"{"token_type":"access","exp":110,"iat":100,"user_id":"1"}"#)
        )
    }

    #[test]
    fn a_token_shows_its_claims_in_their_own_order() {
        let decoded = decode(&token()).unwrap();
        let names: Vec<_> = decoded.claims.keys().map(String::as_str).collect();
        assert_eq!(names, ["token_type", "exp", "iat", "user_id"]);
        assert_eq!(decoded.header["alg"], "HS256");
    }

    #[test]
    fn the_lifetime_is_what_the_server_says_by_its_own_clock() {
        assert_eq!(lifetime(&token()), Some(10));
    }

    #[test]
    fn what_is_no_token_is_not_decoded() {
        for text in ["", "a.b", "a.b.c", "a.b.c.d", "ü.ü.ü"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn tampering_changes_exactly_one_character() {
        for text in [token().as_str(), "ü.ü.ü", "abc"] {
            let tampered = tamper(text);
            let changed = text.chars().zip(tampered.chars()).filter(|(a, b)| a != b);
            assert_eq!(changed.count(), 1, "{text}");
            assert_eq!(text.chars().count(), tampered.chars().count());
        }
        assert_eq!(tamper(""), "");
    }
}
