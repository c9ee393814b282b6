//! The keyring: the signing key and the retired keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::keys::key::Key;

/// Bytes of the longest text that is looked at as a token.
const LONGEST_TOKEN: usize = 8 * 1024;

/// A key that signs no more, and verifies until its last token has ended.
#[derive(Clone, Debug)]
pub struct RetiredKey {
    /// The key.
    pub key: Key,
    /// The time from which the key verifies no more tokens.
    pub until: Timestamp,
}

/// One key that signs, and the former ones that still verify.
#[derive(Clone, Debug)]
pub struct Keyring {
    signing: Key,
    former: Vec<RetiredKey>,
}

impl Keyring {
    /// A ring of these keys.
    pub fn new(signing: Key, former: Vec<RetiredKey>) -> Self {
        let former = former.into_iter();
        Self {
            // A rotation that was cut short leaves the signing key among the former ones.
            former: former.filter(|former| !former.key.is(&signing)).collect(),
            signing,
        }
    }

    /// Takes over from the ring before it: the keys that it does not know verify on, the one that
    /// signed until now `until` then.
    #[must_use]
    pub fn replacing(mut self, before: &Self, until: Timestamp) -> Self {
        let signed = RetiredKey {
            key: before.signing.clone(),
            until,
        };
        for former in before.former.iter().chain([&signed]) {
            let known = self
                .former
                .iter_mut()
                .find(|known| known.key.is(&former.key));
            match known {
                Some(known) => known.until = known.until.max(former.until),
                None if self.signing.is(&former.key) => {}
                None => self.former.push(former.clone()),
            }
        }
        self
    }

    /// The key that signs.
    pub fn signing(&self) -> &Key {
        &self.signing
    }

    /// The keys that still verify beside it.
    pub fn former(&self, now: Timestamp) -> impl Iterator<Item = &RetiredKey> {
        self.former.iter().filter(move |former| now < former.until)
    }

    /// Signs a payload and returns the compact form (RFC 7515, 3.1).
    ///
    /// The header names the key (`kid`) if it is asymmetric, so that a client of the JWKS finds it.
    /// An HMAC key is named only while a retired key verifies beside it, because SimpleJWT names
    /// none.
    pub fn sign(&self, payload: &[u8], now: Timestamp) -> String {
        let algorithm = self.signing.algorithm();
        let is_named = self.signing.public().is_some() || self.former(now).next().is_some();
        let header = if is_named {
            let id = self.signing.id();
            format!(r#"{{"alg":"{algorithm}","kid":"{id}","typ":"JWT"}}"#)
        } else {
            format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#)
        };
        let message = format!("{}.{}", encode(header.as_bytes()), encode(payload));
        let signature = self.signing.sign(&message);
        format!("{message}.{signature}")
    }

    /// Returns the payload of a token in compact form that one key of the ring has signed; `None`
    /// for any other text. The payload may be invalid JSON.
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Vec<u8>> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let header: Map<String, Value> = serde_json::from_slice(&decode(header)?).ok()?;
        let is_signed =
            is_understood(&header) && self.verify_with(&header, message, signature, now);
        is_signed.then(|| decode(payload)).flatten()
    }

    /// Verifies with the key that the header names, if the ring has it. An unknown `kid` is
    /// ignored, as SimpleJWT does.
    fn verify_with(
        &self,
        header: &Map<String, Value>,
        message: &str,
        signature: &str,
        now: Timestamp,
    ) -> bool {
        let former = || self.former(now).map(|former| &former.key);
        let algorithm = header.get("alg").and_then(Value::as_str);
        let keys = || {
            let all = std::iter::once(&self.signing).chain(former());
            all.filter(|key| Some(key.algorithm()) == algorithm)
        };
        let named = header.get("kid").and_then(Value::as_str);
        match keys().find(|key| Some(key.id()) == named) {
            Some(key) => key.verify(message, signature),
            None => keys().any(|key| key.verify(message, signature)),
        }
    }

    /// The public keys (RFC 7517, 5), the signing one first; none for HS*.
    pub fn public(&self, now: Timestamp) -> JwkSet {
        let former = self.former(now).map(|former| &former.key);
        let keys = std::iter::once(&self.signing).chain(former);
        JwkSet {
            keys: keys.filter_map(Key::public).cloned().collect(),
        }
    }
}

fn encode(part: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

fn decode(segment: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(segment).ok()
}

/// Checks the header as PyJWT does, besides `alg`: `kid` is text, and each critical parameter is
/// present and understood (RFC 7515, 4.1.11). Only `b64` is understood (RFC 7797), in its default
/// form.
fn is_understood(header: &Map<String, Value>) -> bool {
    let critical_is_known = header.get("crit").is_none_or(|crit| {
        let names = crit.as_array().filter(|names| !names.is_empty());
        names.is_some_and(|names| names.iter().all(|name| name == "b64"))
            && header.contains_key("b64")
    });
    critical_is_known
        && header.get("kid").is_none_or(Value::is_string)
        && header.get("b64") != Some(&Value::Bool(false))
}
