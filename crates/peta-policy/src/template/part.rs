//! What a template is made of.

/// What a piece of a template stands for in a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Exactly these characters.
    Text(Box<str>),
    /// A value: one or more characters.
    Value(Value),
    /// All of these after each other, or nothing at all.
    Maybe(Vec<Part>),
    /// One of these.
    Either(Vec<Vec<Part>>),
}

/// Which characters, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    /// Also the characters that structure a URI.
    pub(super) reserved: bool,
    pub(super) most: Option<u16>,
    /// More values may follow, with this between them.
    pub(super) again: Option<u8>,
}
