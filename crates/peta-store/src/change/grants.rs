//! Grants: given to an agent and taken back. A grant names a server that exists.

use std::sync::Arc;

use peta_model::{AgentId, Grant};

use crate::{
    entry::AgentEntry,
    sheet::{Change, ChangeError, Sheet},
    sql,
};

pub(crate) struct AddGrant(pub(crate) AgentId, pub(crate) Grant);

pub(crate) struct RemoveGrant(pub(crate) AgentId, pub(crate) Grant);

impl Change for AddGrant {
    const WHAT: &'static str = "grants";
    type Done = Arc<AgentEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id, grant) = self;
        let agent = sheet.live_agent(id)?;
        if agent.grants.contains(&grant) {
            sheet.unchanged = true;
            return Ok(agent);
        }
        insert(sheet, id, &grant).await?;
        let mut agent = AgentEntry::clone(&agent);
        agent.grants.push(grant);
        agent.grants.sort_by_cached_key(Grant::to_string);
        Ok(sheet.draft.put_agent(agent))
    }
}

impl Change for RemoveGrant {
    const WHAT: &'static str = "grants";
    type Done = Arc<AgentEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id, grant) = self;
        let agent = sheet.live_agent(id)?;
        if !agent.grants.contains(&grant) {
            return Err(ChangeError::NotFound(format!("grant `{grant}` of the agent `{}`", agent.name)));
        }
        let query = sqlx::query(sql::REMOVE_GRANT).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        query.bind(grant.to_string()).execute(&mut *sheet.conn).await?;
        let mut agent = AgentEntry::clone(&agent);
        agent.grants.retain(|other| *other != grant);
        Ok(sheet.draft.put_agent(agent))
    }
}

pub(super) async fn insert(sheet: &mut Sheet<'_>, agent: AgentId, grant: &Grant) -> Result<(), ChangeError> {
    let server = sheet.draft.server(grant.server.as_str()).map(|server| server.id);
    let server = server.ok_or_else(|| ChangeError::NotFound(format!("server named `{}`", grant.server)))?;
    let query = sqlx::query(sql::ADD_GRANT).bind(sheet.tenant()).bind(agent.as_bytes().to_vec());
    let query = query.bind(grant.to_string()).bind(server.as_bytes().to_vec()).bind(sheet.at.micros());
    query.execute(&mut *sheet.conn).await?;
    Ok(())
}
