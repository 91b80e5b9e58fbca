//! What a database error means for whoever runs Peta.

use peta_model::Code;
use sqlx::migrate::MigrateError;

/// The kinds of trouble that call for different help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The file is damaged, or no database.
    Corrupt,
    /// The file may not be written, or not even opened.
    Unusable,
    /// A newer Peta wrote it.
    Newer,
    /// Everything else: a full disk, an input or output error.
    Failed,
}

// SQLite's primary result codes.
const PERM: i32 = 3;
const READONLY: i32 = 8;
const CORRUPT: i32 = 11;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;

impl Fault {
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = error else {
            return match error {
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt,
                _ => Self::Failed,
            };
        };
        // Extended codes hold the primary one in their lowest byte.
        match database.code().and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xFF) {
            Some(CORRUPT | NOTADB) => Self::Corrupt,
            Some(PERM | READONLY | CANTOPEN) => Self::Unusable,
            _ => Self::Failed,
        }
    }

    pub(crate) fn of_migration(error: &MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::of(error),
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => Self::Newer,
            MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => Self::Corrupt,
            _ => Self::Failed,
        }
    }

    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Corrupt => Code::STORE_CORRUPT,
            Self::Unusable => Code::DATA_DIR_UNUSABLE,
            Self::Newer => Code::STORE_NEWER,
            Self::Failed => Code::STORE_FAILED,
        }
    }
}
