//! Values known only while a case runs: `{{u}}`, `{{now+25}}`, `{{login.access}}` and the like.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::compact::{claims_of, segment};

/// The password of users, unless a case says otherwise.
const PASSWORD: &str = "Str0ng-pass-1";

/// The form in which a value replaces a placeholder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// As plain text.
    Text,
    /// Inside of a JSON string.
    Json,
}

/// The names that a case may use.
pub(crate) struct Names {
    /// The username, which no other case and no other run uses.
    pub(crate) username: String,
    /// Seconds since the epoch.
    pub(crate) now: f64,
    /// Tokens that were made.
    pub(crate) tokens: HashMap<String, String>,
    /// Answers that were given a name.
    pub(crate) answers: HashMap<String, Value>,
}

impl Names {
    /// The text with every placeholder filled in.
    pub(crate) fn fill(&self, text: &str, into: Into) -> Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let (name, behind) = behind.split_once("}}").context("an open placeholder")?;
            let value = self
                .value(name)
                .with_context(|| format!("{{{{{name}}}}}"))?;
            filled.push_str(before);
            match into {
                Into::Text => filled.push_str(&value),
                Into::Json => {
                    let quoted = serde_json::to_string(&value)?;
                    filled.push_str(&quoted[1..quoted.len() - 1]);
                }
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A token or a text of an answer: `t`, `login.access`.
    pub(crate) fn token(&self, name: &str) -> Result<&str> {
        match name.split_once('.') {
            None => self.tokens.get(name).map(String::as_str),
            Some((answer, field)) => self.answers.get(answer).and_then(|it| it[field].as_str()),
        }
        .with_context(|| format!("there is no {name}"))
    }

    fn value(&self, name: &str) -> Result<String> {
        if let Some((count, unit)) = name.split_once(" * ") {
            let count: usize = count.parse()?;
            return Ok(if unit.contains('#') {
                (0..count)
                    .map(|number| unit.replace('#', &number.to_string()))
                    .collect()
            } else {
                unit.repeat(count)
            });
        }
        if let Some(offset) = name.strip_prefix("now") {
            return self.time(offset);
        }
        if let Some((token, part)) = name.split_once('|') {
            let number = match part {
                "header" => 0,
                "payload" => 1,
                "signature" => 2,
                _ => bail!("a token has no {part}"),
            };
            return Ok(segment(self.token(token)?, number)?.to_owned());
        }
        match name {
            "u" => Ok(self.username.clone()),
            "pw" => Ok(PASSWORD.to_owned()),
            "jti" => Ok(uuid::Uuid::new_v4().simple().to_string()),
            _ if name.matches('.').count() == 2 => {
                let (token, claim) = name.rsplit_once('.').expect("two dots");
                let claims = claims_of(self.token(token)?)?;
                let value = claims.get(claim).context("there is no such claim")?;
                Ok(value.to_string())
            }
            _ => Ok(self.token(name)?.to_owned()),
        }
    }

    /// Whole seconds, unless the offset has a fraction.
    fn time(&self, offset: &str) -> Result<String> {
        let seconds: f64 = match offset {
            "" => 0.0,
            offset => offset.parse()?,
        };
        let time = self.now + seconds;
        Ok(if offset.contains('.') {
            format!("{time:.3}")
        } else {
            format!("{time:.0}", time = time.floor())
        })
    }
}
