//! The forms that values take, each with the words that say what is allowed.

mod column;
mod limit;
mod log;
mod path;
mod secret;
mod time;
mod web;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::keys::{ALGORITHMS, Algorithm};
use crate::model::TokenType;
use crate::token::Audience;

pub use column::{ColumnSetting, Requirements};
pub use limit::{ByteSize, Limit};
pub use log::{LogFilter, LogFormat};
pub use path::EndpointPath;
pub use secret::{DatabaseUrl, SecretText};
pub use time::{Lifetime, Span};
pub use web::{AuthHeaderName, HttpToken, PublicUrl};

/// A value of a setting.
pub trait Value: Sized {
    /// The allowed values, to follow "it takes".
    const ALLOWED: &str;

    /// `true` if the value is a table of `signet.toml`, and a JSON object elsewhere.
    const TAKES_TABLE: bool = false;

    /// Reads a text; `None` if it is not allowed.
    fn parse(text: &str) -> Option<Self>;

    /// The value of a setting that has no text; `None` where it must have one.
    fn unset() -> Option<Self> {
        None
    }

    /// A text that is allowed, as `signet.toml` would hold it.
    fn written(text: &str) -> toml::Value {
        text.into()
    }
}

impl<T: Value> Value for Option<T> {
    const ALLOWED: &str = T::ALLOWED;

    fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(Some)
    }

    fn unset() -> Option<Self> {
        Some(None)
    }

    fn written(text: &str) -> toml::Value {
        T::written(text)
    }
}

/// A comma-separated list, or a JSON array of texts.
impl<T: Value> Value for Vec<T> {
    const ALLOWED: &str = T::ALLOWED;

    fn parse(text: &str) -> Option<Self> {
        items(text)?.iter().map(|item| T::parse(item)).collect()
    }

    fn written(text: &str) -> toml::Value {
        let items = items(text).unwrap_or_default();
        let items: Vec<toml::Value> = items.iter().map(|item| T::written(item)).collect();
        items.into()
    }
}

/// The items of a list that are not empty; `None` for JSON that is no list of texts.
fn items(text: &str) -> Option<Vec<String>> {
    let mut items: Vec<String> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).ok()?
    } else {
        text.split(',').map(|item| item.trim().to_owned()).collect()
    };
    items.retain(|item| !item.is_empty());
    Some(items)
}

/// A number without quotes.
fn number(text: &str) -> toml::Value {
    let number = text.parse::<i64>();
    number.map_or_else(|_| text.into(), toml::Value::Integer)
}

impl Value for bool {
    const ALLOWED: &str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        text.to_ascii_lowercase().parse().ok()
    }

    fn written(text: &str) -> toml::Value {
        Self::parse(text).map_or_else(|| text.into(), toml::Value::Boolean)
    }
}

impl Value for u32 {
    const ALLOWED: &str = "a whole number";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn written(text: &str) -> toml::Value {
        number(text)
    }
}

impl Value for usize {
    const ALLOWED: &str = "a whole number";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn written(text: &str) -> toml::Value {
        number(text)
    }
}

impl Value for NonZeroUsize {
    const ALLOWED: &str = "a whole number above 0";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn written(text: &str) -> toml::Value {
        number(text)
    }
}

impl Value for String {
    const ALLOWED: &str = "a text";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Value for PathBuf {
    const ALLOWED: &str = "a path";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }
}

impl Value for SocketAddr {
    const ALLOWED: &str = "an address and a port, such as 127.0.0.1:8000";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// An address that there may be none of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionalAddress(pub Option<SocketAddr>);

impl Value for OptionalAddress {
    const ALLOWED: &str = "an address and a port, such as 127.0.0.1:9090; or off";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self(None)),
            text => SocketAddr::parse(text).map(|address| Self(Some(address))),
        }
    }
}

/// A text with commas is a list, as is a JSON array.
impl Value for Audience {
    const ALLOWED: &str = "a text, or a list of texts";

    fn parse(text: &str) -> Option<Self> {
        if is_list(text) {
            <Vec<String> as Value>::parse(text)
                .filter(|audiences| !audiences.is_empty())
                .map(Self::Several)
        } else {
            String::parse(text).map(Self::One)
        }
    }

    fn written(text: &str) -> toml::Value {
        if is_list(text) {
            <Vec<String> as Value>::written(text)
        } else {
            String::written(text)
        }
    }
}

fn is_list(text: &str) -> bool {
    text.trim_start().starts_with('[') || text.contains(',')
}

/// The name of a type, or the dotted path of SimpleJWT's class.
impl Value for TokenType {
    const ALLOWED: &str = "access, sliding, or both separated by a comma";

    fn parse(text: &str) -> Option<Self> {
        let class = text.strip_prefix("rest_framework_simplejwt.tokens.");
        [Self::Access, Self::Sliding]
            .into_iter()
            .find(|kind| kind.as_str() == text || Some(kind.class_name()) == class)
    }

    fn written(text: &str) -> toml::Value {
        Self::parse(text).map_or_else(|| text.into(), |kind| kind.as_str().into())
    }
}

impl Value for Algorithm {
    const ALLOWED: &str = "HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, \
                           ES384 or EdDSA";

    fn parse(text: &str) -> Option<Self> {
        let mut known = ALGORITHMS.into_iter();
        let (_, algorithm) = known.find(|(name, _)| *name == text)?;
        Some(algorithm)
    }
}

/// The name of a claim that there may be none of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimName(pub Option<String>);

impl Value for ClaimName {
    const ALLOWED: &str = "the name of a claim, or the empty text for none";

    fn parse(text: &str) -> Option<Self> {
        Some(Self((!text.is_empty()).then(|| text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_comma_separated_or_json() {
        let texts = |text| <Vec<String> as Value>::parse(text);
        assert_eq!(texts("a, b,"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(
            texts(r#"["a,b", "c"]"#),
            Some(vec!["a,b".into(), "c".into()])
        );
        assert_eq!(texts(""), Some(vec![]));
        assert_eq!(texts("[1]"), None);
    }
}
