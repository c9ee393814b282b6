//! The tables of a Django project: the user's table, found in the catalogue by the settings of
//! `[user]`, and the tables of tokens.
//!
//! Statements on them are templates:
//!
//! - `{users}` is the user's table, and `{id}`, `{username}`, `{password}`, `{email}`, `{is_active}`,
//!   `{last_login}` and `{date_joined}` are its columns, all quoted. A column that the model lacks is a
//!   constant.
//! - `{id_text}` is the key as Django writes it, and `{id_in_own}` the key as Signet's own tables refer
//!   to it.
//! - `{outstanding}` and `{blacklisted}` are the tables of SimpleJWT's `token_blacklist`, or Signet's
//!   own where the project lacks that app.

/// Django's own table of users.
pub(super) const AUTH_USER: &str = "auth_user";

/// SimpleJWT's table of outstanding tokens.
pub(super) const OUTSTANDING: &str = "token_blacklist_outstandingtoken";

/// SimpleJWT's table of blacklisted tokens.
pub(super) const BLACKLISTED: &str = "token_blacklist_blacklistedtoken";

/// Signet's own table of outstanding tokens, beside a project without the app `token_blacklist`.
pub(super) const OWN_OUTSTANDING: &str = "signet_outstandingtoken";

/// Signet's own table of blacklisted tokens, beside such a project.
pub(super) const OWN_BLACKLISTED: &str = "signet_blacklistedtoken";

/// The columns of `AbstractUser` that a new row fills with constants.
pub(super) const CONSTANTS: [(&str, &str); 4] = [
    ("is_staff", "FALSE"),
    ("is_superuser", "FALSE"),
    ("first_name", "''"),
    ("last_name", "''"),
];

/// The kind of a primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// An integer of any width.
    Integer,
    /// A uuid in PostgreSQL's own type.
    Uuid,
    /// A uuid as Django stores it in SQLite: 32 hexadecimal digits.
    HexUuid,
}

/// The tables that statements name.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    /// The name of the user's table, unquoted.
    pub(super) name: String,
    /// The kind of its primary key.
    pub(super) key: KeyKind,
    /// The column that keeps new users from being inserted, because it wants a value.
    pub(super) unfilled: Option<String>,
    /// `true` if the tables of tokens are Django's.
    pub(super) has_blacklist_app: bool,
    pub(super) table: String,
    pub(super) id: String,
    pub(super) id_text: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) email: Option<String>,
    pub(super) is_active: Option<String>,
    pub(super) last_login: Option<String>,
    pub(super) date_joined: Option<String>,
    /// The conditions that the name of a login, `$1`, is looked for by, in their order.
    pub(super) login: Vec<String>,
    /// The condition of `[user.require]`.
    pub(super) requirements: String,
    pub(super) constants: Vec<(String, &'static str)>,
}

impl Tables {
    /// Returns Django's own table.
    pub(super) fn auth_user() -> Self {
        let optional = |name: &str| Some(quoted(name));
        Self {
            name: AUTH_USER.to_owned(),
            key: KeyKind::Integer,
            unfilled: None,
            has_blacklist_app: true,
            table: quoted(AUTH_USER),
            id: quoted("id"),
            id_text: id_text(KeyKind::Integer, &quoted("id")),
            username: quoted("username"),
            password: quoted("password"),
            email: optional("email"),
            is_active: optional("is_active"),
            last_login: optional("last_login"),
            date_joined: optional("date_joined"),
            login: vec![format!("{} = $1", quoted("username"))],
            requirements: "TRUE".to_owned(),
            constants: CONSTANTS.map(|(name, value)| (quoted(name), value)).into(),
        }
    }

    /// Returns `true` if the table has the column of a placeholder, such as `last_login`.
    pub(super) fn has(&self, placeholder: &str) -> bool {
        match placeholder {
            "email" => self.email.is_some(),
            "is_active" => self.is_active.is_some(),
            "last_login" => self.last_login.is_some(),
            "date_joined" => self.date_joined.is_some(),
            _ => true,
        }
    }

    /// Returns the columns that a new row fills with constants, quoted, and the constants.
    pub(super) fn constants(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.constants
            .iter()
            .filter(|(column, _)| {
                // USERNAME_FIELD or the address may be one of them.
                *column != self.username && Some(column) != self.email.as_ref()
            })
            .map(|(column, value)| (column.as_str(), *value))
    }

    /// Returns `true` if the address is the name that users log in by.
    pub(super) fn email_is_username(&self) -> bool {
        self.email.as_ref() == Some(&self.username)
    }

    /// Fills the placeholders of a statement.
    pub(super) fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (placeholder, after) = after.split_once('}').expect("a placeholder is closed");
            filled.push_str(before);
            filled.push_str(self.value_of(placeholder));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn value_of(&self, placeholder: &str) -> &str {
        const NO_TIME: &str = "CAST(NULL AS timestamptz)";
        match placeholder {
            "users" => &self.table,
            "outstanding" if self.has_blacklist_app => OUTSTANDING,
            "blacklisted" if self.has_blacklist_app => BLACKLISTED,
            "outstanding" => OWN_OUTSTANDING,
            "blacklisted" => OWN_BLACKLISTED,
            "id" => &self.id,
            "id_text" => &self.id_text,
            "id_in_own" if self.key == KeyKind::Integer => &self.id,
            "id_in_own" => &self.id_text,
            "requirements" => &self.requirements,
            "username" => &self.username,
            "password" => &self.password,
            "email" => self.email.as_deref().unwrap_or("''"),
            "is_active" => self.is_active.as_deref().unwrap_or("TRUE"),
            "last_login" => self.last_login.as_deref().unwrap_or(NO_TIME),
            "date_joined" => self.date_joined.as_deref().unwrap_or(NO_TIME),
            other => unreachable!("{other} is no placeholder"),
        }
    }
}

/// Returns the expression of a key as Django writes it: a uuid with dashes.
pub(super) fn id_text(key: KeyKind, id: &str) -> String {
    match key {
        KeyKind::Integer | KeyKind::Uuid => format!("CAST({id} AS text)"),
        KeyKind::HexUuid => {
            let parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)];
            let parts = parts.map(|(start, length)| format!("substr({id}, {start}, {length})"));
            parts.join(" || '-' || ")
        }
    }
}

/// Returns an identifier of SQL in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
