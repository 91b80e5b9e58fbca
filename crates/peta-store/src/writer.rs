//! The one connection that writes the database. Whoever holds it is alone: a change for its transaction.

use peta_model::TenantId;
use sqlx::SqliteConnection;

/// The writing end of the database.
pub(crate) struct Writer {
    pub(crate) conn: SqliteConnection,
    pub(crate) tenant: TenantId,
}
