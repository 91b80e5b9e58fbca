//! Agents: software that calls through Peta, whom it acts for, what it may use, and its service tokens.
//! A token's text is told once, when it is made.

use peta_model::{AgentName, Grant, Moment, Span, TokenId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    expiry::Expiry,
    word::{GrantText, MomentText, SpanText},
};

/// A registered agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Agent {
    /// Its name, unique.
    #[schema(value_type = String, example = "build-bot")]
    pub name: AgentName,
    /// Whom it acts for; `null` for nobody in particular.
    #[schema(required)]
    pub user: Option<String>,
    /// Groups that it belongs to.
    pub groups: Vec<String>,
    /// What it may use.
    #[schema(value_type = Vec<GrantText>)]
    pub grants: Vec<Grant>,
    /// When it was registered.
    #[schema(value_type = MomentText)]
    pub created: Moment,
    /// When its newest token ends; `null` when that does not end by itself.
    #[schema(required, value_type = Option<MomentText>)]
    pub expires: Option<Moment>,
    /// When it was revoked; `null` when it is not.
    #[schema(required, value_type = Option<MomentText>)]
    pub revoked: Option<Moment>,
    /// When one of its tokens was last used; `null` when none ever was.
    #[schema(required, value_type = Option<MomentText>)]
    pub last_used: Option<Moment>,
    /// How often it sent a secret that it was never given.
    pub guesses: u32,
    /// For that it was suspended: nothing is taken from it until somebody pardons it.
    pub suspended: bool,
    /// Its tokens that still open something, oldest first.
    pub tokens: Vec<AgentToken>,
}

/// A service token, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentToken {
    /// Names the token in the record.
    #[schema(value_type = String)]
    pub id: TokenId,
    /// When it was made.
    #[schema(value_type = MomentText)]
    pub created: Moment,
    /// When it ends; `null` when it does not end by itself.
    #[schema(required, value_type = Option<MomentText>)]
    pub expires: Option<Moment>,
    /// When it was last used; `null` when it never was.
    #[schema(required, value_type = Option<MomentText>)]
    pub last_used: Option<Moment>,
}

/// An agent to be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.
    #[schema(value_type = String, example = "build-bot", pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    pub name: AgentName,
    /// Whom it acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Groups that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// What it may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<GrantText>)]
    pub grants: Vec<Grant>,
    /// When its token ends; never by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
}

/// How to change an agent's token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How long the old token still works; not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SpanText>)]
    pub grace: Option<Span>,
    /// When the new token ends; never by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
}

/// An agent and its new service token, told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenGiven {
    pub agent: Agent,
    /// The service token. Peta keeps only its digest and cannot show it again.
    pub token: String,
}

impl std::fmt::Debug for TokenGiven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenGiven").field("agent", &self.agent).finish_non_exhaustive()
    }
}
