//! What keeps old files from going.

use std::fmt;

/// Why files that are old enough stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    /// For legal holds, by their names.
    Held(Vec<String>),
    /// A sink has not been sent all of it.
    Unread(String),
    /// It is not in the archive yet.
    Unarchived,
    /// No checkpoint speaks of it.
    Unsigned,
    /// Its last entries share a bundle with the one that would tell that they expired.
    Edge,
    /// Something that began in it has not ended.
    Open(u64),
    /// What expired before is still there.
    Pending,
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(names) => {
                let (hold, keeps) = if names.len() == 1 { ("hold", "keeps") } else { ("holds", "keep") };
                write!(f, "the legal {hold} `{}` {keeps} the record", names.join("`, `"))
            }
            Self::Unread(sink) => write!(f, "the sink `{sink}` has not been sent all of it"),
            Self::Unarchived => f.write_str("the archive does not have all of it yet"),
            Self::Unsigned => f.write_str("it is not signed yet, which needs an unlocked vault"),
            Self::Edge => {
                f.write_str("its last entries share a bundle of 256 with the newest: it goes when there are more")
            }
            Self::Open(event) => write!(f, "event {event} has begun in it and has not ended"),
            Self::Pending => f.write_str("what expired before is still there: it goes when `record.expired` is signed"),
        }
    }
}
