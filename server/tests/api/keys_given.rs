//! Keys that are given: what is too easy to guess, in no text, or not the first in its file.

use signet::keys::{Algorithm, Key, KeyError, KeyText};

use crate::process::{Place, Server};

const GOOD: &str = "Zq3vN8xLw1Tb7RkYp5MdGh2CfJs9UaEe";

fn key_of(text: &str) -> Result<Key, KeyError> {
    Key::new(Algorithm::HS256, &KeyText::new(text))
}

#[test]
fn a_key_with_too_little_in_it_is_refused_in_words() {
    let zeros = "\0".repeat(64);
    let weak = [
        zeros,
        "a".repeat(32),
        "0".repeat(64),
        "\u{fc}".repeat(32),
        "ab".repeat(20),
        "secret".repeat(6),
        "changeme-".repeat(4),
        "password".repeat(8),
        "0123456789abcdef".repeat(2),
        "this-is-my-key-1".repeat(2),
        "twelve-chars".repeat(3) + "twe",
        GOOD[..31].repeat(2),
        "abcdefghijklmnopqrstuvwxyzabcdefgh".to_owned(),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".to_owned(),
        "zyxwvutsrqponmlkjihgfedcba9876543210".to_owned(),
        "qwertyuiopasdfghjklzxcvbnmQWERTYUIOP".to_owned(),
        "poiuytrewqlkjhgfdsamnbvcxz0987654321".to_owned(),
        "1234567890".repeat(4),
        "aaaaaaaabbbbbbbbccccccccdddddddd".to_owned(),
        "acegikmoqsuwyacegikmoqsuwyacegikmo".to_owned(),
        "abababababababababababababababacac".to_owned(),
        "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6".to_owned(),
        "aabbccddeeffgghhiijjkkllmmnnoopp".to_owned(),
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,".to_owned(),
        "!QAZ@WSX1234567890qwertyuiop1234".to_owned(),
        "Secret1Secret2Secret3Secret4Secret5".to_owned(),
        "secret".to_owned() + &"0".repeat(40),
        "password".to_owned() + "1234567890123456789012345678",
        "01101001100101101001011001101001".to_owned(),
        "----------------________________".to_owned(),
    ];
    for text in weak {
        let error = key_of(&text).expect_err(&text).to_string();
        let said = ["easy to guess", "repeats a text of", "on a public list"];
        assert!(
            said.iter().any(|said| error.contains(said)),
            "{text:?}: {error}"
        );
        assert!(!error.contains(&text), "{error}");
    }
}

#[test]
fn a_long_text_that_repeats_is_as_good_as_the_text() {
    assert!(key_of(&GOOD.repeat(2)).is_ok());
    assert!(key_of("a sentence that only its author knows, of many words").is_ok());
    // Random digits: 32 hold 106 bits.
    assert!(key_of("83650271946820573194680257136904").is_ok());
}

/// Random text of so many characters of an alphabet.
fn random(alphabet: &str, length: usize) -> String {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    let alphabet = alphabet.as_bytes();
    let character = |byte: u8| char::from(alphabet[usize::from(byte) % alphabet.len()]);
    bytes.into_iter().map(character).collect()
}

const HEX: &str = "0123456789abcdef";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// What Django's get_random_secret_key chooses from.
const DJANGO: &str = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)";

#[test]
fn random_keys_of_every_common_form_pass() {
    for _ in 0..2_000 {
        for (alphabet, length) in [
            (HEX, 32),
            (HEX, 64),
            (HEX, 128),
            (BASE64, 32),
            (BASE64, 43),
            (BASE64, 64),
            (DJANGO, 50),
        ] {
            let text = random(alphabet, length);
            assert!(key_of(&text).is_ok(), "{text}");
        }
    }
}

#[test]
fn a_key_file_in_another_encoding_stops_the_start_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let utf16 =
        |order: fn(u16) -> [u8; 2]| GOOD.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
    let pem = include_bytes!("pem/rsa.pem");
    for (bytes, part) in [
        (marked(b"\xef\xbb\xbf", GOOD.as_bytes()), "byte order mark"),
        (marked(b"\xef\xbb\xbf", pem), "byte order mark"),
        (marked(b"\xff\xfe", &utf16(u16::to_le_bytes)), "UTF-16"),
        (marked(b"\xfe\xff", &utf16(u16::to_be_bytes)), "UTF-16"),
        (vec![0xf0; 64], "no text in UTF-8"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let error = KeyText::read(&path).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
    for without_mark in [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
        std::fs::write(&path, without_mark).unwrap();
        let key = Key::new(Algorithm::HS256, &KeyText::read(&path).unwrap());
        let error = key.unwrap_err().to_string();
        assert!(error.contains("NUL"), "{error}");
    }
    let marked = key_of(&format!("\u{feff}{GOOD}")).unwrap_err().to_string();
    assert!(marked.contains("byte order mark"), "{marked}");
}

#[test]
fn a_private_key_need_not_be_the_first_in_its_file() {
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    const PARAMETERS: &str =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let public = include_str!("pem/rsa.pub.pem");
    for (algorithm, key) in [
        (Algorithm::RS256, include_str!("pem/rsa.pem")),
        (Algorithm::PS512, include_str!("pem/rsa-pkcs1.pem")),
        (Algorithm::ES256, include_str!("pem/p256.pem")),
        (Algorithm::ES256, include_str!("pem/p256-sec1.pem")),
        (Algorithm::ES384, include_str!("pem/p384-sec1.pem")),
        (Algorithm::EdDSA, include_str!("pem/ed25519.pem")),
    ] {
        let alone = Key::new(algorithm, &KeyText::new(key)).unwrap();
        for before in [
            CERTIFICATE,
            PARAMETERS,
            public,
            "# of the server\n\n",
            "Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n",
            &format!("{CERTIFICATE}and\n{CERTIFICATE}{PARAMETERS}"),
        ] {
            for text in [
                format!("{before}{key}"),
                format!("{before}{key}{CERTIFICATE}"),
                format!("{before}{key}").replace('\n', "\r\n"),
            ] {
                let found = Key::new(algorithm, &KeyText::new(text.as_str()));
                let found = found.unwrap_or_else(|error| panic!("{error}: {text}"));
                assert_eq!(found.id(), alone.id());
            }
        }
    }
}

#[test]
fn a_public_key_need_not_be_the_first_in_its_file() {
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    for (algorithm, key, public) in [
        (
            Algorithm::RS256,
            include_str!("pem/rsa.pem"),
            include_str!("pem/rsa.pub.pem"),
        ),
        (
            Algorithm::ES256,
            include_str!("pem/p256.pem"),
            include_str!("pem/p256.pub.pem"),
        ),
        (
            Algorithm::EdDSA,
            include_str!("pem/ed25519.pem"),
            include_str!("pem/ed25519.pub.pem"),
        ),
    ] {
        let key = Key::new(algorithm, &KeyText::new(key)).unwrap();
        let text = format!("# public\n{CERTIFICATE}{public}");
        key.check_public(&KeyText::new(text)).unwrap();
        assert!(key.check_public(&KeyText::new(CERTIFICATE)).is_err());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_file_that_others_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    for (mode, is_open) in [(0o600, false), (0o640, false), (0o644, true), (0o602, true)] {
        let place = Place::new();
        let given = place.path().join("given.key");
        std::fs::write(&given, GOOD).unwrap();
        let settings = [("SIGNET_SIGNING_KEY_FILE", given.to_str().unwrap())];
        let kept = place.data().join("signing.key");
        let server = Server::start(&place, &[]).await;
        server.stop().await;
        for (file, settings) in [(&given, &settings[..]), (&kept, &[][..])] {
            let name = file.file_name().unwrap().display();
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(file, permissions).unwrap();
            let server = Server::start(&place, settings).await;
            let log = server.stop().await;
            let is_said = log.contains(&format!("{name} (mode {mode:04o})"));
            assert_eq!(is_said, is_open, "{mode:o}: {log}");
        }
    }
}
