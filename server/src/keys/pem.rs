//! Key pairs in PEM, in each form that OpenSSL writes.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair,
};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use pem::Pem;

use crate::keys::KeyError;
use crate::keys::algorithm::name_of;

/// The label of a private key in PKCS#8.
const PKCS8: &str = "PRIVATE KEY";

/// Reads a private key that fits the algorithm: PKCS#8, PKCS#1 for RSA, or SEC 1 for ES*.
pub(super) fn private_key(algorithm: Algorithm, text: &str) -> Result<EncodingKey, KeyError> {
    let refuse = |found| KeyError::Kind {
        found,
        algorithm: name_of(algorithm),
        needed: needed(algorithm, "a private key"),
    };
    let blocks = pem::parse_many(text).map_err(|_| refuse("this is no PEM file"))?;
    // Anything may stand before it, as PyJWT takes it: a certificate, the parameters of a curve
    // (`openssl ecparam -genkey`), its public key, comments.
    let of_kind = |kind| blocks.iter().find(|block| block.tag().ends_with(kind));
    let block = of_kind("PRIVATE KEY").or_else(|| of_kind("KEY"));
    let block = block.ok_or_else(|| refuse("this is no PEM file of a key"))?;
    let der = block.contents();
    // OpenSSL's own form of encryption, of before PKCS#8.
    let is_encrypted = block.headers().get("Proc-Type").is_some();
    let key = match (algorithm.family(), block.tag()) {
        (_, tag) if tag == "ENCRYPTED PRIVATE KEY" || is_encrypted => {
            return Err(refuse(
                "the key is encrypted with a passphrase, which nobody types at a start; \
                 `openssl pkey` takes it off",
            ));
        }
        (_, "PUBLIC KEY" | "RSA PUBLIC KEY") => return Err(refuse("this is a public key")),
        (AlgorithmFamily::Rsa, PKCS8 | "RSA PRIVATE KEY") => rsa_key(block),
        (AlgorithmFamily::Ec, PKCS8 | "EC PRIVATE KEY") => ec_key(algorithm, der),
        (AlgorithmFamily::Ed, PKCS8) => ed_key(der),
        _ => None,
    };
    key.ok_or_else(|| refuse("this is a key of another kind or size"))
}

/// Reads a public key that fits the algorithm's family.
pub(super) fn public_key(algorithm: Algorithm, text: &str) -> Result<DecodingKey, KeyError> {
    let blocks = pem::parse_many(text).unwrap_or_default();
    let is_public = |block: &&Pem| matches!(block.tag(), "PUBLIC KEY" | "RSA PUBLIC KEY");
    let block = blocks.iter().find(is_public).map(pem::encode);
    let key = block.and_then(|block| {
        let text = block.as_bytes();
        let key = match algorithm.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(text),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(text),
            AlgorithmFamily::Ed => DecodingKey::from_ed_pem(text),
            AlgorithmFamily::Hmac => return None,
        };
        key.ok()
    });
    key.ok_or_else(|| KeyError::Kind {
        found: "this is no such key",
        algorithm: name_of(algorithm),
        needed: needed(algorithm, "a public key"),
    })
}

/// Makes a private key, as PEM in PKCS#8.
pub(super) fn generate(algorithm: Algorithm) -> Result<String, KeyError> {
    let failed = |_| KeyError::NotMade(name_of(algorithm));
    let der = match algorithm.family() {
        AlgorithmFamily::Rsa => {
            let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            let der: Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
            der.as_ref().to_vec()
        }
        AlgorithmFamily::Ec => {
            let key = EcdsaKeyPair::generate(curve(algorithm)).map_err(failed)?;
            key.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
        }
        AlgorithmFamily::Ed => {
            let key = Ed25519KeyPair::generate().map_err(failed)?;
            key.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
        }
        AlgorithmFamily::Hmac => return Err(KeyError::NotMade(name_of(algorithm))),
    };
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    Ok(pem::encode_config(&Pem::new(PKCS8, der), config))
}

fn needed(algorithm: Algorithm, which: &str) -> String {
    let kind = match algorithm {
        Algorithm::ES256 => "on the curve P-256",
        Algorithm::ES384 => "on the curve P-384",
        Algorithm::EdDSA => "on the curve Ed25519",
        _ => "of RSA, 2048 to 8192 bits,",
    };
    format!("{which} {kind}")
}

/// Returns the RSA key of the first PEM block, in either form that `jsonwebtoken` reads. Signing
/// with it shows whether the key is valid.
fn rsa_key(block: &Pem) -> Option<EncodingKey> {
    let is_good = match block.tag() {
        PKCS8 => RsaKeyPair::from_pkcs8(block.contents()).is_ok(),
        _ => RsaKeyPair::from_der(block.contents()).is_ok(),
    };
    let key = EncodingKey::from_rsa_pem(pem::encode(block).as_bytes());
    key.ok().filter(|_| is_good)
}

/// `jsonwebtoken` takes PKCS#8 alone.
fn ec_key(algorithm: Algorithm, der: &[u8]) -> Option<EncodingKey> {
    let pair = EcdsaKeyPair::from_private_key_der(curve(algorithm), der).ok()?;
    let pkcs8 = pair.to_pkcs8v1().ok()?;
    Some(EncodingKey::from_ec_der(pkcs8.as_ref()))
}

/// Without the public key that newer files carry: `jsonwebtoken` does not expect it.
fn ed_key(der: &[u8]) -> Option<EncodingKey> {
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
    let pkcs8 = pair.to_pkcs8v1().ok()?;
    Some(EncodingKey::from_ed_der(pkcs8.as_ref()))
}

fn curve(algorithm: Algorithm) -> &'static EcdsaSigningAlgorithm {
    match algorithm {
        Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
    }
}
