//! One key of one algorithm.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, crypto};

use crate::keys::algorithm::name_of;
use crate::keys::leaked_secrets::is_leaked;
use crate::keys::text::KeyText;
use crate::keys::{KeyError, SHORTEST_KEY, pem, strength};

/// Random bytes of an HMAC key that Signet makes: as many as SHA-512 puts out.
const GENERATED_BYTES: usize = 64;

/// The message that an HMAC key signs to make its id. The id reveals no part of the key.
const NAMING: &[u8] = b"signet key id";

/// Signs and verifies with one algorithm.
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    public: Option<Jwk>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = name_of(self.algorithm);
        write!(f, "Key({name} {}, redacted)", self.id)
    }
}

impl Key {
    /// The key of a text: for HS* a secret of at least [`SHORTEST_KEY`] bytes that is on no
    /// public list and not easy to guess, else a private key in PEM that fits the algorithm.
    ///
    /// # Errors
    /// Says in words what is wrong with the text: [`KeyError`].
    pub fn new(algorithm: Algorithm, text: &KeyText) -> Result<Self, KeyError> {
        if text.begins_with("\u{feff}") {
            return Err(KeyError::ByteOrderMark);
        }
        match algorithm.family() {
            AlgorithmFamily::Hmac => Self::secret(algorithm, text.reveal()),
            _ => Self::pair(algorithm, pem::private_key(algorithm, text.reveal())?),
        }
    }

    /// Generates the text of a key: 64 random bytes in base64url for HS*, else a private key in
    /// PEM.
    ///
    /// # Errors
    /// [`KeyError::NotMade`] if the system gives no random bytes or the algorithm is not supported.
    pub fn generate(algorithm: Algorithm) -> Result<KeyText, KeyError> {
        if algorithm.family() != AlgorithmFamily::Hmac {
            return pem::generate(algorithm).map(KeyText::new);
        }
        let mut random = [0u8; GENERATED_BYTES];
        getrandom::fill(&mut random).map_err(|_| KeyError::NotMade(name_of(algorithm)))?;
        Ok(KeyText::new(URL_SAFE_NO_PAD.encode(random)))
    }

    fn secret(algorithm: Algorithm, text: &str) -> Result<Self, KeyError> {
        let secret = text.as_bytes();
        if secret.len() < SHORTEST_KEY {
            return Err(KeyError::TooShort(secret.len()));
        }
        if text.trim_start().starts_with("-----BEGIN ") {
            return Err(KeyError::PemForHmac(name_of(algorithm)));
        }
        if is_leaked(secret) {
            return Err(KeyError::Leaked);
        }
        strength::check(secret)?;
        if secret.contains(&0) {
            return Err(KeyError::Nul);
        }
        let signing = EncodingKey::from_secret(secret);
        let mut id = sign(NAMING, &signing, algorithm);
        id.truncate(16);
        Ok(Self {
            algorithm,
            id,
            signing,
            verifying: DecodingKey::from_secret(secret),
            public: None,
        })
    }

    fn pair(algorithm: Algorithm, signing: EncodingKey) -> Result<Self, KeyError> {
        let not_made = |_| KeyError::NotMade(name_of(algorithm));
        let mut public = Jwk::from_encoding_key(&signing, algorithm).map_err(not_made)?;
        let id = public.thumbprint(ThumbprintHash::SHA256);
        let id = id.map_err(not_made)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            algorithm,
            id,
            verifying: DecodingKey::from_jwk(&public).map_err(not_made)?,
            signing,
            public: Some(public),
        })
    }

    /// Compares the public key in PEM that was given beside the private one.
    ///
    /// # Errors
    /// [`KeyError::Mismatch`] if they do not belong together, [`KeyError::Kind`] if it is no such
    /// key.
    pub fn check_public(&self, text: &KeyText) -> Result<(), KeyError> {
        let given = pem::public_key(self.algorithm, text.reveal())?;
        let given = Jwk::from_decoding_key(&given, Some(self.algorithm)).ok();
        let of = |jwk: &Jwk| jwk.algorithm.clone();
        if given.as_ref().map(of) == self.public.as_ref().map(of) {
            Ok(())
        } else {
            Err(KeyError::Mismatch)
        }
    }

    /// The algorithm, as a token's header names it in `alg`.
    pub fn algorithm(&self) -> &'static str {
        name_of(self.algorithm)
    }

    /// The key's name: for a key pair its thumbprint (RFC 7638).
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether this is the same key with the same algorithm. A pair of RSA may serve several.
    pub fn is(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.id == other.id
    }

    /// The public key as a JSON Web Key (RFC 7517); `None` for HS*, which has none.
    pub fn public(&self) -> Option<&Jwk> {
        self.public.as_ref()
    }

    /// For HS*, `true` if the secret is shorter than the hash, which RFC 7518, 3.2 demands it not
    /// to be.
    pub fn is_shorter_than_its_hash(&self) -> bool {
        let hash = match self.algorithm {
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            _ => SHORTEST_KEY,
        };
        self.public.is_none() && self.signing.as_bytes().len() < hash
    }

    /// The signature of `message`, in base64url.
    pub fn sign(&self, message: &str) -> String {
        sign(message.as_bytes(), &self.signing, self.algorithm)
    }

    /// Returns `true` if `signature`, in base64url, signs `message`. Takes the same time for every
    /// wrong signature of an HMAC key.
    pub fn verify(&self, message: &str, signature: &str) -> bool {
        let message = message.as_bytes();
        crypto::verify(signature, message, &self.verifying, self.algorithm).unwrap_or(false)
    }
}

fn sign(message: &[u8], key: &EncodingKey, algorithm: Algorithm) -> String {
    crypto::sign(message, key, algorithm).expect("a key that was checked signs")
}
