//! The statements of one change.

use crate::storage::engine::Connection;
use crate::storage::error::StoreError;
use crate::storage::statement::Statement;
use crate::storage::tables::Tables;

/// Statements that are run one after the other, all of them or none.
#[derive(Clone, Default)]
pub(super) struct WriteBatch(Vec<Step>);

#[derive(Clone)]
struct Step {
    statement: Statement,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// May change rows, or none.
    Plain,
    /// If it changes no row, the batch aborts.
    Decisive,
    /// A query: if it returns no row, the batch aborts.
    Needed,
    /// Gives back the id of the row that it makes.
    Making,
}

/// The outcome of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// The rows that its last statement changed.
    pub(super) rows: u64,
    /// The id of the row that it made.
    pub(super) id: i64,
}

/// The end of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// It did all of it.
    Whole(Written),
    /// It aborted.
    Refused {
        /// Whether it has changed rows before that, which are to be undone.
        changed: bool,
    },
}

impl Ran {
    /// Returns the outcome, after a rollback if necessary; `None` if the batch aborted.
    pub(super) fn written(self) -> Option<Written> {
        match self {
            Self::Whole(written) => Some(written),
            Self::Refused { .. } => None,
        }
    }
}

impl WriteBatch {
    /// Fills the placeholders of its statements.
    pub(super) fn of(self, tables: &Tables) -> Self {
        let fill = |step: Step| Step {
            statement: step.statement.of(tables),
            ..step
        };
        Self(self.0.into_iter().map(fill).collect())
    }

    /// A statement that may change rows, or none.
    pub(super) fn execute(self, statement: Statement) -> Self {
        self.with(statement, Kind::Plain)
    }

    /// Adds a statement that decides: if it changes no row, the batch aborts.
    pub(super) fn execute_or_abort(self, statement: Statement) -> Self {
        self.with(statement, Kind::Decisive)
    }

    /// Adds a query for a number that decides: if it returns no row, the batch aborts.
    pub(super) fn require_row(self, statement: Statement) -> Self {
        self.with(statement, Kind::Needed)
    }

    /// A statement that makes a row and returns its id.
    pub(super) fn insert_returning_id(self, statement: Statement) -> Self {
        self.with(statement, Kind::Making)
    }

    fn with(mut self, statement: Statement, kind: Kind) -> Self {
        self.0.push(Step { statement, kind });
        self
    }

    /// Whether a part of it could be done and the rest not.
    pub(super) fn can_half_happen(&self) -> bool {
        self.0.len() > 1
    }

    /// Runs it within a transaction.
    pub(super) async fn run(self, connection: &mut Connection<'_>) -> Result<Ran, StoreError> {
        let mut written = Written::default();
        let mut changed = false;
        for Step { statement, kind } in self.0 {
            if kind == Kind::Needed {
                let found: Vec<(i64,)> = connection.rows(statement).await?;
                if found.is_empty() {
                    return Ok(Ran::Refused { changed });
                }
                continue;
            }
            if kind == Kind::Making {
                let made: Vec<(i64,)> = connection.rows(statement).await?;
                written.id = made.first().map_or(0, |(id,)| *id);
                changed = true;
                continue;
            }
            written.rows = connection.execute(statement).await?;
            if kind == Kind::Decisive && written.rows == 0 {
                return Ok(Ran::Refused { changed });
            }
            changed |= written.rows > 0;
        }
        Ok(Ran::Whole(written))
    }
}
