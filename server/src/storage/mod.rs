//! The database: the only place that knows SQL.
//!
//! The tables are Django's, so that a Django project can stand on the same database. A change that
//! must not half-happen is one transaction in one method of [`Store`]. A statement is written once
//! and runs on SQLite and on PostgreSQL ([`engine`]).

mod backup;
mod catalogue;
mod columns;
mod django_time;
mod engine;
mod error;
mod flush;
mod foreign_schema;
mod known_locations;
mod new_users;
mod outstanding_tokens;
mod postgres_connect;
mod postgres_pool;
mod schema;
mod session_rows;
mod session_tokens;
mod sessions;
mod sqlite_datetime;
mod sqlite_file;
mod sqlite_writer;
mod statement;
mod store;
mod tables;
mod unanswered;
mod users;
mod write_batch;

pub use backup::BackupError;
pub use error::StoreError;
pub use flush::FlushedBatch;
pub use foreign_schema::ForeignSchema;
pub use store::{DEFAULT_CONNECTIONS, Store};
