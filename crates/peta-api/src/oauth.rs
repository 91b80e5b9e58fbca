//! Credentials that a person grants at an authorization server (OAuth 2.1), or that Peta gets there for itself. Tokens are
//! in no answer.

use std::collections::BTreeMap;

use peta_model::{ClientAuth, CredentialName, Moment, Scope, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    secret::Secret,
    word::{CapabilityText, ClientAuthWord, MomentText},
};

/// What is asked for, and what was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OAuth {
    /// The authorization server's identifier: that of the grant, else the one that an administrator named; `null` when it
    /// will be the one that the server names.
    #[schema(required, example = "https://github.com/login/oauth")]
    pub issuer: Option<String>,
    /// The id of the client that was entered; `null` when Peta registers itself.
    #[schema(required)]
    pub client_id: Option<String>,
    /// How that client shows its secret; `null` when it is as the provider says it takes them.
    #[schema(required, value_type = Option<ClientAuthWord>)]
    pub client_auth: Option<ClientAuth>,
    /// The provider's profile.
    #[schema(required, example = "github")]
    pub profile: Option<String>,
    /// Whether Peta gets tokens for itself, without a person.
    pub client_credentials: bool,
    /// The scopes that are asked for; `null` for those that the server names.
    #[schema(required)]
    pub asks: Option<String>,
    /// The scopes that were granted, where the provider says.
    #[schema(required)]
    pub scopes: Option<String>,
    /// When the tokens were made; `null` before anybody connected.
    #[schema(required, value_type = Option<MomentText>)]
    pub issued: Option<Moment>,
    /// When the token runs out; `null` when the provider did not say.
    #[schema(required, value_type = Option<MomentText>)]
    pub expires: Option<Moment>,
    /// Whether Peta renews it by itself.
    pub refreshable: bool,
    /// Why what was granted serves no more, as a code.
    #[schema(required, example = "P4021")]
    pub broken: Option<String>,
}

/// A credential that is to be granted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOAuthCredential {
    /// 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.
    #[schema(value_type = String, example = "github", pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    pub name: CredentialName,
    /// The server that is given it, at a URL.
    #[schema(value_type = String, example = "github")]
    pub server: Slug,
    /// Whose it is: one person's. Not with `group`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whose it is: of everybody in a group. Without `user` and `group` it is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What of the server it is for; all that Peta asks of it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CapabilityText>)]
    pub capability: Option<Scope>,
    /// The authorization server's identifier, to the letter. Needed with `client_id` where there is no `profile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The id of a client that was entered at the provider; without one Peta registers itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Its secret.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "Secret::send_if")]
    pub client_secret: Option<Secret>,
    /// How it is shown. When absent: as the provider says it takes them, as HTTP Basic if it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ClientAuthWord>)]
    pub client_auth: Option<ClientAuth>,
    /// Instead of a secret: the private key that it signs with (`private_key_jwt`), as PKCS #8 in PEM, for ES256 or EdDSA.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "Secret::send_if")]
    pub client_key: Option<Secret>,
    /// The id (`kid`) under which the provider knows the public half of that key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key_id: Option<String>,
    /// The scopes to ask for, with spaces between; those that the server names when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// A provider that does not describe itself, by the name of its profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What the addresses of the profile need, such as a tenant.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Peta gets tokens for itself with the client that was entered; no person connects.
    #[serde(default)]
    pub client_credentials: bool,
}

/// What became of a credential that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialRemoved {
    /// What was not done at its provider, in words; `null` when all was, or when there was nothing to do.
    #[schema(required)]
    pub warning: Option<String>,
}
