//! Servers: added, set, switched off and on, removed.

use std::sync::Arc;

use peta_model::{ServerId, ServerSpec, Transport};

use super::credentials::remove_of;
use crate::{
    entropy::random_id,
    entry::{AgentEntry, ServerEntry},
    sharing::check_server,
    sheet::{Change, ChangeError, Sheet},
    sql,
};

pub(crate) struct AddServer(pub(crate) ServerSpec);

pub(crate) struct SetServer(pub(crate) ServerId, pub(crate) ServerSpec);

pub(crate) struct SetDisabled(pub(crate) ServerId, pub(crate) bool);

pub(crate) struct RemoveServer(pub(crate) ServerId);

impl Change for AddServer {
    const WHAT: &'static str = "servers";
    type Done = Arc<ServerEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(spec) = self;
        if sheet.draft.server(spec.name.as_str()).is_some() {
            return Err(ChangeError::NameTaken(format!("a server named `{}`", spec.name)));
        }
        check_server(&spec, false)?;
        let id: ServerId = random_id()?;
        let query = sqlx::query(sql::ADD_SERVER).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        let query = query.bind(spec.name.as_str().to_owned()).bind(json(&spec)?).bind(sheet.at.micros());
        query.execute(&mut *sheet.conn).await?;
        let (origin, spec) = (spec.origin().into(), Arc::new(spec));
        Ok(sheet.draft.put_server(ServerEntry { id, spec, origin, disabled: false, learnt: None, added: sheet.at }))
    }
}

impl Change for SetServer {
    const WHAT: &'static str = "servers";
    type Done = Arc<ServerEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id, spec) = self;
        let old = sheet.server(id)?;
        if old.spec.name != spec.name {
            return Err(ChangeError::Conflict(
                "a server cannot be renamed: its name is part of what agents call".into(),
            ));
        }
        check_server(&spec, sheet.draft.has_personal(id))?;
        let query = sqlx::query(sql::SET_SERVER).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        query.bind(json(&spec)?).execute(&mut *sheet.conn).await?;
        let (origin, spec) = (spec.origin().into(), Arc::new(spec));
        let mut entry = ServerEntry { spec, origin, ..ServerEntry::clone(&old) };
        if !same_place(&old.spec.transport, &entry.spec.transport) && entry.learnt.take().is_some() {
            // What another program said does not describe this one.
            forget_learnt(sheet, id).await?;
        }
        Ok(sheet.draft.put_server(entry))
    }
}

impl Change for SetDisabled {
    const WHAT: &'static str = "servers";
    type Done = Arc<ServerEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id, disabled) = self;
        let old = sheet.server(id)?;
        if old.disabled == disabled {
            sheet.unchanged = true;
            return Ok(old);
        }
        let query = sqlx::query(sql::SET_DISABLED).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        query.bind(i64::from(disabled)).execute(&mut *sheet.conn).await?;
        Ok(sheet.draft.put_server(ServerEntry { disabled, ..ServerEntry::clone(&old) }))
    }
}

impl Change for RemoveServer {
    const WHAT: &'static str = "servers";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(id) = self;
        let old = sheet.server(id)?;
        remove_of(sheet, id).await?;
        // A grant must not outlive its server, or it would open whatever gets the name next.
        for statement in [sql::REMOVE_SERVER_GRANTS, sql::REMOVE_PAGES, sql::REMOVE_LEARNT, sql::REMOVE_SERVER] {
            let query = sqlx::query(statement).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
            query.execute(&mut *sheet.conn).await?;
        }
        let names = |agent: &AgentEntry| agent.grants.iter().any(|grant| grant.server == old.spec.name);
        let holders: Vec<_> = sheet.draft.agents().into_iter().filter(|agent| names(agent)).cloned().collect();
        for holder in holders {
            let mut agent = AgentEntry::clone(&holder);
            agent.grants.retain(|grant| grant.server != old.spec.name);
            sheet.draft.put_agent(agent);
        }
        sheet.draft.drop_server(&old.spec.name);
        Ok(())
    }
}

pub(super) async fn forget_learnt(sheet: &mut Sheet<'_>, id: ServerId) -> Result<(), ChangeError> {
    for statement in [sql::REMOVE_PAGES, sql::REMOVE_LEARNT] {
        let query = sqlx::query(statement).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        query.execute(&mut *sheet.conn).await?;
    }
    Ok(())
}

/// Whether both reach the same program: environment and HTTP dialect may differ.
fn same_place(one: &Transport, other: &Transport) -> bool {
    match (one, other) {
        (Transport::Stdio { command: a, args: b, .. }, Transport::Stdio { command: c, args: d, .. }) => {
            (a, b) == (c, d)
        }
        (Transport::Http { url: a, .. }, Transport::Http { url: b, .. }) => a == b,
        (Transport::Stdio { .. }, Transport::Http { .. }) | (Transport::Http { .. }, Transport::Stdio { .. }) => false,
    }
}

fn json(spec: &ServerSpec) -> Result<String, ChangeError> {
    serde_json::to_string(spec).map_err(|error| ChangeError::Failed(sqlx::Error::Encode(error.into())))
}
