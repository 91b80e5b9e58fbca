//! What Core and a launcher say to each other over their socket. First the server's three streams beside one byte,
//! then the order (its length in four bytes, then JSON), then the
//! bytes of the secrets that it announces; afterwards single bytes one way, lines of JSON the other.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::secrets::Announced;

/// An order may be this large; arguments and environment of a process are bounded by the system well below.
pub(super) const LARGEST: usize = 4 << 20;

/// What to start.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) command: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) directory: Option<PathBuf>,
    /// Secrets whose bytes follow the order, in this order.
    pub(crate) secrets: Vec<Announced>,
    /// Where those go that are handed over as files.
    pub(crate) folder: Option<PathBuf>,
}

/// What Core wants done with a running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// SIGTERM to the server's group.
    Term,
    /// SIGKILL to all of its tree.
    Kill,
}

/// What a launcher tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Report {
    Started { pid: i32 },
    NotStarted { why: NotStarted },
    Exited { code: Option<i32>, signal: Option<i32> },
}

/// Why a command could not be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotStarted {
    NotFound,
    NotPermitted,
    Other,
}

impl Word {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Term => b'T',
            Self::Kill => b'K',
        }
    }

    pub(super) const fn read(byte: u8) -> Option<Self> {
        match byte {
            b'T' => Some(Self::Term),
            b'K' => Some(Self::Kill),
            _ => None,
        }
    }
}

impl NotStarted {
    pub(super) fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound,
            std::io::ErrorKind::PermissionDenied => Self::NotPermitted,
            _ => Self::Other,
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NotFound => "command not found",
            Self::NotPermitted => "permission denied",
            Self::Other => "the system refused to run it",
        }
    }
}
