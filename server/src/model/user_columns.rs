//! The names of the user's table and its columns, as the settings of `[user]` give them.

/// A column that a user model may lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OptionalColumn {
    /// Under the name that Django's `AbstractUser` gives it.
    #[default]
    Standard,
    /// Under another name.
    Named(String),
    /// The model has no such field.
    None,
}

/// A value that a column must have at a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
}

/// The names of the user's table and its columns. `None` is the name that Django's `AbstractUser`
/// gives, and for the table the one that the project's tokens refer to.
#[derive(Clone, Debug, Default)]
pub struct UserColumns {
    /// The table.
    pub table: Option<String>,
    /// The primary key: an integer of any width, or a uuid.
    pub id: Option<String>,
    /// The column of USERNAME_FIELD.
    pub username: Option<String>,
    /// The stored hash.
    pub password: Option<String>,
    /// The e-mail address.
    pub email: OptionalColumn,
    /// Whether the user may log in; without it every user may.
    pub is_active: OptionalColumn,
    /// The last login.
    pub last_login: OptionalColumn,
    /// The time of registration.
    pub date_joined: OptionalColumn,
    /// The columns that the name of a login is looked for in; empty for the username alone.
    pub login: Vec<String>,
    /// `true` if that ignores case, as the database does: SQLite for ASCII alone.
    pub login_ignores_case: bool,
    /// The values that columns must have at a login, besides `is_active`.
    pub require: Vec<(String, Requirement)>,
}
