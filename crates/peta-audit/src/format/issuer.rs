//! Who sends.

/// One installation of Peta, as receivers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The installation's identifier.
    pub install: String,
    /// Peta's version.
    pub version: &'static str,
    /// The host's name; empty if it is not known.
    pub host: String,
}
