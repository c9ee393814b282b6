//! ALGORITHM, the keys that fit it, and the public ones at `/.well-known/jwks.json`.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use signet::keys::{ALGORITHMS, KeyFolder};

use crate::app::TestApp;
use crate::forge::{claims, encode, header_of, sign_with};
use crate::settings::read;

const JWKS: &str = "/.well-known/jwks.json";

/// Keys that OpenSSL wrote, used nowhere but here.
mod pem {
    pub const P256: &str = include_str!("pem/p256.pem");
    pub const P256_SEC1: &str = include_str!("pem/p256-sec1.pem");
    pub const P256_PUBLIC: &str = include_str!("pem/p256.pub.pem");
    pub const P256_ENCRYPTED: &str = include_str!("pem/p256-encrypted.pem");
    pub const P384_SEC1: &str = include_str!("pem/p384-sec1.pem");
    pub const RSA: &str = include_str!("pem/rsa.pem");
    pub const RSA_PKCS1: &str = include_str!("pem/rsa-pkcs1.pem");
    pub const RSA_PUBLIC: &str = include_str!("pem/rsa.pub.pem");
    pub const RSA_PKCS1_PUBLIC: &str = include_str!("pem/rsa-pkcs1.pub.pem");
    pub const RSA_1024: &str = include_str!("pem/rsa-1024.pem");
    pub const ED25519: &str = include_str!("pem/ed25519.pem");
    pub const ED25519_PUBLIC: &str = include_str!("pem/ed25519.pub.pem");
}

/// The error that this key stops the start with; `None` if it is taken.
fn refused(settings: &[(&str, &str)]) -> Option<String> {
    let names: Vec<String> = settings
        .iter()
        .map(|(name, _)| format!("SIGNET_{name}"))
        .collect();
    let texts = settings.iter().map(|(_, text)| *text);
    let environment: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts).collect();
    let settings = read(None, &environment, &[]);
    let keyring = settings.and_then(|read| read.keyring(signet::clock::Timestamp::UNIX_EPOCH));
    keyring.err().map(|error| error.to_string())
}

/// The name of the one key in the JWKS; `None` if it holds none.
async fn published_kid(app: &TestApp) -> Option<String> {
    let keys = app.get(JWKS).await.json();
    keys["keys"][0]["kid"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn every_algorithm_signs_and_is_accepted_and_no_other_one_is() {
    for (name, _) in ALGORITHMS {
        let app = TestApp::with(&[("ALGORITHM", name), ("SIGNING_KEY", "")]).await;
        app.user("ada").await;
        let pair = app.log_in("ada").await;
        let kid = published_kid(&app).await;
        let kid = kid.map_or_else(String::new, |kid| format!(r#""kid":"{kid}","#));
        let header = format!(r#"{{"alg":"{name}",{kid}"typ":"JWT"}}"#);
        assert_eq!(header_of(&pair.refresh), header);
        assert_eq!(header_of(&pair.access), header);
        assert_eq!(kid.is_empty(), name.starts_with("HS"), "{name}");
        assert_eq!(app.verify(&pair.access).await.status, 200, "{name}");
        assert_eq!(app.me(&pair.access).await.status, 200, "{name}");
        assert_eq!(app.refresh(&pair.refresh).await.status, 200, "{name}");

        // The same key under the names of other algorithms.
        let (_, payload) = pair.access.split_once('.').unwrap();
        for (other, _) in ALGORITHMS {
            let header = encode(format!(r#"{{"alg":"{other}",{kid}"typ":"JWT"}}"#));
            let answer = app.verify(&format!("{header}.{payload}")).await;
            let expected = if other == name { 200 } else { 401 };
            assert_eq!(answer.status, expected, "{name} as {other}");
        }
    }
}

#[tokio::test]
async fn the_public_keys_verify_what_the_server_signed() {
    for (name, algorithm) in ALGORITHMS {
        let app = TestApp::with(&[("ALGORITHM", name), ("SIGNING_KEY", "")]).await;
        app.user("ada").await;
        let answer = app.get(JWKS).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "public, max-age=60");
        if name.starts_with("HS") {
            assert_eq!(answer.text(), r#"{"keys":[]}"#);
            continue;
        }
        for secret in ["\"d\"", "\"p\"", "\"q\"", "\"k\""] {
            assert!(!answer.text().contains(secret), "{}", answer.text());
        }
        let published = &answer.json()["keys"][0];
        assert_eq!(published["alg"], name);
        assert_eq!(published["use"], "sig");
        let keys: JwkSet = serde_json::from_str(answer.text()).unwrap();
        assert_eq!(keys.keys.len(), 1);
        let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
        let token = app.log_in("ada").await.access;
        let (message, signature) = token.rsplit_once('.').unwrap();
        let verified = crypto::verify(signature, message.as_bytes(), &key, algorithm);
        assert!(verified.unwrap(), "{name}");
    }
}

#[tokio::test]
async fn a_public_key_is_no_hmac_secret() {
    let settings = [("ALGORITHM", "RS256"), ("SIGNING_KEY", pem::RSA)];
    let app = TestApp::with(&settings).await;
    let id = app.user("ada").await;
    let claims = claims("access", id).to_string();
    for secret in [pem::RSA_PUBLIC, pem::RSA_PUBLIC.trim_end()] {
        for header in [
            r#"{"alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"RS256","typ":"JWT"}"#,
        ] {
            let forged = sign_with(Algorithm::HS256, secret, header, &claims);
            assert_eq!(app.me(&forged).await.status, 401, "{header}");
            assert_eq!(app.verify(&forged).await.status, 401, "{header}");
        }
    }
}

#[test]
fn keys_are_taken_in_every_form_that_openssl_writes() {
    for (algorithm, key) in [
        ("RS256", pem::RSA),
        ("PS512", pem::RSA_PKCS1),
        ("ES256", pem::P256),
        ("ES256", pem::P256_SEC1),
        ("ES384", pem::P384_SEC1),
        ("EdDSA", pem::ED25519),
    ] {
        let error = refused(&[("ALGORITHM", algorithm), ("SIGNING_KEY", key)]);
        assert_eq!(error, None, "{algorithm}");
    }
}

#[test]
fn a_key_of_the_wrong_kind_or_size_stops_the_start_with_words_that_help() {
    for (algorithm, key, parts) in [
        ("HS256", pem::RSA_PUBLIC, ["PEM", "HS256"]),
        ("HS256", pem::P256, ["PEM", "HS256"]),
        ("RS256", pem::P256, ["another kind", "RSA, 2048"]),
        ("RS256", pem::RSA_1024, ["another kind or size", "2048"]),
        ("RS256", pem::RSA_PUBLIC, ["a public key", "a private key"]),
        (
            "PS256",
            pem::RSA_PKCS1_PUBLIC,
            ["a public key", "a private key"],
        ),
        ("ES256", pem::RSA, ["another kind", "P-256"]),
        ("ES256", pem::P384_SEC1, ["another kind", "P-256"]),
        ("ES384", pem::P256_SEC1, ["another kind", "P-384"]),
        ("ES256", pem::P256_ENCRYPTED, ["passphrase", "openssl pkey"]),
        ("EdDSA", pem::P256, ["another kind", "Ed25519"]),
        (
            "EdDSA",
            "a-text-that-is-no-PEM-and-long-enough-for-HS256",
            ["no PEM", "Ed25519"],
        ),
    ] {
        let error = refused(&[("ALGORITHM", algorithm), ("SIGNING_KEY", key)]);
        let error = error.unwrap_or_else(|| panic!("{algorithm} takes it: {key}"));
        assert!(
            error.starts_with("SIGNING_KEY from the environment"),
            "{error}"
        );
        for part in parts {
            assert!(error.contains(part), "{part:?} in: {error}");
        }
        assert!(!error.contains(key.lines().last().unwrap()), "{error}");
    }
}

#[test]
fn an_algorithm_that_is_not_served_is_refused_with_the_list() {
    for name in ["ES512", "none", "hs256", "HS1", " "] {
        let error = refused(&[("ALGORITHM", name)]).unwrap();
        assert!(error.starts_with("ALGORITHM from"), "{error}");
        assert!(error.contains("ES384 or EdDSA"), "{error}");
    }
}

#[test]
fn a_verifying_key_must_belong_to_the_signing_key() {
    let es256 = |public| {
        refused(&[
            ("ALGORITHM", "ES256"),
            ("SIGNING_KEY", pem::P256_SEC1),
            ("VERIFYING_KEY", public),
        ])
    };
    assert_eq!(es256(pem::P256_PUBLIC), None);
    for wrong in [pem::RSA_PUBLIC, pem::ED25519_PUBLIC, pem::P256, "nothing"] {
        let error = es256(wrong).unwrap();
        assert!(error.starts_with("VERIFYING_KEY from"), "{error}");
    }
    let eddsa = [
        ("ALGORITHM", "EdDSA"),
        ("SIGNING_KEY", pem::ED25519),
        ("VERIFYING_KEY", pem::ED25519_PUBLIC),
    ];
    assert_eq!(refused(&eddsa), None);
    for public in [pem::RSA_PUBLIC, pem::RSA_PKCS1_PUBLIC] {
        let rs256 = [
            ("ALGORITHM", "RS256"),
            ("SIGNING_KEY", pem::RSA_PKCS1),
            ("VERIFYING_KEY", public),
        ];
        assert_eq!(refused(&rs256), None);
    }
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFolder::new(folder.path(), Algorithm::ES256);
    keys.signing().unwrap();
    let another = std::fs::read_to_string(keys.signing_path()).unwrap();
    let error = refused(&[
        ("ALGORITHM", "ES256"),
        ("SIGNING_KEY", &another),
        ("VERIFYING_KEY", pem::P256_PUBLIC),
    ]);
    assert!(
        error
            .unwrap()
            .contains("not the public key of the signing key")
    );
}

#[test]
fn hmac_has_no_verifying_key() {
    let error = refused(&[("VERIFYING_KEY", pem::P256_PUBLIC)]).unwrap();
    assert!(error.contains("HS256 verifies with SIGNING_KEY"), "{error}");
}

#[test]
fn a_kept_key_that_does_not_fit_the_algorithm_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    assert_eq!(refused(&[("DATA_DIR", data_dir)]), None);
    let error = refused(&[("DATA_DIR", data_dir), ("ALGORITHM", "RS256")]).unwrap();
    assert!(error.starts_with("ALGORITHM from"), "{error}");
    assert!(
        error.contains("signing.key: this is no PEM file"),
        "{error}"
    );
}
