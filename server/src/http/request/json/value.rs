//! A JSON value.

/// A JSON value, as far as the fields of a form tell values apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool,
    /// An integer, as Python writes it.
    Int(String),
    Float(f64),
    Text(Text),
    List,
    /// In the order of the document, duplicates and all: of one name the last entry counts.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Python's name for the type.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List => "list",
            Self::Object(_) => "dict",
        }
    }
}

/// A text, or what keeps it from being one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Text {
    Plain(String),
    /// It holds half of a surrogate pair; the code point of the first.
    Surrogate(u16),
}
