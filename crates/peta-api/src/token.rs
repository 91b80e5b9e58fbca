//! Administrators' tokens, for `PETA_TOKEN`: they open the admin API and nothing else.

use peta_model::{Moment, Role, TokenId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    expiry::Expiry,
    word::{MomentText, RoleWord},
};

/// An administrator's token to be made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdminToken {
    /// What it may do; `owner` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RoleWord>)]
    pub role: Option<Role>,
    /// When it ends; never by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
}

/// An administrator's token, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdminToken {
    /// Names the token in the record.
    #[schema(value_type = String)]
    pub id: TokenId,
    /// What it may do.
    #[schema(value_type = RoleWord)]
    pub role: Role,
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

/// A new administrator's token, told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdminTokenGiven {
    #[serde(flatten)]
    pub about: AdminToken,
    /// The token. Peta keeps only its digest and cannot show it again.
    pub token: String,
}

impl std::fmt::Debug for AdminTokenGiven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminTokenGiven").field("about", &self.about).finish_non_exhaustive()
    }
}
