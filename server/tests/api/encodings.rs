//! Rows of `auth_user` with hashes that Django 5.2 made, and rows that nobody should have made.

use std::num::NonZeroUsize;

use signet::network::Network;
use signet::password::{Cost, Encoded, HashingPool, Password, Requester, Verification};

const PASSWORD: &str = "Str0ng-pass-1";
const OTHER_SCRIPTS: &str = "Grüße, 世界 🔑";

fn requester() -> Requester {
    Requester::new(Network::LOOPBACK, "ada")
}

fn pool() -> HashingPool {
    HashingPool::start(NonZeroUsize::MIN, Cost::new(64, 1, 1).unwrap())
}

/// What a pool says; an error is a panic inside of it.
async fn verifies(pool: &HashingPool, row: &str, password: &str) -> bool {
    let stored = Encoded(row.to_owned());
    let verdict = pool
        .verify(requester(), Password::new(password), Some(stored))
        .await;
    let verdict = verdict.unwrap_or_else(|error| panic!("{row:?}: {error}"));
    verdict == Verification::Match
}

/// Made by Django's hashers at a low cost, for this password.
const ROWS: &[(&str, &str)] = &[
    (
        "pbkdf2_sha256$1000$c5GHfi2XpTu7WyoKtmLM0O$DrP6i8UXkLU0SOP5SehfggJS9qDemZOF7nMCzm92cOA=",
        PASSWORD,
    ),
    (
        "pbkdf2_sha256$1000$BOepr11P6YVwdzAr9b6AHr$T1DCmRGYYykX7gTGGs8YVR+qoiqwFepKh5klc2WBmFA=",
        OTHER_SCRIPTS,
    ),
    (
        "pbkdf2_sha256$1000$sält$beni164Y7n3I0sfuUPxNJnpd0vZ2/aIrP9x08LI4OOs=",
        PASSWORD,
    ),
    (
        "pbkdf2_sha1$1000$ZZ1bZe7AfGsoOCK4g5OAdy$8cvGFVviRrs/wfYLLpJQNLdiiIg=",
        PASSWORD,
    ),
    (
        "pbkdf2_sha1$1000$ynw7xS4FDXL0CrrxJ27Uq0$lNOtHPaJwbUEXfJgQMdYlNB37YQ=",
        OTHER_SCRIPTS,
    ),
    (
        "bcrypt_sha256$$2b$04$cOLO7Lx1qMfimv.tpmtine5C/xrcDKbom5qWsbFfEwGggoGv6VDvW",
        PASSWORD,
    ),
    (
        "bcrypt_sha256$$2b$04$MjAUxiJqzocLvHQaASl5ium9xzSE4LPzwHwHf2UnDMIHkjKqBt2ji",
        OTHER_SCRIPTS,
    ),
    (
        "bcrypt_sha256$$2b$04$zxkgtEJIqcrT2y37yOJi7.asyHzlCdq3qjpoqunBf0okB4Fvz3zIG",
        "nul\0inside",
    ),
    (
        "bcrypt$$2b$04$9jYJW6CV/Bhlzio5tPHMl.DegFjWMU.GfGa7lmYvjBtDMVT.gQYMG",
        PASSWORD,
    ),
    (
        "bcrypt$$2b$04$tKzK.lqUVSr2ntnBl9uA9ekdcaRow9s94jUu4uFjezsF17vFykRbK",
        OTHER_SCRIPTS,
    ),
    (
        "bcrypt$$2b$04$hC0mIUW8VWiWfVidz73KDucNz8b/.4XLk5dmtx/s/us5.7TwCYqVW",
        "nul\0inside",
    ),
    (
        "bcrypt$$2a$04$l/VRtC6Z7K/8TFg/.MFIZuySv/Qy1S1Ow4gUVcuHXcmJOZ5TcgDf2",
        OTHER_SCRIPTS,
    ),
    (
        "bcrypt$$2y$04$2pJupgTyDBY71sdw6RFRU.sNyRcG7dkNFb2r/1mno/k4XoNS2Nffi",
        OTHER_SCRIPTS,
    ),
    (
        "bcrypt$$2x$04$LZLq7.QuycfLqhLACtww3uOKnX1Nhna3HlSJuMEzwKtdw4VkZwnzS",
        OTHER_SCRIPTS,
    ),
    (
        "scrypt$16$DFNpwbqGd7AztRNyrGdRg6$8$1$HU6pyfLIThdv8qy42CD6TKPLs0fY+GXtBOvNz1Wb4KsyY7hSoyteam7BMhRM+aNnk4UkPaz2V45ZMTVRc5CvZA==",
        PASSWORD,
    ),
    (
        "scrypt$16$BrlPRPC4zej9lydrCP9YH3$8$1$r20QZg5ezceRQ6NcT7Eoie+6L3bkc+Od5I1M+dPVXBkNMMxhGMAcqq2HhtbNd31GgfqQbTvjYBowtvfhfsILqg==",
        OTHER_SCRIPTS,
    ),
    (
        "scrypt$1024$salt$1$16$klRksAMAOtDt83HlVr7AXOlsdnAeDfv9jZkGRhSzqh616USzia/91KXgaoHXOROQRaCL0iMvCYiX8TlbCuSGag==",
        PASSWORD,
    ),
    (
        "argon2$argon2id$v=19$m=64,t=1,p=1$dmgzQXlBMkJuZ1lGZ3V6Y3cxbDJCeA$jjv54IluxFau3mSTU+PqB0RaqGtsj0MMrskITIxl4EA",
        OTHER_SCRIPTS,
    ),
    // As Django 1.10 wrote them.
    (
        "argon2$argon2i$v=19$m=512,t=2,p=2$YWJjZGVmQUJDREVG$jRdiIToT+lJgGBc60Rx8aQ",
        PASSWORD,
    ),
    (
        "argon2$argon2i$v=19$m=64,t=3,p=1$Q2tYWnk5VkJWcGpnbmdjU3htUXVoaA$GiGaEd54DOVfrT8zIn0bw2+bB3BPeodPtTMWA+5p2HM",
        OTHER_SCRIPTS,
    ),
    (
        "argon2$argon2d$v=19$m=64,t=1,p=1$QlJxd2Z3dkJrUThJV2dZMUNuZFowaA$w53qfwNRGopxLRC3oKipD43TmWjRCfzxCXu2RB4lWAM",
        PASSWORD,
    ),
    // Argon2's former version, which at first did not say so.
    (
        "argon2$argon2i$v=16$m=64,t=2,p=1$c2Vhc2FsdDBzZWFzYWx0MA$I3M3dnrqnVXBbYx1LZ3xFcing1ni5ZEri2KKk7kYmWQ",
        PASSWORD,
    ),
    (
        "argon2$argon2i$m=64,t=2,p=1$c2Vhc2FsdDBzZWFzYWx0MA$I3M3dnrqnVXBbYx1LZ3xFcing1ni5ZEri2KKk7kYmWQ",
        PASSWORD,
    ),
];

/// Made by Django's hashers as they are, for [`PASSWORD`].
const DEFAULTS: &[&str] = &[
    "pbkdf2_sha256$1000000$XQsRUMFkPVc9WWKOgYqjO4$du9w1eiDBhUWObPq6DWq01ZWfq54P5luec7J03b6mao=",
    "pbkdf2_sha1$1000000$2vbIBgFOqiMUBuABwtlAPS$SwpnnDOf0H+hwRiWLsa7FgHB8qc=",
    "bcrypt_sha256$$2b$12$vw0yQKAk4ny1LZqdzpiRIOVcf1tTxTByuA0mPbrngVV/jNCN8CVKm",
    "bcrypt$$2b$12$tJRmI2xEWBowOOsmB7poROFjAkAu.k1O/VhBxZUJrF3grCbXpzBdO",
    "scrypt$16384$WaUpJ6CH99T90zcVTzB4rM$8$5$95g4jDDoHzSwabJe2nCJmGuJq+OUw66oezI87Apt1IB/371KqohFfgDcG7AhLwuDkXKvXuaPyNG91uWN3E+tjg==",
    "argon2$argon2id$v=19$m=102400,t=2,p=8$OGEzZzIwMnlsN2ZjYkVTRW9nbUhPTw$DxD50C1rbZCnZehaS2SOk/nPitKcQ5rbBZdYTAOaQoU",
];

#[tokio::test]
async fn every_encoding_of_django_verifies_its_password_and_no_other() {
    let pool = pool();
    for (row, password) in ROWS {
        assert!(verifies(&pool, row, password).await, "{row}");
        for wrong in [&password[1..], &format!("{password} "), "", row] {
            assert!(!verifies(&pool, row, wrong).await, "{row}: {wrong:?}");
        }
    }
}

#[tokio::test]
async fn djangos_own_costs_are_within_bounds() {
    let pool = pool();
    for row in DEFAULTS {
        assert!(verifies(&pool, row, PASSWORD).await, "{row}");
    }
}

#[tokio::test]
async fn long_passwords_count_whole_but_for_those_of_plain_bcrypt() {
    let pool = pool();
    let long = "long ".repeat(200);
    for row in [
        "pbkdf2_sha256$1000$XTpANc5fAmtC58K2qrvpaw$p+Fktmm6cKcJw0fidVKkyEd2xKDbK0NtgWpyNSXR224=",
        "pbkdf2_sha1$1000$oTPe3UhEhY8PFspMs4VOMX$R9MFjyvKnjuIKVHREjV35HHOcWM=",
        "bcrypt_sha256$$2b$04$YxHCjGKSooLpqD2S6mZWo.nMl/UbNkYekbL202IVVfy4CF2udUd8C",
        "scrypt$16$LHiNAyJyIZ0wGsgUJsGsq8$8$1$dEeDDpjn9YGAcf7r9PNkODM3K/WXcDjneAbocp1oxTAzpKCI2xx6eG4GFQsVbC7YGB87KzE2rzjLSnxn3rnaxA==",
        "argon2$argon2id$v=19$m=128,t=3,p=4$YWdYVmtiM1RoeHRVNzI1ODlCQWpYeQ$PGqmQq1X2e/VmUsaWSWr+YeTlen8GAfLKe7Z06eCrDs",
    ] {
        assert!(verifies(&pool, row, &long).await, "{row}");
        assert!(!verifies(&pool, row, &long[..999]).await, "{row}");
    }
    // Made with bcrypt 4, which cut off what the later ones refuse.
    for (row, letter, times) in [
        (
            "bcrypt$$2b$04$ZjP5C0JtsftB/Ywy8BrYVuV8GIGaI68FV5Frytbf1CEM.q25NLaC6",
            "x",
            72,
        ),
        (
            "bcrypt$$2b$04$85Ff0gwsxmiCDubRymgAj.pQdamF4kZF8ETnkCKCEWH9xSdbunrU.",
            "x",
            73,
        ),
        (
            "bcrypt$$2b$04$tGhyCxR5nWiCobk6nyM16u6KfNFy/STZI2688qOOwH7f18HHNorV6",
            "x",
            100,
        ),
        (
            "bcrypt$$2b$04$Si//TKL47QfoK7KluJ3z.OJH2YUTeDaBF63p3LXbfM317T/A4bs32",
            "é",
            37,
        ),
    ] {
        let fits = 72 / letter.len();
        assert!(verifies(&pool, row, &letter.repeat(times)).await, "{row}");
        assert!(verifies(&pool, row, &letter.repeat(fits)).await, "{row}");
        let shorter = letter.repeat(fits - 1);
        assert!(!verifies(&pool, row, &shorter).await, "{row}");
    }
}

#[tokio::test]
async fn a_password_beyond_four_kilobytes_is_wrong_whatever_its_row_says() {
    let pool = pool();
    let longest = "y".repeat(4096);
    let row =
        "pbkdf2_sha256$1000$RruQYDyRJJukCivXlSaU7Y$9JGmQPzmBLe/LGL0vGfVFVOlHvAcA37QfoZT6LntIdg=";
    assert!(verifies(&pool, row, &longest).await);
    assert!(!verifies(&pool, row, &format!("{longest}y")).await);
    let row =
        "pbkdf2_sha256$1000$8LggZCV75oPnqkcOAAjnrm$5o2Qcy3RqW1qO+uu4E0sWVAHeeBWa39JjtwwVmOgWug=";
    assert!(!verifies(&pool, row, &format!("{longest}y")).await);
}

/// Some of these would take hours, or all memory, if they were taken at their word.
#[tokio::test]
async fn rows_that_ask_for_too_much_are_refused_at_once() {
    let pool = pool();
    let key = "A".repeat(43);
    let (sha256, sha1) = (format!("{key}="), format!("{}=", "A".repeat(27)));
    let scrypt = format!("{}==", "A".repeat(86));
    let many = u32::MAX.to_string();
    let beyond = u64::MAX.to_string();
    let mut rows = Vec::new();
    for number in [many.as_str(), &beyond, "10000001", "1e9", "0", "-1", ""] {
        rows.push(format!("pbkdf2_sha256${number}$salt${sha256}"));
        rows.push(format!("pbkdf2_sha1${number}$salt${sha1}"));
    }
    for rounds in ["16", "31", "32", "99", "00", "03", "4", "-4", "+4", ""] {
        for name in ["bcrypt", "bcrypt_sha256"] {
            let salt_and_hash = ".".repeat(53);
            rows.push(format!("{name}$$2b${rounds}${salt_and_hash}"));
        }
    }
    for (n, r, p) in [
        (many.as_str(), "8", "1"),
        (&beyond, "8", "1"),
        ("2147483648", "1", "1"),
        ("524288", "8", "1"),
        ("262144", "8", "5"),
        ("16384", "8", "65"),
        ("2", &many, "1"),
        ("2", "1", &many),
        ("2", &many, &many),
        ("2", "33", "1"),
        ("2", "1", "33"),
        ("0", "8", "1"),
        ("1", "8", "1"),
        ("3", "8", "1"),
        ("16", "0", "1"),
        ("16", "8", "0"),
    ] {
        rows.push(format!("scrypt${n}$salt${r}${p}${scrypt}"));
    }
    for (m, t, p) in [
        (many.as_str(), "1", "1"),
        ("64", &many, "1"),
        ("64", "1", &many),
        (&beyond, &beyond, &beyond),
        ("262145", "1", "1"),
        ("64", "17", "1"),
        ("1024", "1", "17"),
        ("7", "1", "1"),
        ("64", "0", "1"),
        ("64", "1", "0"),
        ("064", "1", "1"),
    ] {
        let salt = "c2FsdHNhbHQ";
        rows.push(format!(
            "argon2$argon2id$v=19$m={m},t={t},p={p}${salt}${key}"
        ));
    }
    for row in rows {
        assert!(!verifies(&pool, &row, PASSWORD).await, "{row}");
    }
}

#[tokio::test]
async fn rows_that_are_no_hash_never_verify() {
    let pool = pool();
    let endless = format!("pbkdf2_sha256$1$salt${}", "A".repeat(1 << 20));
    let salty = format!("pbkdf2_sha256$1${}$A", "s".repeat(1 << 20));
    for row in [
        "",
        "$",
        "$$$$$$$$",
        "!",
        "!unusable",
        "plain",
        PASSWORD,
        "md5$salt$0123456789abcdef0123456789abcdef",
        "sha1$$0123456789abcdef0123456789abcdef01234567",
        "PBKDF2_SHA256$1000$c5GHfi2XpTu7WyoKtmLM0O$DrP6i8UXkLU0SOP5SehfggJS9qDemZOF7nMCzm92cOA=",
        "pbkdf2_sha256$1000$$DrP6i8UXkLU0SOP5SehfggJS9qDemZOF7nMCzm92cOA=",
        "pbkdf2_sha256$1000$salt$",
        "bcrypt$2b$04$9jYJW6CV/Bhlzio5tPHMl.DegFjWMU.GfGa7lmYvjBtDMVT.gQYMG",
        "bcrypt$$2z$04$9jYJW6CV/Bhlzio5tPHMl.DegFjWMU.GfGa7lmYvjBtDMVT.gQYMG",
        "argon2$argon2$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "argon2$argon2id$v=18$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "\u{0}",
        "ü$ü$ü$ü$ü",
        &endless,
        &salty,
    ] {
        for password in ["", "!", "unusable", PASSWORD, row] {
            assert!(!verifies(&pool, row, password).await, "{row:.80}");
        }
    }
}

#[tokio::test]
async fn a_row_with_a_letter_lost_changed_or_added_never_verifies() {
    let pool = pool();
    for (row, password) in ROWS {
        let places = row.char_indices().map(|(place, _)| place);
        for place in places.filter(|place| place % 3 == 0) {
            let (head, tail) = row.split_at(place);
            let rest = &tail[tail.chars().next().unwrap().len_utf8()..];
            for changed in [
                head.to_owned(),
                format!("{head}{rest}"),
                format!("{head}é{rest}"),
                format!("{head}${rest}"),
                format!("{head} {tail}"),
                format!("{head}$${tail}"),
            ] {
                let is_same = changed == *row;
                let is_right = verifies(&pool, &changed, password).await;
                assert_eq!(is_right, is_same, "{changed}");
            }
        }
        for changed in [format!("{row}A"), format!("{row}$"), format!("{row}\n")] {
            assert!(!verifies(&pool, &changed, password).await, "{changed}");
        }
    }
}

#[tokio::test]
async fn a_hash_of_ours_is_written_as_django_writes_it() {
    let hash = pool().hash(requester(), Password::new(PASSWORD)).await;
    let hash = hash.unwrap();
    let parts: Vec<&str> = hash.0.split('$').collect();
    let [name, variety, version, cost, salt, key] = parts[..] else {
        panic!("{}", hash.0);
    };
    assert_eq!((name, variety, version), ("argon2", "argon2id", "v=19"));
    assert_eq!(cost, "m=64,t=1,p=1");
    // 22 bytes and 32: with fewer Django would hash anew.
    assert_eq!((salt.len(), key.len()), (30, 43));
    assert!(!format!("{hash:?}").contains(key));
}
