//! Endpoint descriptions for OPTIONS, as Django REST Framework's metadata.

use serde_json::{Value, json};

/// The description that OPTIONS returns.
pub(super) struct Description {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// The fields that POST takes, by name; null where there is no POST.
    pub(super) fields: Value,
}

impl Description {
    pub(super) fn to_json(&self) -> Value {
        let mut description = json!({
            "name": self.name,
            "description": self.description,
            "renders": ["application/json", "text/html"],
            "parses": [
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
            ],
        });
        if !self.fields.is_null() {
            description["actions"] = json!({ "POST": self.fields });
        }
        description
    }
}

/// The description of a text field.
pub(super) fn text_field(label: &str) -> Value {
    json!({ "type": "string", "required": true, "read_only": false, "label": label })
}
