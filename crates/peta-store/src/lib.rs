//! The database: SQLite, change feed, snapshot, record.
