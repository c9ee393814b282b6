//! The fields of a request, judged as Django REST Framework's serializers judge them: all of
//! them, each with its own messages.

use axum::body::Body;
use axum::extract::{FromRef, FromRequest, Request};
use http::HeaderMap;
use signet_api::error::FieldErrors;

use crate::http::error::ApiError;
use crate::http::request::body;
use crate::http::request::body_budget::BodyLimits;
use crate::http::request::json::{Json, Text, python_float};
use crate::model::Rule;

/// The fields of one request. Read each, then ask [`Fields::check`].
#[derive(Default)]
pub struct Fields {
    entries: Vec<(String, Json)>,
    errors: FieldErrors,
}

/// Whether a field must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be present and not empty.
    Required,
    /// It may be left out, or be empty.
    Optional,
}

impl<S> FromRequest<S> for Fields
where
    S: Send + Sync,
    BodyLimits: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        Self::read_body(&BodyLimits::from_ref(state), &parts.headers, body).await
    }
}

impl Fields {
    /// Reads the fields of a body.
    ///
    /// # Errors
    /// [`ApiError`] if the body is malformed, too large or too slow, or not an object.
    pub async fn read_body(
        limits: &BodyLimits,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Self, ApiError> {
        match body::read(limits, headers, body).await? {
            Json::Object(entries) => Ok(Self {
                entries,
                errors: FieldErrors::default(),
            }),
            Json::Null => Err(ApiError::non_field("No data provided")),
            other => Err(ApiError::non_field(format!(
                "Invalid data. Expected a dictionary, but got {}.",
                other.type_name()
            ))),
        }
    }

    /// Reads a required field without further rules.
    pub fn required(&mut self, name: &str) -> String {
        self.text(name, Presence::Required, &[], &[])
    }

    /// Reads a text and trims it. `before` and `after` are the rules whose messages stand before
    /// and after the message on NUL. [`Fields::check`] reports the errors; until then the text may
    /// be invalid.
    pub fn text(
        &mut self,
        name: &str,
        presence: Presence,
        before: &[Rule],
        after: &[Rule],
    ) -> String {
        let judged = match self.read(name, presence) {
            Ok(Some(Text::Plain(text))) => {
                let nul = || "Null characters are not allowed.".to_owned();
                let judge = |rules: &[Rule]| -> Vec<String> {
                    rules.iter().filter_map(|rule| rule.judge(&text)).collect()
                };
                let mut messages = judge(before);
                messages.extend(text.contains('\0').then(nul));
                messages.extend(judge(after));
                if messages.is_empty() {
                    return text;
                } else {
                    messages
                }
            }
            Ok(Some(Text::Surrogate(code))) => {
                vec![format!("Surrogate characters are not allowed: U+{code:X}.")]
            }
            Ok(None) => return String::new(),
            Err(message) => vec![message.to_owned()],
        };
        self.errors.0.push((name.to_owned(), judged));
        String::new()
    }

    /// A text as it was sent, for a form that comes back; empty if it cannot be shown.
    pub fn peek(&self, name: &str) -> String {
        match self.read(name, Presence::Optional) {
            Ok(Some(Text::Plain(text))) => text,
            _ => String::new(),
        }
    }

    /// Replaces the text of a field before it is read, if the field is a text.
    pub fn map_text(&mut self, name: &str, map: impl FnOnce(&str) -> String) {
        let last = self
            .entries
            .iter_mut()
            .rev()
            .find(|(known, _)| known == name);
        if let Some((_, Json::Text(Text::Plain(text)))) = last {
            *text = map(text);
        }
    }

    /// Returns an error if any field that was read is invalid.
    ///
    /// # Errors
    /// [`ApiError::Fields`] with the messages of each field.
    pub fn check(self) -> Result<(), ApiError> {
        if self.errors.0.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Fields(self.errors))
        }
    }

    /// Returns a field as trimmed text; `None` for an optional empty one.
    fn read(&self, name: &str, presence: Presence) -> Result<Option<Text>, &'static str> {
        let last = self.entries.iter().rev().find(|(known, _)| known == name);
        let text = match last.map(|(_, value)| value) {
            None if presence == Presence::Optional => return Ok(None),
            None => return Err("This field is required."),
            Some(Json::Null) => return Err("This field may not be null."),
            Some(Json::Text(Text::Plain(text))) => text.clone(),
            Some(Json::Text(surrogate)) => return Ok(Some(surrogate.clone())),
            Some(Json::Int(text)) => text.clone(),
            Some(Json::Float(float)) => python_float(*float),
            Some(Json::Bool | Json::List | Json::Object(_)) => {
                return Err("Not a valid string.");
            }
        };
        let trimmed = text.trim_matches(is_python_space);
        match (trimmed.is_empty(), presence) {
            (true, Presence::Required) => Err("This field may not be blank."),
            (true, Presence::Optional) => Ok(None),
            (false, _) => Ok(Some(Text::Plain(trimmed.to_owned()))),
        }
    }
}

/// Python strips the separators of ASCII too.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}
