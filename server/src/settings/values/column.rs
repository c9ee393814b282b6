//! Columns of a user model.

use crate::model::{OptionalColumn, Requirement};
use crate::settings::values::Value;

/// A column of the user's table, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSetting(pub OptionalColumn);

impl Value for ColumnSetting {
    const ALLOWED: &str = "the name of a column, or false";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "" => None,
            "false" => Some(Self(OptionalColumn::None)),
            name => Some(Self(OptionalColumn::Named(name.to_owned()))),
        }
    }

    fn written(text: &str) -> toml::Value {
        if text == "false" {
            toml::Value::Boolean(false)
        } else {
            text.into()
        }
    }
}

/// Values that columns must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements(pub Vec<(String, Requirement)>);

impl Value for Requirements {
    const ALLOWED: &str = "columns with the value that each must have: true, false, a whole number, \
                           a text, or \"null\"";
    const TAKES_TABLE: bool = true;

    fn parse(text: &str) -> Option<Self> {
        let columns: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).ok()?;
        let requirement = |(column, value)| {
            let value = match value {
                serde_json::Value::Null => Requirement::Null,
                serde_json::Value::Bool(value) => Requirement::Bool(value),
                serde_json::Value::Number(value) => Requirement::Integer(value.as_i64()?),
                serde_json::Value::String(text) if text == "null" => Requirement::Null,
                serde_json::Value::String(text) => Requirement::Text(text),
                serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
            };
            Some((column, value))
        };
        let requirements: Option<_> = columns.into_iter().map(requirement).collect();
        requirements.map(Self)
    }

    fn written(text: &str) -> toml::Value {
        let table = serde_json::from_str(text);
        table.unwrap_or_else(|_| text.into())
    }
}
