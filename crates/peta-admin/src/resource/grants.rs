//! Grants: listed, given, taken.

use peta_api::{
    Endpoint, GrantEntry, List,
    endpoint::{AddGrant, ListGrants, RemoveGrant},
};
use serde_json::json;

use super::agents::named;
use crate::{act, problem::Fault, register::Ask};

pub(crate) async fn list(ask: Ask<ListGrants>) -> Result<List<GrantEntry>, Fault> {
    let snapshot = ask.admin.store().snapshot();
    let only = match &ask.query.agent {
        Some(name) => Some(named(&ask.admin, name.as_str())?.id),
        None => None,
    };
    let agents = snapshot.agents().into_iter().filter(|agent| match only {
        Some(id) => agent.id == id,
        None => agent.revoked.is_none(),
    });
    let entries = agents.flat_map(|agent| {
        agent.grants.iter().map(|grant| GrantEntry { agent: agent.name.clone(), grant: grant.clone() })
    });
    Ok(List::whole(entries.collect()))
}

pub(crate) async fn add(ask: Ask<AddGrant>) -> Result<GrantEntry, Fault> {
    let agent = named(&ask.admin, ask.body.agent.as_str())?;
    let intent = act::about_server(act::intent(&ask.admin, &ask.who, AddGrant::OPERATION), &ask.body.grant.server);
    let intent = act::about_person(intent, agent.user.as_deref());
    let intent = act::with_detail(intent, &json!({ "agent": agent.name, "grant": ask.body.grant }));
    ask.admin.store().add_grant(intent, agent.id, ask.body.grant.clone()).await?;
    Ok(ask.body)
}

pub(crate) async fn remove(ask: Ask<RemoveGrant>) -> Result<(), Fault> {
    let agent = named(&ask.admin, ask.query.agent.as_str())?;
    let intent = act::about_server(act::intent(&ask.admin, &ask.who, RemoveGrant::OPERATION), &ask.query.grant.server);
    let intent = act::about_person(intent, agent.user.as_deref());
    let intent = act::with_detail(intent, &json!({ "agent": agent.name, "grant": ask.query.grant }));
    ask.admin.store().remove_grant(intent, agent.id, ask.query.grant.clone()).await?;
    Ok(())
}
