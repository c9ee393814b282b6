//! Project Wycheproof's vectors of JSON Web Signatures. `WYCHEPROOF` names the folder that holds
//! them; without it they are skipped.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pem::Pem;
use serde_json::Value;
use signet::clock::Timestamp;
use signet::keys::{ALGORITHMS, Key, KeyText, Keyring};

#[test]
fn json_web_signatures_are_judged_as_the_public_vectors_say() {
    let Some(folder) = std::env::var_os("WYCHEPROOF") else {
        eprintln!("skipped: WYCHEPROOF names no folder of vectors");
        return;
    };
    let path = std::path::Path::new(&folder).join("json_web_signature.json");
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut judged = 0;
    for group in vectors["testGroups"].as_array().unwrap() {
        let Some(keyring) = keyring(&group["private"]) else {
            let tests = group["tests"].as_array().unwrap().len();
            eprintln!("skipped: {tests} of {}", group["comment"]);
            continue;
        };
        for test in group["tests"].as_array().unwrap() {
            let token = test["jws"].as_str().unwrap_or_default();
            let is_accepted = keyring.verify(token, Timestamp::UNIX_EPOCH).is_some();
            // A key has one algorithm here, whatever the token says.
            let is_ours = names(token, &group["private"]["alg"]);
            let is_valid = match test["tcId"].as_u64() {
                // The padding that they are about was lost: they are letter by letter test 357.
                Some(367 | 370) => true,
                // A `?` among the letters of base64, which is none.
                Some(372 | 373) => false,
                _ => test["result"] == "valid" && is_ours,
            };
            assert_eq!(is_accepted, is_valid, "{}: {test}", group["comment"]);
            judged += 1;
        }
    }
    eprintln!("judged {judged} vectors");
    assert!(judged > 300, "{judged} vectors");
}

/// Whether the token's header names this algorithm.
fn names(token: &str, algorithm: &Value) -> bool {
    let (header, _) = token.split_once('.').unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    header["alg"] == *algorithm
}

/// A ring of a private JSON Web Key; `None` for what Signet does not serve.
fn keyring(jwk: &Value) -> Option<Keyring> {
    let algorithm = jwk["alg"].as_str()?;
    let (_, algorithm) = ALGORITHMS
        .into_iter()
        .find(|(name, _)| *name == algorithm)?;
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok();
    let text = match jwk["kty"].as_str()? {
        "oct" => String::from_utf8(part("k")?).ok()?,
        "EC" => {
            let public = [vec![4], part("x")?, part("y")?].concat();
            let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_private_key_and_public_key(curve, &part("d")?, &public);
            in_pem(pair.ok()?.to_pkcs8v1().ok()?.as_ref())
        }
        "RSA" => {
            let components = aws_lc_rs::rsa::KeyPairComponents {
                public_key: RsaPublicKeyComponents {
                    n: part("n")?,
                    e: part("e")?,
                },
                d: part("d")?,
                p: part("p")?,
                q: part("q")?,
                dP: part("dp")?,
                dQ: part("dq")?,
                qInv: part("qi")?,
            };
            let pair = RsaKeyPair::from_components(&components).ok()?;
            let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().ok()?;
            in_pem(der.as_ref())
        }
        _ => return None,
    };
    let key = Key::new(algorithm, &KeyText::new(text)).ok()?;
    Some(Keyring::new(key, Vec::new()))
}

fn in_pem(der: &[u8]) -> String {
    pem::encode(&Pem::new("PRIVATE KEY", der))
}
