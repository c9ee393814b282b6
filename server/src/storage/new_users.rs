//! Inserting users.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::{NewUser, UserId};
use crate::storage::error::StoreError;
use crate::storage::statement::template;
use crate::storage::store::Store;
use crate::storage::tables::KeyKind;
use crate::storage::unanswered::mark_registration;
use crate::storage::write_batch::WriteBatch;

impl Store {
    /// Inserts a user.
    ///
    /// # Errors
    /// - [`StoreError::UsernameTaken`] if a user has this name, also one inserted meanwhile.
    /// - [`StoreError`] if the database failed.
    pub async fn create_user(&self, user: NewUser, now: Timestamp) -> Result<UserId, StoreError> {
        let (batch, id) = self.insert(&user, now)?;
        self.write_new_user(batch, id).await
    }

    /// Inserts a user as [`Store::create_user`] does, for a request that counts as unanswered until
    /// [`Store::confirm_registration`].
    ///
    /// # Errors
    /// The errors of [`Store::create_user`].
    pub async fn register_user(&self, user: NewUser, now: Timestamp) -> Result<UserId, StoreError> {
        let (batch, id) = self.insert(&user, now)?;
        let batch = mark_registration(batch, &user.username, now);
        self.write_new_user(batch, id).await
    }

    /// Returns the batch that inserts a user, and the user's key if it is a uuid.
    fn insert(
        &self,
        user: &NewUser,
        now: Timestamp,
    ) -> Result<(WriteBatch, Option<Uuid>), StoreError> {
        let tables = &*self.tables;
        if let Some(column) = &tables.unfilled {
            return Err(StoreError::Unfilled {
                table: tables.name.clone(),
                column: column.clone(),
            });
        }
        let id = (tables.key != KeyKind::Integer).then(Uuid::new_v4);
        let given = [
            ("{username}", true),
            ("{password}", true),
            ("{is_active}", tables.has("is_active")),
            ("{date_joined}", tables.has("date_joined")),
            (
                "{email}",
                tables.has("email") && !tables.email_is_username(),
            ),
            ("{id}", id.is_some()),
        ];
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        let given: Vec<&str> = given.map(|(placeholder, _)| placeholder).collect();
        let constants = tables.constants();
        let (constant_columns, constants): (Vec<&str>, Vec<&str>) = constants.unzip();
        let columns = [given.as_slice(), &constant_columns].concat().join(", ");
        let parameters = (1..=given.len()).map(|number| format!("${number}"));
        let constants = constants.into_iter().map(str::to_owned);
        let values: Vec<String> = parameters.chain(constants).collect();
        let returning = match id {
            Some(_) => "",
            None => " RETURNING CAST({id} AS bigint)",
        };
        let values = values.join(", ");
        let mut statement = template(format!(
            "INSERT INTO {{users}} ({columns}) VALUES ({values}){returning}"
        ))
        .of(tables);
        for placeholder in given {
            statement = match placeholder {
                "{username}" => statement.text(user.username.clone()),
                "{password}" => statement.text(user.password.0.clone()),
                "{is_active}" => statement.bool(user.is_active),
                "{date_joined}" => statement.time(now),
                "{email}" => statement.text(user.email.clone()),
                _ => statement.key(id.map(UserId::Uuid)),
            };
        }
        let batch = WriteBatch::default();
        Ok(match id {
            Some(_) => (batch.execute(statement), id),
            None => (batch.insert_returning_id(statement), None),
        })
    }

    async fn write_new_user(
        &self,
        batch: WriteBatch,
        id: Option<Uuid>,
    ) -> Result<UserId, StoreError> {
        match self.write(batch).await {
            Ok(written) => Ok(match id {
                Some(id) => UserId::Uuid(id),
                None => UserId::Integer(written.unwrap_or_default().id),
            }),
            Err(StoreError::Database(sqlx::Error::Database(error)))
                if error.is_unique_violation() =>
            {
                Err(StoreError::UsernameTaken)
            }
            Err(error) => Err(error),
        }
    }
}
