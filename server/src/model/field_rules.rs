//! Users, and what a valid registration is: Django's rules for names and addresses.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// Characters of the longest username, as `auth_user` holds it.
pub const LONGEST_USERNAME: usize = 150;
/// Characters of the longest password at registration.
pub const LONGEST_PASSWORD: usize = 128;
/// Characters of the longest e-mail address.
pub const LONGEST_EMAIL: usize = 254;

/// A rule for a field of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At most so many characters.
    MaxLength(usize),
    /// Django's username validator.
    Username,
    /// Django's e-mail validator.
    Email,
}

/// The rules for a username, in the order in which to say what is wrong.
pub const USERNAME_RULES: [Rule; 2] = [Rule::Username, Rule::MaxLength(LONGEST_USERNAME)];
/// The rules for an e-mail address, if there is one.
pub const EMAIL_RULES: [Rule; 2] = [Rule::MaxLength(LONGEST_EMAIL), Rule::Email];
/// The rules for a password, besides the policy's.
pub const PASSWORD_RULES: [Rule; 1] = [Rule::MaxLength(LONGEST_PASSWORD)];

impl Rule {
    /// Returns the message for a text that breaks the rule, in Django's words; `None` if the text
    /// keeps it.
    pub fn judge(self, text: &str) -> Option<String> {
        let (is_kept, message) = match self {
            Self::MaxLength(most) => (
                text.chars().count() <= most,
                format!("Ensure this field has no more than {most} characters."),
            ),
            Self::Username => (
                is_valid_username(text),
                "Enter a valid username. This value may contain only letters, numbers, and \
                 @/./+/-/_ characters."
                    .to_owned(),
            ),
            Self::Email => (
                is_valid_email(text),
                "Enter a valid email address.".to_owned(),
            ),
        };
        (!is_kept).then_some(message)
    }
}

/// `\w` of Python's `re`: letters, numbers and the underscore of every script, but no marks.
static USERNAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{N}_.@+-]+$").expect("the pattern is right"));

/// `true` if Django's username validator accepts it. Length and uniqueness are other rules.
pub fn is_valid_username(username: &str) -> bool {
    USERNAME.is_match(username)
}

/// The form under which a username is stored: Unicode's NFKC, so that two names that look the
/// same are the same.
pub fn normalize_username(username: &str) -> String {
    username.nfkc().collect()
}

/// Normalizes a username typed into a form, as Django's `UsernameField.to_python` does before it
/// validates or looks it up: trimmed, and in NFKC unless it is too long.
pub fn normalize_typed_username(typed: &str) -> String {
    let typed = typed.trim();
    if typed.chars().count() <= LONGEST_USERNAME {
        normalize_username(typed)
    } else {
        typed.to_owned()
    }
}

/// The form under which an address is stored: the domain in lower case, the rest as given.
pub fn normalize_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => email.to_owned(),
    }
}

static LOCAL_PART: LazyLock<Regex> = LazyLock::new(|| {
    const ATOM: &str = r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+";
    // RFC 5322's quoted-string, with the control characters that are not white space.
    const QUOTED: &str =
        r#"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"#;
    Regex::new(&format!(r#"^(?:{ATOM}(?:\.{ATOM})*|"{QUOTED}")$"#)).expect("the pattern is right")
});

/// `true` if Django's e-mail validator accepts it.
pub fn is_valid_email(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    LOCAL_PART.is_match(local)
        && (domain == "localhost" || is_host_name(domain) || is_address_literal(domain))
}

/// Returns `true` for at least two labels, the last without digits unless it is Punycode.
fn is_host_name(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let Some((last, others)) = labels.split_last() else {
        return false;
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.chars().count())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || is_international(c))
    };
    let is_top_level = |label: &str| {
        let punycode = label.to_ascii_lowercase().starts_with("xn--") && label.is_ascii();
        let letters = label.chars().count() >= 2 && !label.contains(|c: char| c.is_ascii_digit());
        is_label(label) && (punycode || letters)
    };
    !others.is_empty() && others.iter().all(|label| is_label(label)) && is_top_level(last)
}

/// Returns `true` for the characters beyond ASCII that Django accepts in a domain.
fn is_international(c: char) -> bool {
    ('\u{a1}'..='\u{ffff}').contains(&c)
}

/// `[192.0.2.1]` or `[2001:db8::1]`.
fn is_address_literal(domain: &str) -> bool {
    domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<std::net::IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_hold_letters_and_digits_of_every_script() {
        for good in [
            "a",
            "Žofie",
            "x²",
            "Ａ",
            "user@example.com",
            "a.b+c-d_e",
            "用户1",
        ] {
            assert!(is_valid_username(good), "{good}");
        }
        for bad in ["", "a b", "a\"b", "a,b", "a\nb", "a:b", "a\n", "a\u{301}"] {
            assert!(!is_valid_username(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_that_look_alike_are_stored_alike() {
        assert_eq!(normalize_username("ﬁx"), "fix");
        assert_eq!(normalize_username("Ａda"), "Ada");
    }

    #[test]
    fn addresses_follow_djangos_rules() {
        for good in [
            "a@example.com",
            "a@exämple.com",
            "a+b@x.y.museum",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@[::1]",
            "\"a..b\"@example.com",
            "a@example.xn--p1ai",
        ] {
            assert!(is_valid_email(good), "{good}");
        }
        for bad in [
            "bad",
            "a@b",
            "a@b.c",
            "a b@example.com",
            "é@example.com",
            "@example.com",
            "a@-x.com",
            "a@x..com",
            "a@example.c0m",
            "a@example.com\0",
            "a@[1.2.3]",
        ] {
            assert!(!is_valid_email(bad), "{bad}");
        }
    }

    #[test]
    fn only_the_domain_of_an_address_is_lowered() {
        assert_eq!(normalize_email("Ada@Example.COM"), "Ada@example.com");
    }
}
