//! Why a connection came to nothing, or tokens were not renewed: a code, and words for people. No text holds a secret.

use peta_admin::NotConnected;
use peta_dial::DialError;
use peta_identity::oauth::{Error, FetchError};
use peta_model::Code;
use peta_store::ChangeError;
use peta_vault::{
    envelope::{OpenError, SealError},
    safe::{NotLent, NotSealed},
};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(super) struct Trouble {
    pub(super) code: Code,
    pub(super) text: String,
    /// The same step may succeed later.
    pub(super) passing: bool,
}

impl Trouble {
    pub(super) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), passing: false }
    }

    pub(super) fn unknown() -> Self {
        Self::new(Code::CONNECT_UNKNOWN, "the link or connection is unknown, was used already, or is over")
    }

    fn later(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), passing: true }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let code = match &error {
            error if error.is_passing() => Code::PROVIDER_BUSY,
            Error::StateMismatch | Error::ConnectExpired | Error::OtherUser | Error::BadCallback => {
                Code::CONNECT_UNKNOWN
            }
            Error::Denied(_) | Error::CodeRefused | Error::Refused(_) => Code::CONNECT_REFUSED,
            Error::WrongIssuer | Error::WrongPlace => Code::CONNECT_WRONG_PLACE,
            Error::GrantRevoked | Error::NoRefreshToken => Code::CONNECT_AGAIN,
            Error::ResourceMismatch
            | Error::NoResource
            | Error::NoIssuer
            | Error::NoMetadata
            | Error::IssuerMismatch
            | Error::NoPkce
            | Error::NoAuthorizationEndpoint
            | Error::Place { .. }
            | Error::Fetch {
                error: FetchError::Dial(DialError::Refused) | FetchError::Place(_) | FetchError::Redirected,
                ..
            } => Code::METADATA_UNTRUSTED,
            Error::NoRegistration
            | Error::NoClientAuth
            | Error::OtherIssuer
            | Error::ClientRefused
            | Error::BadKey
            | Error::BadRedirectUri
            | Error::BadDocument
            | Error::BadProfile
            | Error::RegistrationRefused(_) => Code::CLIENT_NEEDED,
            Error::StepUpLimit | Error::StepUpUnknown => Code::SCOPES_NEEDED,
            Error::BadBytes => Code::CREDENTIAL_DAMAGED,
            _ => Code::PROVIDER_GARBAGE,
        };
        Self { code, text: error.to_string(), passing: error.is_passing() }
    }
}

impl From<ChangeError> for Trouble {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound(_) => Self::unknown(),
            ChangeError::NameTaken(_) | ChangeError::Conflict(_) => {
                Self::new(Code::ADMIN_CONFLICT, format!("it cannot be kept: {error}"))
            }
            error => {
                tracing::error!(%error, "a connection cannot be kept");
                Self::later(error.code(), "what was granted cannot be stored")
            }
        }
    }
}

fn locked() -> Trouble {
    Trouble::later(Code::VAULT_LOCKED, "the vault is locked")
}

fn damaged() -> Trouble {
    Trouble::new(Code::CREDENTIAL_DAMAGED, "what was kept of the connection does not open")
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        if error == OpenError::Locked { locked() } else { damaged() }
    }
}

impl From<SealError> for Trouble {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Locked | SealError::Open(OpenError::Locked) => locked(),
            SealError::Open(_) => damaged(),
            error => {
                tracing::error!(%error, "what was granted cannot be sealed");
                Self::later(Code::STORE_FAILED, "what was granted cannot be sealed")
            }
        }
    }
}

impl From<NotSealed> for Trouble {
    fn from(error: NotSealed) -> Self {
        match error {
            NotSealed::Unfit(why) => Self::new(Code::PROVIDER_GARBAGE, format!("the token cannot be kept: {why}")),
            NotSealed::Seal(error) => error.into(),
            NotSealed::Digest(_) => locked(),
        }
    }
}

impl From<NotLent> for Trouble {
    fn from(error: NotLent) -> Self {
        match error {
            NotLent::Locked => locked(),
            NotLent::Unbound => Self::new(Code::CREDENTIAL_UNBOUND, error.to_string()),
            NotLent::Damaged(_) => damaged(),
            NotLent::Full => Self::later(Code::ARENA_FULL, error.to_string()),
        }
    }
}

impl From<Trouble> for NotConnected {
    fn from(trouble: Trouble) -> Self {
        Self { code: trouble.code, text: trouble.text }
    }
}
