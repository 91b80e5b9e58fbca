//! Agents: added with a first token and grants, and revoked for good.

use std::sync::Arc;

use peta_model::{AgentId, AgentName, Grant, Moment};

use super::{
    grants::insert,
    tokens::{NewToken, end_token, insert_token},
};
use crate::{
    entropy::random_id,
    entry::{AgentEntry, TokenEntry, TokenOwner, TokenState},
    sheet::{Change, ChangeError, Sheet},
    sql,
};

/// An agent to be added.
#[derive(Debug, Clone)]
pub struct NewAgent {
    pub name: AgentName,
    pub user: Option<String>,
    pub groups: Vec<String>,
    pub grants: Vec<Grant>,
    /// SHA-256 of its first service token.
    pub token: [u8; 32],
    pub expires: Option<Moment>,
}

pub(crate) struct AddAgent(pub(crate) NewAgent);

pub(crate) struct RevokeAgent(pub(crate) AgentId);

/// It guessed once more.
pub(crate) struct CountGuess(pub(crate) AgentId);

/// A person looked into its guesses: the count begins anew.
pub(crate) struct Pardon(pub(crate) AgentId);

impl Change for AddAgent {
    const WHAT: &'static str = "agents";
    type Done = Arc<AgentEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(NewAgent { name, user, groups, mut grants, token, expires }) = self;
        if sheet.draft.agent_named(name.as_str()).is_some_and(|other| other.revoked.is_none()) {
            return Err(ChangeError::NameTaken(format!("an agent named `{name}`")));
        }
        grants.sort_by_cached_key(Grant::to_string);
        grants.dedup();
        let id: AgentId = random_id()?;
        let query = sqlx::query(sql::ADD_AGENT).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        let query = query.bind(name.as_str().to_owned()).bind(user.clone()).bind(group_json(&groups)?);
        query.bind(sheet.at.micros()).execute(&mut *sheet.conn).await?;
        for grant in &grants {
            insert(sheet, id, grant).await?;
        }
        let owner = TokenOwner::Agent(id);
        insert_token(sheet, NewToken { hash: token, owner, expires }).await?;
        let created = sheet.at;
        let entry =
            AgentEntry { id, name, user, groups, grants, created, revoked: None, guesses: 0, tokens: vec![token] };
        Ok(sheet.draft.put_agent(entry))
    }
}

impl Change for RevokeAgent {
    const WHAT: &'static str = "agents";
    type Done = Arc<AgentEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id) = self;
        let agent = sheet.live_agent(id)?;
        let revoked = Some(sheet.at);
        let query = sqlx::query(sql::REVOKE_AGENT).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        query.bind(sheet.at.micros()).execute(&mut *sheet.conn).await?;
        for hash in &agent.tokens {
            let Some(token) = sheet.draft.token(hash).cloned() else { continue };
            if token.state(sheet.at) == TokenState::Live {
                end_token(sheet, *hash, TokenEntry { revoked, ..TokenEntry::clone(&token) }).await?;
            }
        }
        Ok(sheet.draft.put_agent(AgentEntry { revoked, ..AgentEntry::clone(&agent) }))
    }
}

impl Change for CountGuess {
    const WHAT: &'static str = "agents";
    type Done = Arc<AgentEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let agent = sheet.live_agent(self.0)?;
        set_guesses(sheet, &agent, agent.guesses.saturating_add(1)).await
    }
}

impl Change for Pardon {
    const WHAT: &'static str = "agents";
    type Done = Arc<AgentEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let agent = sheet.live_agent(self.0)?;
        if agent.guesses == 0 {
            sheet.unchanged = true;
            return Ok(agent);
        }
        set_guesses(sheet, &agent, 0).await
    }
}

async fn set_guesses(sheet: &mut Sheet<'_>, agent: &AgentEntry, guesses: u32) -> Result<Arc<AgentEntry>, ChangeError> {
    let query = sqlx::query(sql::SET_GUESSES).bind(sheet.tenant()).bind(agent.id.as_bytes().to_vec());
    query.bind(i64::from(guesses)).execute(&mut *sheet.conn).await?;
    Ok(sheet.draft.put_agent(AgentEntry { guesses, ..agent.clone() }))
}

fn group_json(groups: &[String]) -> Result<String, ChangeError> {
    serde_json::to_string(groups).map_err(|error| ChangeError::Failed(sqlx::Error::Encode(error.into())))
}
