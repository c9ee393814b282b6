//! Reading a JSON Web Token without its key: for showing what is inside, never for trusting it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The two readable parts of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// `alg`, `typ` and all other members of the header.
    pub(crate) header: Members,
    /// The claims, in the order of the token.
    pub(crate) claims: Members,
}

/// The names of a JSON object and what they stand for, as the token writes both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Members(pub(crate) Vec<(String, String)>);

impl Members {
    /// Returns the JSON value of `name`, as the token writes it: a text with its quotes.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(member, _)| member == name)?;
        Some(value)
    }

    /// `exp - iat` in seconds, both by the server's clock.
    pub(crate) fn lifetime(&self) -> Option<i64> {
        let integer = |name| self.text(name)?.parse::<i64>().ok();
        integer("exp")?.checked_sub(integer("iat")?)
    }
}

/// Returns the header and claims of `token`; `None` if it is not a JSON Web Token.
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

/// Returns `token` with one character of its claims changed, so that its signature no longer fits.
/// Returns it unchanged if it has no claims.
pub(crate) fn tamper(token: &str) -> String {
    let start = token.find('.').map_or(0, |dot| dot + 1);
    let end = token[start..]
        .find('.')
        .map_or(token.len(), |dot| start + dot);
    let claims = &token[start..end];
    // The middle of the claims: every bit of a character there counts, while the last character of
    // a part may carry unused bits.
    let middle = claims.chars().count() / 2;
    let Some((offset, old)) = claims.char_indices().nth(middle) else {
        return token.to_owned();
    };
    let at = start + offset;
    let new = if old == 'A' { 'B' } else { 'A' };
    format!("{}{new}{}", &token[..at], &token[at + old.len_utf8()..])
}

fn object(part: &str) -> Option<Members> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    serde_json::from_str(&text).ok()
}

// Not `serde_json::Value`, which would sort the members or bring a map that does not.
impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push((name, value.get().to_owned()));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
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
        let names: Vec<_> = decoded.claims.0.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["token_type", "exp", "iat", "user_id"]);
        assert_eq!(decoded.header.0[0], ("alg".into(), r#""HS256""#.into()));
    }

    #[test]
    fn the_lifetime_and_the_holder_are_what_the_server_says() {
        let claims = decode(&token()).unwrap().claims;
        assert_eq!(claims.lifetime(), Some(10));
        assert_eq!(claims.text("user_id"), Some(r#""1""#));
        assert_eq!(claims.text("another"), None);
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
