//! Credentials: what Peta shows to servers on behalf of those who call. A secret goes in with a request and is in no answer.

use peta_model::{CredentialId, CredentialName, Moment, Scope, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    oauth::OAuth,
    secret::Secret,
    word::{CapabilityText, DeliveryClassWord, MomentText},
};

/// How a server is given a credential: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Delivery {
    /// A header of each request. Only for a server at a URL.
    Header(HeaderDelivery),
    /// The parameter of this name in each request's query. Only for a server at a URL.
    Query(String),
    /// The cookie of this name in each request. Only for a server at a URL.
    Cookie(String),
    /// HTTP Basic (RFC 7617): the secret is the password. Only for a server at a URL.
    Basic(BasicDelivery),
    /// The environment variable of this name, for the life of the process. Only for a server with a command.
    Env(String),
    /// A file descriptor that can be read once; the variable of this name holds its number. Only for a server with a command.
    Fd(String),
    /// A file in memory that only the server's user can read; the variable of this name holds its path. Only for a server with a command.
    File(String),
}

/// A header with a secret in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderDelivery {
    /// The header's name.
    #[schema(example = "Authorization")]
    pub name: String,
    /// Its value; `{}`, which stands in it once, is the secret.
    #[schema(example = "Bearer {}")]
    pub template: String,
}

/// HTTP Basic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicDelivery {
    /// The user's name, without `:`.
    pub user: String,
}

/// A credential, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Credential {
    /// Its name, unique.
    #[schema(value_type = String, example = "github-token")]
    pub name: CredentialName,
    /// Names it in the record, for life.
    #[schema(value_type = String)]
    pub id: CredentialId,
    /// The server that is given it.
    #[schema(value_type = String, example = "github")]
    pub server: Slug,
    /// Whose it is; `null` when it is no one person's.
    #[schema(required)]
    pub user: Option<String>,
    /// Whose it is; `null` when it is no group's. Without user and group it is everybody's who may use the server.
    #[schema(required)]
    pub group: Option<String>,
    /// How the server is given it.
    pub delivery: Delivery,
    /// Whether it is lent, or handed over.
    #[schema(value_type = DeliveryClassWord)]
    pub class: String,
    /// What that means.
    #[schema(example = "lent to one request at a time, for at most 30 seconds")]
    pub promise: String,
    /// What of the server it is for; `null` for all that Peta asks of it.
    #[schema(required, value_type = Option<CapabilityText>)]
    pub capability: Option<Scope>,
    /// The place that it is bound to: the origin of the server's URL when it was set or confirmed, or `stdio`.
    #[schema(example = "https://api.example.com")]
    pub origin: String,
    /// What was asked for and granted, of one that is granted by OAuth; `null` for one that was stored.
    #[schema(required)]
    pub oauth: Option<OAuth>,
    /// Whether it can be used.
    pub state: CredentialState,
    /// Grows with each change of its secret or place.
    pub version: u64,
    /// When it was added.
    #[schema(value_type = MomentText)]
    pub added: Moment,
    /// When its secret was set or it was confirmed.
    #[schema(value_type = MomentText)]
    pub set: Moment,
    /// By whom.
    pub set_by: String,
    /// When it was last used; `null` when it never was.
    #[schema(required, value_type = Option<MomentText>)]
    pub last_used: Option<Moment>,
}

/// Whether a credential can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// It is given to its server.
    Ready,
    /// Nobody has confirmed yet whose it is.
    Held,
    /// The server is at another place than the one it was given for; it is sent nowhere until it is confirmed.
    Unbound,
    /// The database holds an older version than the record knows: it was put back. It is sent nowhere until it is rotated.
    RolledBack,
    /// Nobody has connected yet.
    Unconnected,
    /// What was granted serves no more: somebody must connect again.
    Reconnect,
}

/// A credential to be stored.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredential {
    /// 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.
    #[schema(value_type = String, example = "github-token", pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    pub name: CredentialName,
    /// The server that is given it.
    #[schema(value_type = String, example = "github")]
    pub server: Slug,
    /// How the server is given it.
    pub delivery: Delivery,
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
    /// Store it, and use it only once it was confirmed.
    #[serde(default)]
    pub held: bool,
    /// The secret.
    #[serde(serialize_with = "Secret::send")]
    pub secret: Secret,
}

/// A new secret for a credential.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// The secret.
    #[serde(serialize_with = "Secret::send")]
    pub secret: Secret,
}

/// A credential whose secret was just stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialStored {
    #[serde(flatten)]
    pub credential: Credential,
    /// What whoever stored it should know, such as that the secret is easy to guess.
    pub warnings: Vec<String>,
}

impl CredentialState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Held => "held",
            Self::Unbound => "unbound",
            Self::RolledBack => "rolled_back",
            Self::Unconnected => "unconnected",
            Self::Reconnect => "reconnect",
        }
    }
}
