//! What a form is: how the secret was written, and where it is looked for.

/// How the secret was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FormKind {
    Raw = 1,
    JsonEscaped = 2,
    Base64 = 3,
    Base64Url = 4,
    Hex = 5,
    Percent = 6,
    Basic = 7,
    Header = 8,
}

/// Where a form is looked for, and by which window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// Anywhere, by its first 16 bytes.
    Long = 1,
    /// Anywhere, by its first 8 bytes.
    Short = 2,
    /// As a whole string and nothing else.
    Whole = 3,
}

impl FormKind {
    pub(in crate::sanitize) const ALL: [Self; 8] = [
        Self::Raw,
        Self::JsonEscaped,
        Self::Base64,
        Self::Base64Url,
        Self::Hex,
        Self::Percent,
        Self::Basic,
        Self::Header,
    ];
}
