//! Why a store cannot be opened, in words that say what to do.

use std::path::Path;

use peta_model::{Code, LogName};

use crate::{
    carry_over::CarryError,
    dir::DirError,
    entropy::NoEntropy,
    fault::Fault,
    record::{StartError, Unwritten},
    tree::{Known, TreeError},
};

/// Why the store cannot be opened. The text says what happened and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct StoreError {
    code: Code,
    text: String,
    #[source]
    cause: Option<sqlx::Error>,
    /// The checkpoint that the record does not fit.
    known: Option<Box<Known>>,
    /// Which log it is about.
    log: LogName,
}

impl StoreError {
    const fn new(code: Code, text: String) -> Self {
        Self { code, text, cause: None, known: None, log: LogName::Default }
    }

    pub const fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn of_dir(path: &Path, error: &DirError) -> Self {
        let code = match error {
            DirError::Held(_) => Code::DATA_DIR_HELD,
            DirError::Io { .. } | DirError::Foreign | DirError::HandleKey => Code::DATA_DIR_UNUSABLE,
            DirError::NoEntropy => Code::STORE_FAILED,
        };
        Self::new(code, format!("the data directory {} cannot be used: {error}", path.display()))
    }

    pub(crate) fn of_database(path: &Path, fault: Fault, cause: Option<sqlx::Error>) -> Self {
        let path = path.display();
        let text = match fault {
            Fault::Corrupt => format!("the database {path} is damaged or is no database of Peta's: restore a backup"),
            Fault::Unusable => format!("the database {path} cannot be opened for writing: check its owner and mode"),
            Fault::Newer => format!("the database {path} was written by a newer Peta: use that version or a later one"),
            Fault::Failed => format!("the database {path} cannot be read or written: check the disk"),
        };
        Self { cause, ..Self::new(fault.code(), text) }
    }

    /// The files of the record.
    pub(crate) fn of_record(error: &StartError) -> Self {
        let (code, help) = match error {
            StartError::Io { .. } => (Code::STORE_FAILED, "check the disk, and the owner of the file"),
            StartError::Foreign(_) => {
                (Code::RECORD_DAMAGED, "restore database and record from one backup, or move the file away")
            }
            StartError::Newer(_) => (Code::STORE_NEWER, "use that version or a later one"),
        };
        Self::new(code, format!("the record cannot be opened: {error}: {help}"))
    }

    /// The move of the record from the database into files.
    pub(crate) fn of_carry(path: &Path, error: CarryError) -> Self {
        let path = path.display();
        match error {
            CarryError::Record(error) => Self::of_record(&error),
            CarryError::Older => {
                let help = "restore database and record from one backup";
                let text = format!("the record {path} is newer than the database: {help}");
                Self::new(Code::RECORD_DAMAGED, text)
            }
            error => {
                let text = format!("the record cannot be moved to {path}: {error}: check the disk");
                Self::new(Code::STORE_FAILED, text)
            }
        }
    }

    pub(crate) fn unwritten(path: &Path, error: &Unwritten) -> Self {
        let text = format!("the record {} cannot be written: {error}: check the disk", path.display());
        Self::new(Code::STORE_FAILED, text)
    }

    /// The tree over the record.
    pub(crate) fn of_tree(error: &TreeError, log: LogName) -> Self {
        let (code, help) = match error {
            TreeError::Io { .. } => (Code::STORE_FAILED, "check the disk, and the owner of the file"),
            TreeError::Unreadable(_) => (Code::RECORD_DAMAGED, "restore it from a backup or a witness"),
            TreeError::Name(_) => (Code::RECORD_DAMAGED, "restore database and record from one backup"),
            TreeError::Shorter { .. }
            | TreeError::Other(_)
            | TreeError::Changed(_)
            | TreeError::Apart(_)
            | TreeError::Unhashed { .. } => {
                let help = "nothing is written to it: put the newest record back, or go on with a new log by \
                    `peta audit fork --reason TEXT`";
                (Code::RECORD_FORKED, help)
            }
        };
        let known = match error {
            TreeError::Shorter { known, .. } | TreeError::Other(known) => Some(Box::new(known.clone())),
            _ => None,
        };
        let what = match log {
            LogName::Default => "the record",
            LogName::System => "the log `system`",
        };
        Self { known, log, ..Self::new(code, format!("{what} is not what was signed: {error}: {help}")) }
    }

    /// The checkpoint that the record does not fit, if that is what is wrong.
    pub(crate) fn known(&self) -> Option<&Known> {
        self.known.as_deref()
    }

    /// Which log it is about.
    pub(crate) const fn log(&self) -> LogName {
        self.log
    }

    /// Whether the record is not what a checkpoint says.
    pub(crate) fn is_fork(&self) -> bool {
        self.code == Code::RECORD_FORKED
    }

    pub(crate) fn cut_off() -> Self {
        Self::new(Code::STORE_FAILED, "the start was cut off".to_owned())
    }

    pub(crate) fn no_entropy() -> Self {
        Self::new(Code::STORE_FAILED, NoEntropy.to_string())
    }
}
