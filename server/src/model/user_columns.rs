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
}
