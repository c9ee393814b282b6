//! The two shapes of Django REST Framework's errors.

use serde::{Deserialize, Serialize};

/// The body of an answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorBody {
    /// `{"detail", "code"?, "messages"?}`: an error of the request as a whole.
    Detail(Detail),
    /// `{"field": ["message", ...], ...}`: errors of the fields. Errors of no single field stand
    /// under [`NON_FIELD_ERRORS`]. The order is that of the form.
    Fields(FieldErrors),
}

/// The name under which errors of the whole form stand among the field errors.
pub const NON_FIELD_ERRORS: &str = "non_field_errors";

/// `{"detail", "code"?, "messages"?}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// A sentence for a person.
    pub detail: String,
    /// A word for a program, such as `token_not_valid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// At a protected endpoint, what each class of token said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<TokenMessage>>,
}

/// The reason that one class of token refused the token of a request for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMessage {
    /// `AccessToken` or `SlidingToken`.
    pub token_class: String,
    /// `access` or `sliding`.
    pub token_type: String,
    /// The verdict, such as `Token is expired`.
    pub message: String,
}

/// Messages by field, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<(String, Vec<String>)>);

impl FieldErrors {
    /// The messages of one field; empty where it has none.
    pub fn of(&self, field: &str) -> &[String] {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map_or(&[], |(_, messages)| messages)
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, messages)| (name, messages)))
    }
}

impl<'de> Deserialize<'de> for FieldErrors {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = FieldErrors;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of lists of messages")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<FieldErrors, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(FieldErrors(fields))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
