//! What can go wrong, for all steps of a connection. No text holds a secret, and of what a stranger said only single
//! words of a plain form are told.

use peta_dial::DialError;

use super::{fetch::FetchError, place::PlaceError};

/// Why a step did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    // Where to go.
    #[error("{what}: {error}")]
    Place { what: &'static str, error: PlaceError },
    #[error("{what} cannot be fetched: {error}")]
    Fetch { what: &'static str, error: FetchError },
    #[error("{what} answers with HTTP {status}")]
    Status { what: &'static str, status: u16 },
    #[error("{what} does not answer in the form that it should")]
    Garbled { what: &'static str },

    // What the server and its authorization server say of themselves.
    #[error("the metadata is of another resource than this server")]
    ResourceMismatch,
    #[error("the server's challenge names a place for its metadata, and nothing stands there")]
    NoResource,
    #[error("the server names no authorization server")]
    NoIssuer,
    #[error("the authorization server has no metadata where it should stand")]
    NoMetadata,
    #[error("the authorization server's metadata is of another issuer")]
    IssuerMismatch,
    #[error("the authorization server does not say that it takes PKCE with S256")]
    NoPkce,
    #[error("the authorization server has no page to ask a person at")]
    NoAuthorizationEndpoint,

    // Who Peta is there.
    #[error("the authorization server takes neither a client metadata document nor registrations; enter a client id")]
    NoRegistration,
    #[error("the authorization server refused to register Peta{}", .0.shown())]
    RegistrationRefused(Word),
    #[error("the authorization server registered something else than Peta asked for")]
    RegistrationAltered,
    #[error("the authorization server takes no way of proving who Peta is that Peta has")]
    NoClientAuth,
    #[error("the client belongs to another authorization server")]
    OtherIssuer,
    #[error("the private key cannot be used")]
    BadKey,
    #[error("the redirect URI must be https, or this machine")]
    BadRedirectUri,
    #[error("the client metadata document must stand at an https URL with a path")]
    BadDocument,

    // What came back by the browser.
    #[error("the answer cannot be read")]
    BadCallback,
    #[error("the answer belongs to no connection that was begun")]
    StateMismatch,
    #[error("the connection was begun by another user")]
    OtherUser,
    #[error("the connection was begun too long ago")]
    ConnectExpired,
    #[error("the answer comes from another authorization server")]
    WrongIssuer,
    #[error("the answer came to another place than the one that was named for it")]
    WrongPlace,
    #[error("the person or the authorization server refused{}", .0.shown())]
    Denied(Word),

    // What the token endpoint says.
    #[error("the code was refused; begin again")]
    CodeRefused,
    #[error("the grant was revoked or has run out; connect again")]
    GrantRevoked,
    #[error("the authorization server does not know Peta as a client (any more)")]
    ClientRefused,
    #[error("the authorization server refused{}", .0.shown())]
    Refused(Word),
    #[error("the authorization server cannot answer now (HTTP {status})")]
    Busy { status: u16 },
    #[error("the token is no bearer token")]
    NotBearer,
    #[error("the token has a form that cannot be sent")]
    BadToken,
    #[error("the token's lifetime makes no sense")]
    BadLifetime,
    #[error("this provider gave no refresh token; connect again when the token has run out")]
    NoRefreshToken,

    // More scopes.
    #[error("more scopes were asked for several times, and the server still wants more")]
    StepUpLimit,
    #[error("the server does not say which scopes it wants")]
    StepUpUnknown,

    // What was kept.
    #[error("the stored bytes cannot be read")]
    BadBytes,
    #[error("there is no such provider, or a part of its address is missing or not plain")]
    BadProfile,
}

/// A word that a stranger said, such as `access_denied`. Anything that is not one plain word is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word(Option<String>);

impl Word {
    pub(super) fn read(text: &str) -> Self {
        let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit());
        Self((plain && (1..=40).contains(&text.len())).then(|| text.to_owned()))
    }

    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn shown(&self) -> String {
        self.0.as_ref().map(|word| format!(": {word}")).unwrap_or_default()
    }
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The same step, later.
    Wait,
    /// The person connects again.
    Connect,
    /// An administrator: a client must be entered, a setting changed, a stored thing looked at.
    Administrator,
    /// Nobody here: the server or its authorization server is wrong, or hostile.
    Provider,
}

impl Error {
    /// Whether the same step may succeed later without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        self.remedy() == Remedy::Wait
    }

    /// What helps, for whoever tells people.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Busy { .. } => Remedy::Wait,
            Self::Status { status, .. } if *status >= 500 => Remedy::Wait,
            Self::Fetch { error: FetchError::Dial(DialError::Refused), .. } => Remedy::Provider,
            Self::Fetch { error: FetchError::Dial(_) | FetchError::Slow | FetchError::Broken, .. } => Remedy::Wait,
            Self::BadCallback
            | Self::StateMismatch
            | Self::OtherUser
            | Self::ConnectExpired
            | Self::Denied(_)
            | Self::CodeRefused
            | Self::GrantRevoked
            | Self::NoRefreshToken => Remedy::Connect,
            Self::NoRegistration
            | Self::NoClientAuth
            | Self::OtherIssuer
            | Self::ClientRefused
            | Self::BadKey
            | Self::BadRedirectUri
            | Self::BadDocument
            | Self::BadBytes
            | Self::BadProfile => Remedy::Administrator,
            Self::Place { .. }
            | Self::Fetch { .. }
            | Self::Status { .. }
            | Self::Garbled { .. }
            | Self::ResourceMismatch
            | Self::NoResource
            | Self::NoIssuer
            | Self::NoMetadata
            | Self::IssuerMismatch
            | Self::NoPkce
            | Self::NoAuthorizationEndpoint
            | Self::RegistrationRefused(_)
            | Self::RegistrationAltered
            | Self::WrongIssuer
            | Self::WrongPlace
            | Self::Refused(_)
            | Self::NotBearer
            | Self::BadToken
            | Self::BadLifetime
            | Self::StepUpLimit
            | Self::StepUpUnknown => Remedy::Provider,
        }
    }
}
