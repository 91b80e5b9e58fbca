//! What is known of a credential that is granted by OAuth, without its tokens: what is asked for, and what was granted.

use std::collections::BTreeMap;

use peta_model::{ClientAuth, Moment};
use serde::{Deserialize, Serialize};

/// Of one credential.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OAuth {
    /// The authorization server's, if an administrator named it.
    pub issuer: Option<String>,
    /// Of a client that was entered.
    pub client_id: Option<String>,
    /// How it proves itself, if an administrator said so.
    pub client_auth: Option<ClientAuth>,
    /// To be asked for, with spaces between; what the server says when absent.
    pub scopes: Option<String>,
    /// The provider's profile, and what its addresses need.
    pub profile: Option<String>,
    pub variables: BTreeMap<String, String>,
    /// Peta's own, without a person.
    pub own: bool,
    pub granted: Option<Granted>,
    /// What was granted serves no more: why, as a code.
    pub broken: Option<String>,
}

/// What was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    pub issuer: String,
    pub scopes: Option<String>,
    pub issued: Moment,
    pub expires: Option<Moment>,
    pub refreshable: bool,
}

impl OAuth {
    /// Whether there is something to be lent.
    pub const fn is_connected(&self) -> bool {
        self.granted.is_some() && self.broken.is_none()
    }
}
