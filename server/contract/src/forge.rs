//! Tokens made outside of the server: by another holder of its key, or by an attacker.

use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde_json::{Map, Value};

use crate::cases::Profile;
use crate::compact::{claims_of, decoded, segment};

/// An HMAC key that is not the server's.
const OTHER_SECRET: &str = "some-other-key-some-other-key-some-other-key!!";
/// The digits of base64url, in their order.
const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The server's keys, and foreign ones.
pub(crate) struct Keys {
    /// The name that tokens carry in `alg`.
    pub(crate) algorithm: String,
    secret: String,
    /// The two halves of a pair in PEM, private and public.
    pair: Option<(String, String)>,
    /// The private half of another pair.
    other: String,
}

impl Keys {
    /// The keys of a profile's settings.
    pub(crate) fn of(profile: &Profile) -> Result<Self> {
        let read = |name| -> Result<Option<String>> {
            let Some(path) = profile.setting(name) else {
                return Ok(None);
            };
            let text = std::fs::read_to_string(path).with_context(|| path.to_owned())?;
            Ok(Some(text))
        };
        let algorithm = profile.setting("SIGNET_ALGORITHM").unwrap_or("HS256");
        Ok(Self {
            algorithm: algorithm.to_owned(),
            secret: profile
                .setting("SIGNET_SIGNING_KEY")
                .unwrap_or_default()
                .to_owned(),
            pair: read("SIGNET_SIGNING_KEY_FILE")?.zip(read("SIGNET_VERIFYING_KEY_FILE")?),
            other: include_str!("../../tests/contract/keys/other-es256.pem").to_owned(),
        })
    }

    /// A token of these texts, signed as the server signs.
    pub(crate) fn token(&self, header: &str, payload: &str) -> Result<String> {
        self.forge(&self.algorithm, "server", header, payload)
    }

    /// The same with an algorithm and a key by their names in the cases.
    pub(crate) fn forge(
        &self,
        algorithm: &str,
        key: &str,
        header: &str,
        payload: &str,
    ) -> Result<String> {
        let (header, payload) = (
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload),
        );
        let message = format!("{header}.{payload}");
        if key == "none" {
            return Ok(format!("{message}."));
        }
        let algorithm = Algorithm::from_str(algorithm)?;
        let key = match key {
            "server" => self.signing(algorithm)?,
            "other" if is_hmac(algorithm) => EncodingKey::from_secret(OTHER_SECRET.as_bytes()),
            "other" => private(algorithm, &self.other)?,
            "empty" => EncodingKey::from_secret(b""),
            "pub" => {
                let (_, public) = self.pair.as_ref().context("no public key")?;
                EncodingKey::from_secret(public.as_bytes())
            }
            _ => bail!("no key {key}"),
        };
        let signature = crypto::sign(message.as_bytes(), &key, algorithm)?;
        Ok(format!("{message}.{signature}"))
    }

    /// Checks that the server's key signed the token, with the server's algorithm.
    ///
    /// # Errors
    /// If the token is malformed, or another key signed it.
    pub(crate) fn check_signature(&self, token: &str) -> Result<()> {
        let (message, signature) = token.rsplit_once('.').context("three segments")?;
        let algorithm = Algorithm::from_str(&self.algorithm)?;
        let key = match &self.pair {
            None => DecodingKey::from_secret(self.secret.as_bytes()),
            Some((_, pem)) => match algorithm {
                Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(pem.as_bytes())?,
                Algorithm::EdDSA => DecodingKey::from_ed_pem(pem.as_bytes())?,
                _ => DecodingKey::from_rsa_pem(pem.as_bytes())?,
            },
        };
        let good = crypto::verify(signature, message.as_bytes(), &key, algorithm);
        ensure!(good.unwrap_or(false), "another key signed it");
        Ok(())
    }

    /// Returns the signing key. For an HMAC beside a key pair, its text is the public key, which is
    /// an attacker's best guess.
    fn signing(&self, algorithm: Algorithm) -> Result<EncodingKey> {
        match &self.pair {
            Some((pem, _)) if !is_hmac(algorithm) => private(algorithm, pem),
            Some(_) => Ok(EncodingKey::from_secret(OTHER_SECRET.as_bytes())),
            None => Ok(EncodingKey::from_secret(self.secret.as_bytes())),
        }
    }

    /// A token with other claims, signed again; null takes a claim away.
    pub(crate) fn changed(&self, token: &str, changes: &str) -> Result<String> {
        let mut claims = claims_of(token)?;
        let changes: Map<String, Value> = serde_json::from_str(changes)?;
        for (name, value) in changes {
            match value {
                Value::Null => claims.shift_remove(&name),
                value => claims.insert(name, value),
            };
        }
        let header = decoded(segment(token, 0)?)?;
        self.token(&header, &Value::Object(claims).to_string())
    }
}

fn is_hmac(algorithm: Algorithm) -> bool {
    use Algorithm::{HS256, HS384, HS512};
    matches!(algorithm, HS256 | HS384 | HS512)
}

fn private(algorithm: Algorithm, pem: &str) -> Result<EncodingKey> {
    Ok(match algorithm {
        Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem.as_bytes())?,
        Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes())?,
        _ => EncodingKey::from_rsa_pem(pem.as_bytes())?,
    })
}

/// Returns the token with one defect, by its name in the cases.
pub(crate) fn tampered(token: &str, part: &str) -> Result<String> {
    let (header, payload) = (segment(token, 0)?, segment(token, 1)?);
    let signature = segment(token, 2)?;
    let mut bytes = URL_SAFE_NO_PAD.decode(signature)?;
    let signature = match part {
        "signature-start" => {
            *bytes.first_mut().context("no signature")? ^= 0x80;
            URL_SAFE_NO_PAD.encode(bytes)
        }
        "signature-end" => {
            *bytes.last_mut().context("no signature")? ^= 1;
            URL_SAFE_NO_PAD.encode(bytes)
        }
        // The same bytes: the last digit has spare bits, one of which is set.
        "signature-spare-bits" => {
            let (start, last) = signature.split_at(signature.len() - 1);
            let digit = DIGITS.find(last).context("a digit")?;
            let spare = DIGITS.get(digit + 1..digit + 2).context("a spare bit")?;
            format!("{start}{spare}")
        }
        "payload" => {
            let mut claims = claims_of(token)?;
            claims.insert("tampered".to_owned(), Value::Bool(true));
            let payload = URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string());
            return Ok(format!("{header}.{payload}.{signature}"));
        }
        _ => bail!("nothing is spoilt at {part}"),
    };
    Ok(format!("{header}.{payload}.{signature}"))
}
