//! Agents: listed, shown, registered, given new tokens, revoked. A token's text is in one answer and nowhere else.

use std::sync::Arc;

use peta_api::{
    Agent, Endpoint, Expiry, List, TokenGiven,
    endpoint::{AddAgent, ListAgents, PardonAgent, RevokeAgent, RotateAgent, ShowAgent},
};
use peta_identity::{TokenKind, mint};
use peta_model::Moment;
use peta_store::{AgentEntry, NewAgent, Rotation};
use serde_json::json;

use crate::{act, admin::Admin, problem::Fault, register::Ask, view};

/// The longest name of a user or group, in bytes.
const NAME_LIMIT: usize = 256;

pub(crate) async fn list(ask: Ask<ListAgents>) -> Result<List<Agent>, Fault> {
    let (snapshot, now) = (ask.admin.store().snapshot(), ask.admin.lives());
    Ok(List::whole(snapshot.agents().into_iter().map(|entry| view::agent(&snapshot, entry, now)).collect()))
}

pub(crate) async fn show(ask: Ask<ShowAgent>) -> Result<Agent, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    Ok(view::agent(&ask.admin.store().snapshot(), &entry, ask.admin.lives()))
}

pub(crate) async fn add(ask: Ask<AddAgent>) -> Result<TokenGiven, Fault> {
    let Ask { admin, who, body, .. } = ask;
    if let Some(user) = &body.user {
        check_name("user", user)?;
    }
    for (at, group) in body.groups.iter().enumerate() {
        check_name(&format!("groups[{at}]"), group)?;
    }
    let expires = expiry(&admin, body.expires)?;
    let about = json!({
        "agent": body.name, "user": body.user, "groups": body.groups, "grants": body.grants, "expires": expires,
    });
    let intent = act::about_person(act::intent(&admin, &who, AddAgent::OPERATION), body.user.as_deref());
    let intent = act::with_detail(intent, &about);
    let token = mint(TokenKind::Service, admin.random());
    let new = NewAgent {
        name: body.name,
        user: body.user,
        groups: body.groups,
        grants: body.grants,
        token: token.hash(),
        expires,
    };
    let entry = admin.store().add_agent(intent, new).await?;
    Ok(TokenGiven { agent: shown(&admin, &entry), token: token.reveal().to_owned() })
}

pub(crate) async fn rotate(ask: Ask<RotateAgent>) -> Result<TokenGiven, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let Ask { admin, who, body, .. } = ask;
    let expires = expiry(&admin, body.expires)?;
    let about = json!({ "agent": entry.name, "grace": body.grace, "expires": expires });
    let intent = act::about_person(act::intent(&admin, &who, RotateAgent::OPERATION), entry.user.as_deref());
    let intent = act::with_detail(intent, &about);
    let token = mint(TokenKind::Service, admin.random());
    let rotation = Rotation { token: token.hash(), expires, grace: body.grace };
    let entry = admin.store().rotate(intent, entry.id, rotation).await?;
    Ok(TokenGiven { agent: shown(&admin, &entry), token: token.reveal().to_owned() })
}

pub(crate) async fn pardon(ask: Ask<PardonAgent>) -> Result<Agent, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let intent = act::intent(&ask.admin, &ask.who, PardonAgent::OPERATION);
    let intent = act::about_person(intent, entry.user.as_deref());
    let intent = act::with_detail(intent, &json!({ "agent": entry.name, "guesses": entry.guesses }));
    let entry = ask.admin.store().pardon(intent, entry.id).await?;
    Ok(shown(&ask.admin, &entry))
}

pub(crate) async fn revoke(ask: Ask<RevokeAgent>) -> Result<Agent, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let intent = act::intent(&ask.admin, &ask.who, RevokeAgent::OPERATION);
    let intent = act::about_person(intent, entry.user.as_deref());
    let intent = act::with_detail(intent, &json!({ "agent": entry.name }));
    let entry = ask.admin.store().revoke_agent(intent, entry.id).await?;
    Ok(shown(&ask.admin, &entry))
}

/// The agent of that name.
pub(crate) fn named(admin: &Admin, name: &str) -> Result<Arc<AgentEntry>, Fault> {
    admin.store().snapshot().agent_named(name).cloned().ok_or_else(|| Fault::not_found("agent", name))
}

/// The point in time that an expiry means; it lies ahead.
pub(crate) fn expiry(admin: &Admin, expiry: Option<Expiry>) -> Result<Option<Moment>, Fault> {
    let now = admin.lives();
    match expiry.map(|expiry| expiry.from(now)) {
        Some(at) if at <= now => Err(Fault::bad_field("expires", "this time is already over")),
        at => Ok(at),
    }
}

fn shown(admin: &Admin, entry: &AgentEntry) -> Agent {
    view::agent(&admin.store().snapshot(), entry, admin.lives())
}

/// The name of a user or group.
pub(crate) fn check_name(field: &str, name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() || name.len() > NAME_LIMIT || name.chars().any(char::is_control) {
        return Err(Fault::bad_field(field, "a name has 1 to 256 bytes and no control characters"));
    }
    Ok(())
}
