//! The password policy: Django's four validators, with their messages.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use zxcvbn::matching::patterns::MatchPattern;

use crate::password::Password;

/// From this likeness on a password is too close to what is known of its user; the share that
/// Python's `difflib` calls `quick_ratio`.
const MOST_SIMILAR: f64 = 0.7;

/// A reason that a password is refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It resembles an attribute of the user, whose name follows.
    #[error("The password is too similar to the {0}.")]
    Similar(&'static str),
    /// It has fewer characters than PASSWORD_MIN_LENGTH.
    #[error("This password is too short. It must contain at least {0} character{s}.", s = if *.0 == 1 { "" } else { "s" })]
    TooShort(usize),
    /// It is on the list of common passwords.
    #[error("This password is too common.")]
    Common,
    /// It holds only digits.
    #[error("This password is entirely numeric.")]
    Numeric,
}

/// The rules for new passwords.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// PASSWORD_MIN_LENGTH, in characters.
    pub min_length: usize,
}

impl Policy {
    /// All that is wrong with a password, in the order in which Django says it.
    pub fn weaknesses(&self, password: &Password, username: &str, email: &str) -> Vec<Weakness> {
        let text = password.reveal();
        let attributes = [("username", username), ("email address", email)];
        let similar = attributes
            .into_iter()
            .find(|(_, value)| is_similar(&text.to_lowercase(), &value.to_lowercase()))
            .map(|(name, _)| Weakness::Similar(name));
        let short = text.chars().count() < self.min_length;
        [
            similar,
            short.then_some(Weakness::TooShort(self.min_length)),
            is_common(text).then_some(Weakness::Common),
            is_numeric(text).then_some(Weakness::Numeric),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

static SEPARATORS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[^\p{L}\p{N}_]+").expect("the pattern is right"));

/// Compares with the value as a whole and with each of its words.
fn is_similar(password: &str, value: &str) -> bool {
    let length = password.chars().count();
    let parts = SEPARATORS.split(value).chain([value]);
    parts.filter(|part| !part.is_empty()).any(|part| {
        // A long password may well hold a short name.
        let part_length = part.chars().count();
        let incomparable =
            length >= 10 * part_length && (part_length as f64) < MOST_SIMILAR / 2.0 * length as f64;
        !incomparable && quick_ratio(password, part) >= MOST_SIMILAR
    })
}

/// Twice the number of characters that two texts share, in any order, over the sum of their
/// lengths: an upper bound of `difflib`'s `ratio`.
fn quick_ratio(one: &str, other: &str) -> f64 {
    let mut available = HashMap::new();
    for c in other.chars() {
        *available.entry(c).or_insert(0u32) += 1;
    }
    let mut shared = 0u32;
    for c in one.chars() {
        if let Some(left) = available.get_mut(&c).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    let total = one.chars().count() + other.chars().count();
    f64::from(2 * shared) / total as f64
}

/// Characters of the longest password that a list of common ones might hold; what is longer is not
/// looked up.
const LONGEST_COMMON: usize = 40;
/// Characters that zxcvbn tries to read as letters. It tries every combination of readings, so a
/// password that holds many different ones costs a core for long; no list has such a word.
const L33T: &str = "4@8({[<369!1|70$5+%2/";
/// The most different ones of them that are looked at.
const MOST_L33T: usize = 4;
/// The worst rank in a list at which a word is still common when spelled backwards or in l33t.
const DISGUISED_RANK: usize = 1000;

/// Returns `true` if the whole password is in zxcvbn's lists, ignoring case.
fn is_common(password: &str) -> bool {
    let length = password.chars().count();
    let l33t = L33T.chars().filter(|c| password.contains(*c)).count();
    let is_short_number = length <= 16 && is_numeric(password);
    if length > LONGEST_COMMON || (l33t > MOST_L33T && !is_short_number) {
        return false;
    }
    let entropy = zxcvbn::zxcvbn(&password.to_lowercase(), &[]);
    let [only] = entropy.sequence() else {
        return false;
    };
    match &only.pattern {
        MatchPattern::Dictionary(word) => {
            !(word.reversed || word.l33t) || word.rank <= DISGUISED_RANK
        }
        // Easier to guess than to look up, and in every list: 11111111, abcdefgh.
        MatchPattern::Repeat(repeat) => repeat.base_token.chars().count() == 1,
        MatchPattern::Sequence(_) => true,
        _ => false,
    }
}

/// Returns `true` like Python's `isdigit`: for decimal digits of every script, superscripts,
/// subscripts and circled digits.
fn is_numeric(password: &str) -> bool {
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒]+$").expect("the pattern is right")
    });
    DIGITS.is_match(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(password: &str, username: &str, email: &str) -> Vec<String> {
        let policy = Policy { min_length: 8 };
        policy
            .weaknesses(&Password::new(password), username, email)
            .iter()
            .map(Weakness::to_string)
            .collect()
    }

    #[test]
    fn a_good_password_has_no_weakness() {
        for good in [
            "Str0ng-pass-1",
            "aB3$xyzq",
            "a      b",
            "correct horse battery",
            "Tw1ce-Tw1ce-Tw1ce-",
            // Every character of it may be read as several letters.
            "4@8({[<369!1|70$5+%2/",
        ] {
            assert_eq!(messages(good, "ada", "ada@example.com"), [""; 0], "{good}");
        }
    }

    #[test]
    fn every_weakness_is_said_in_djangos_order() {
        assert_eq!(
            messages("12345", "12345", ""),
            [
                "The password is too similar to the username.",
                "This password is too short. It must contain at least 8 characters.",
                "This password is too common.",
                "This password is entirely numeric.",
            ]
        );
    }

    #[test]
    fn common_passwords_are_refused_whatever_their_case() {
        for common in [
            "password",
            "PASSWORD",
            "password123",
            "qwertyuiop",
            "11111111",
            "abcdefgh",
            "P@ssw0rd",
            "sunshine",
        ] {
            assert!(
                messages(common, "ada", "").contains(&"This password is too common.".to_owned()),
                "{common}"
            );
        }
    }

    #[test]
    fn likeness_is_measured_with_every_word_of_the_address() {
        let similar = ["The password is too similar to the email address."];
        assert_eq!(
            messages("somelongname", "ada", "somelongname@example.com"),
            similar
        );
        assert_eq!(messages("xexample1", "ada", "me@example.com"), similar);
        assert_eq!(messages("something-else", "ada", "me@example.com"), [""; 0]);
    }

    #[test]
    fn digits_of_every_script_are_digits() {
        let numeric = ["This password is entirely numeric."];
        assert_eq!(messages("8675309123", "ada", ""), numeric);
        assert_eq!(messages("٣٤٥٦٧٨٩٠١", "ada", ""), numeric);
    }
}
