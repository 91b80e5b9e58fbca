//! Why a key provider that is a service did not do what it was asked. No text holds what the service said in its own words,
//! for that may repeat what it was sent: a status and a code, if it gave one that looks like one.

use peta_vault::root::RootError;

/// What went wrong with a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer: the name, the connection, TLS, or its time. Or it answered that it cannot work now.
    #[error("it cannot be reached: {0}")]
    Away(String),
    /// It does not let Core use the key, or does not know Core.
    #[error("it does not let Core use the key: {0}")]
    Denied(String),
    /// There is no such key, or it is disabled or to be destroyed.
    #[error("the key is not there, or disabled: {0}")]
    NoKey(String),
    /// What it was given was not wrapped by this key for this context, or is damaged.
    #[error("it did not wrap this, or not for this key of Peta's")]
    Refused,
    /// An answer that is none: too long, of another form, or with a checksum that is wrong.
    #[error("its answer cannot be used: {0}")]
    Answer(&'static str),
    /// What Core proves itself with cannot be read, or is not there.
    #[error("what Core proves itself with cannot be used: {0}")]
    Credentials(String),
    #[error("Core is stopping")]
    Stopping,
    #[error("no random bytes can be had")]
    NoRandom,
}

impl From<Trouble> for RootError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused => Self::Refused,
            Trouble::NoRandom => Self::Random(peta_vault::NoRandom),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl Trouble {
    /// What a status means where the provider gave no better reason.
    pub(crate) fn of_status(status: u16, code: Option<&str>) -> Self {
        let said = said(status, code);
        match status {
            401 | 403 => Self::Denied(said),
            404 | 410 => Self::NoKey(said),
            429 | 500..=599 => Self::Away(said),
            _ => Self::Answer("a status that was not expected"),
        }
    }
}

/// `HTTP 403 AccessDenied`; a code that does not look like one is left out.
pub(crate) fn said(status: u16, code: Option<&str>) -> String {
    let is_code = |code: &&str| {
        (1..=64).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
    };
    match code.filter(is_code) {
        Some(code) => format!("HTTP {status} {code}"),
        None => format!("HTTP {status}"),
    }
}
