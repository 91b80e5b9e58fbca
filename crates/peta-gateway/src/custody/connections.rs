//! Whoever gets tokens from authorization servers. How that is done is not known here; Core brings somebody who knows.

use std::pin::Pin;

use peta_model::{Code, CredentialId};

/// What is given when it is done.
pub type Connecting<'c, T> = Pin<Box<dyn Future<Output = Result<T, NotConnected>> + Send + 'c>>;

/// What a call may need of it.
pub trait Connections: Send + Sync {
    /// A link by which a person connects, once and for a short while.
    fn link(&self, wanted: WantedLink) -> Connecting<'_, GivenLink>;

    /// Renews what was granted, if nobody has since this version.
    fn renew(&self, credential: CredentialId, version: u64) -> Connecting<'_, ()>;

    /// A server refuses what was renewed just now: looks whether it still is whom that was granted for.
    fn doubt(&self, credential: CredentialId, version: u64) -> Connecting<'_, ()>;

    /// What to ask for after a refusal with these challenges, a few times and no more.
    fn step_up(&self, credential: CredentialId, challenges: Vec<String>) -> Connecting<'_, String>;
}

/// For whom and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedLink {
    /// Of another person it is the model.
    pub credential: CredentialId,
    pub person: String,
    pub scopes: Option<String>,
}

/// What a person opens, and the key by which the store knows how far they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenLink {
    pub url: String,
    pub key: [u8; 32],
}

/// Why nothing came of it; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct NotConnected {
    pub code: Code,
    pub text: String,
}
