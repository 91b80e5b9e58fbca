//! Tokens: an agent's is rotated, an administrator's added and revoked. Only hashes come here.

use std::sync::Arc;

use peta_model::{AgentId, Moment, Role, Span, TokenId};

use crate::{
    entropy::random_id,
    entry::{AgentEntry, TokenEntry, TokenOwner, TokenState, Usage},
    sheet::{Change, ChangeError, Sheet},
    sql,
};

/// A new token for an agent that has one.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// SHA-256 of the new token.
    pub token: [u8; 32],
    pub expires: Option<Moment>,
    /// How long the old one still works; none for not at all.
    pub grace: Option<Span>,
}

pub(crate) struct Rotate(pub(crate) AgentId, pub(crate) Rotation);

pub(crate) struct AddAdminToken {
    pub(crate) token: [u8; 32],
    pub(crate) role: Role,
    pub(crate) expires: Option<Moment>,
}

pub(crate) struct RevokeAdminToken(pub(crate) TokenId);

pub(super) struct NewToken {
    pub(super) hash: [u8; 32],
    pub(super) owner: TokenOwner,
    pub(super) expires: Option<Moment>,
}

impl Change for Rotate {
    const WHAT: &'static str = "tokens";
    type Done = Arc<AgentEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id, Rotation { token, expires, grace }) = self;
        let agent = sheet.live_agent(id)?;
        let until = grace.map(|grace| sheet.at.after(grace));
        for hash in &agent.tokens {
            let Some(old) = sheet.draft.token(hash).cloned() else { continue };
            if old.state(sheet.at) != TokenState::Live {
                continue;
            }
            let mut ended = TokenEntry::clone(&old);
            match until {
                Some(until) => ended.expires = Some(ended.expires.map_or(until, |expires| expires.min(until))),
                None => ended.revoked = Some(sheet.at),
            }
            end_token(sheet, *hash, ended).await?;
        }
        insert_token(sheet, NewToken { hash: token, owner: TokenOwner::Agent(id), expires }).await?;
        let mut agent = AgentEntry::clone(&agent);
        agent.tokens.push(token);
        Ok(sheet.draft.put_agent(agent))
    }
}

impl Change for AddAdminToken {
    const WHAT: &'static str = "tokens";
    type Done = TokenId;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<TokenId, ChangeError> {
        let Self { token, role, expires } = self;
        insert_token(sheet, NewToken { hash: token, owner: TokenOwner::Admin(role), expires }).await
    }
}

impl Change for RevokeAdminToken {
    const WHAT: &'static str = "tokens";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(id) = self;
        let found = sheet.draft.token_by_id(id).map(|(hash, token)| (hash, Arc::clone(token)));
        let (hash, token) = found
            .filter(|(_, token)| matches!(token.owner, TokenOwner::Admin(_)))
            .ok_or_else(|| ChangeError::NotFound("such token".into()))?;
        if token.revoked.is_some() {
            sheet.unchanged = true;
            return Ok(());
        }
        end_token(sheet, hash, TokenEntry { revoked: Some(sheet.at), ..TokenEntry::clone(&token) }).await
    }
}

pub(super) async fn insert_token(sheet: &mut Sheet<'_>, new: NewToken) -> Result<TokenId, ChangeError> {
    let NewToken { hash, owner, expires } = new;
    let id: TokenId = random_id()?;
    let (agent, role) = match owner {
        TokenOwner::Agent(agent) => (Some(agent.as_bytes().to_vec()), None),
        TokenOwner::Admin(role) => (None, Some(role.word())),
    };
    let query = sqlx::query(sql::ADD_TOKEN).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
    let query = query.bind(hash.to_vec()).bind(agent).bind(role).bind(sheet.at.micros());
    query.bind(expires.map(Moment::micros)).execute(&mut *sheet.conn).await?;
    let created = sheet.at;
    sheet.draft.put_token(hash, TokenEntry { id, owner, created, expires, revoked: None, usage: Usage::new(None) });
    Ok(id)
}

pub(super) async fn end_token(sheet: &mut Sheet<'_>, hash: [u8; 32], ended: TokenEntry) -> Result<(), ChangeError> {
    let query = sqlx::query(sql::END_TOKEN).bind(sheet.tenant()).bind(ended.id.as_bytes().to_vec());
    let query = query.bind(ended.expires.map(Moment::micros)).bind(ended.revoked.map(Moment::micros));
    query.execute(&mut *sheet.conn).await?;
    sheet.draft.put_token(hash, ended);
    Ok(())
}
