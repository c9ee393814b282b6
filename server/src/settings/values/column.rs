//! Columns that a user model may lack.

use crate::model::OptionalColumn;
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
