//! Administrators' tokens: listed without their texts, made, revoked.

use peta_api::{
    AdminToken, AdminTokenGiven, Endpoint, List,
    endpoint::{AddAdminToken, ListAdminTokens, RevokeAdminToken},
};
use peta_identity::{TokenKind, mint};
use peta_model::{Role, TokenId};
use peta_store::{TokenOwner, TokenState};
use serde_json::json;

use super::agents::expiry;
use crate::{act, problem::Fault, register::Ask};

pub(crate) async fn list(ask: Ask<ListAdminTokens>) -> Result<List<AdminToken>, Fault> {
    let (snapshot, now) = (ask.admin.store().snapshot(), ask.admin.lives());
    let shown = snapshot.admin_tokens().into_iter().filter_map(|token| match token.owner {
        TokenOwner::Admin(role) if token.state(now) == TokenState::Live => Some(AdminToken {
            id: token.id,
            role,
            created: token.created,
            expires: token.expires,
            last_used: token.last_used(),
        }),
        TokenOwner::Admin(_) | TokenOwner::Agent(_) => None,
    });
    Ok(List::whole(shown.collect()))
}

pub(crate) async fn add(ask: Ask<AddAdminToken>) -> Result<AdminTokenGiven, Fault> {
    let role = ask.body.role.unwrap_or(Role::Owner);
    let expires = expiry(&ask.admin, ask.body.expires)?;
    let intent = act::intent(&ask.admin, &ask.who, AddAdminToken::OPERATION);
    let intent = act::with_detail(intent, &json!({ "role": role, "expires": expires }));
    let token = mint(TokenKind::Admin, ask.admin.random());
    let created = intent.time;
    let id = ask.admin.store().add_admin_token(intent, token.hash(), role, expires).await?;
    let about = AdminToken { id, role, created, expires, last_used: None };
    Ok(AdminTokenGiven { about, token: token.reveal().to_owned() })
}

pub(crate) async fn revoke(ask: Ask<RevokeAdminToken>) -> Result<(), Fault> {
    let id: TokenId = ask.name().parse().map_err(|_| Fault::no_such_token())?;
    let intent = act::intent(&ask.admin, &ask.who, RevokeAdminToken::OPERATION);
    let intent = act::with_detail(intent, &json!({ "token": id }));
    ask.admin.store().revoke_admin_token(intent, id).await?;
    Ok(())
}
