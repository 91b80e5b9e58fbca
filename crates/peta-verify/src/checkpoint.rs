//! C2SP tlog-checkpoint: three lines that say what log, how many entries, and the root over them. Extension lines are
//! refused: Peta writes none, and what is not understood is not vouched for.

use std::{fmt, str::FromStr};

use super::hash::Hash;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

/// A text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCheckpoint {
    #[error("a checkpoint has three lines, each with its end")]
    Lines,
    #[error("the first line names no log")]
    Origin,
    #[error("the second line is no number of entries, written as short as can be")]
    Size,
    #[error("the third line is no base64 of a hash")]
    Root,
}

impl FromStr for Checkpoint {
    type Err = NoCheckpoint;

    fn from_str(text: &str) -> Result<Self, NoCheckpoint> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines.as_slice() else { return Err(NoCheckpoint::Lines) };
        if origin.is_empty() {
            return Err(NoCheckpoint::Origin);
        }
        let number: u64 = size.parse().map_err(|_| NoCheckpoint::Size)?;
        // One number has one spelling: no sign, no zeros before it.
        if number.to_string() != *size {
            return Err(NoCheckpoint::Size);
        }
        Ok(Self { origin: (*origin).to_owned(), size: number, root: root.parse().map_err(|_| NoCheckpoint::Root)? })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}
