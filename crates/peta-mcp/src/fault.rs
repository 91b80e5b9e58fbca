//! What can be wrong with a text that should be a message.

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the text is not UTF-8")]
    NotUtf8,
    #[error("not JSON at byte {at}")]
    NotJson { at: usize },
    #[error("longer than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("nested deeper than {limit}")]
    TooDeep { limit: u32 },
    #[error("a key stands twice in one object")]
    DuplicateKey,
    #[error("a string holds a lone surrogate")]
    LoneSurrogate,
    #[error("{0}")]
    NotAMessage(&'static str),
    #[error("the id must be a string or an integer of at most {limit} bytes")]
    BadId { limit: usize },
}
