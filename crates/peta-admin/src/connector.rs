//! Whoever gets tokens from authorization servers: begins connections, revokes what was granted. How that is done is not
//! known here; Core brings somebody who knows.

use std::{pin::Pin, sync::Arc};

use peta_api::Secret;
use peta_model::{Code, CredentialId, Moment};
use peta_store::CredentialEntry;

/// What a connector gives, when it is done.
pub type Connecting<'c, T> = Pin<Box<dyn Future<Output = Result<T, NotConnected>> + Send + 'c>>;

/// Gets tokens. What it does is recorded by whoever asks it.
pub trait Connector: Send + Sync {
    /// Keeps a client that an administrator entered for a credential, sealed.
    fn keep_client(&self, client: EnteredClient) -> Connecting<'_, ()>;

    /// A link for the person whose the credential is.
    fn link(&self, credential: CredentialId, administrator: String) -> Connecting<'_, Link>;

    /// Gets a token of Peta's own.
    fn connect_own(&self, credential: CredentialId) -> Connecting<'_, Arc<CredentialEntry>>;

    /// Gives back what was granted. What was not done is told in words.
    fn revoke(&self, credential: CredentialId) -> Connecting<'_, Option<String>>;
}

/// A client that was entered at a provider by hand.
pub struct EnteredClient {
    pub credential: CredentialId,
    pub issuer: Option<String>,
    pub id: String,
    pub secret: Option<Secret>,
    pub key: Option<EnteredKey>,
}

/// What such a client signs with.
pub struct EnteredKey {
    /// PKCS #8 in PEM.
    pub pem: Secret,
    /// Under which its public half is known.
    pub id: Option<String>,
}

/// Where a person goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub url: String,
    pub until: Moment,
}

/// Why nothing came of it. The text is for people, and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct NotConnected {
    pub code: Code,
    pub text: String,
}
