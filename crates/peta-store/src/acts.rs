//! The administrative acts: each takes the intent of the act, which is on record before the change is made. And what changes
//! without an administrator.

use std::sync::Arc;

use peta_audit::Intent;
use peta_model::{AgentId, Grant, Moment, Role, ServerId, ServerSpec, TokenId};

use crate::{
    change::{
        AddAdminToken, AddAgent, AddGrant, AddServer, CountGuess, NewAgent, Pardon, RemoveGrant, RemoveServer,
        RevokeAdminToken, RevokeAgent, Rotate, Rotation, SaveLearnt, SetDisabled, SetServer,
    },
    entry::{AgentEntry, Learnt, Page, ServerEntry},
    sheet::ChangeError,
    store::Store,
};

impl Store {
    pub async fn add_server(&self, act: Intent, spec: ServerSpec) -> Result<Arc<ServerEntry>, ChangeError> {
        self.act(act, AddServer(spec)).await
    }

    /// Sets all of a server's configuration; its name cannot change. If the program or URL does, what was learnt goes.
    pub async fn set_server(
        &self,
        act: Intent,
        server: ServerId,
        spec: ServerSpec,
    ) -> Result<Arc<ServerEntry>, ChangeError> {
        self.act(act, SetServer(server, spec)).await
    }

    /// Removes a server, and the grants that name it.
    pub async fn remove_server(&self, act: Intent, server: ServerId) -> Result<(), ChangeError> {
        self.act(act, RemoveServer(server)).await
    }

    pub async fn set_disabled(
        &self,
        act: Intent,
        server: ServerId,
        disabled: bool,
    ) -> Result<Arc<ServerEntry>, ChangeError> {
        self.act(act, SetDisabled(server, disabled)).await
    }

    pub async fn add_agent(&self, act: Intent, agent: NewAgent) -> Result<Arc<AgentEntry>, ChangeError> {
        self.act(act, AddAgent(agent)).await
    }

    pub async fn rotate(
        &self,
        act: Intent,
        agent: AgentId,
        rotation: Rotation,
    ) -> Result<Arc<AgentEntry>, ChangeError> {
        self.act(act, Rotate(agent, rotation)).await
    }

    /// Revokes an agent and its tokens, for good; its name can be given again.
    pub async fn revoke_agent(&self, act: Intent, agent: AgentId) -> Result<Arc<AgentEntry>, ChangeError> {
        self.act(act, RevokeAgent(agent)).await
    }

    /// The agent sent a secret that it was never given: gives it back with the new count.
    pub async fn count_guess(&self, agent: AgentId, now: Moment) -> Result<Arc<AgentEntry>, ChangeError> {
        self.note(now, CountGuess(agent)).await
    }

    /// Forgets an agent's guesses; if it was suspended, it is no more.
    pub async fn pardon(&self, act: Intent, agent: AgentId) -> Result<Arc<AgentEntry>, ChangeError> {
        self.act(act, Pardon(agent)).await
    }

    /// Gives a grant; one that is there already changes nothing.
    pub async fn add_grant(&self, act: Intent, agent: AgentId, grant: Grant) -> Result<Arc<AgentEntry>, ChangeError> {
        self.act(act, AddGrant(agent, grant)).await
    }

    pub async fn remove_grant(
        &self,
        act: Intent,
        agent: AgentId,
        grant: Grant,
    ) -> Result<Arc<AgentEntry>, ChangeError> {
        self.act(act, RemoveGrant(agent, grant)).await
    }

    /// `token` is the SHA-256 of the token's text.
    pub async fn add_admin_token(
        &self,
        act: Intent,
        token: [u8; 32],
        role: Role,
        expires: Option<Moment>,
    ) -> Result<TokenId, ChangeError> {
        self.act(act, AddAdminToken { token, role, expires }).await
    }

    pub async fn revoke_admin_token(&self, act: Intent, token: TokenId) -> Result<(), ChangeError> {
        self.act(act, RevokeAdminToken(token)).await
    }

    /// Keeps what a server said it offers. No administrator's act; the same again changes nothing.
    pub async fn save_learnt(
        &self,
        server: ServerId,
        now: Moment,
        description: String,
        pages: Vec<Page>,
    ) -> Result<Arc<Learnt>, ChangeError> {
        self.note(now, SaveLearnt { server, description, pages }).await
    }
}
