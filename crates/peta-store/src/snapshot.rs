//! All that a call is judged by, at one instant. Immutable; a change makes a new one that shares what did not change.

use std::{collections::BTreeMap, sync::Arc};

use peta_model::{
    AgentId, AgentName, CredentialId, CredentialName, InstallId, Owner, ServerId, SinkName, Slug, TenantId, TokenId,
};
use peta_policy::PolicySet;

use crate::{
    credential::{CredentialEntry, Place, ServerCredentials},
    entry::{AgentEntry, ServerEntry, TokenEntry, TokenOwner},
    shelf::Shelf,
    sink::SinkEntry,
};

/// The state of the store after one committed change.
#[derive(Clone)]
pub struct Snapshot {
    /// Grows by one with each change.
    pub sequence: u64,
    pub install: InstallId,
    pub tenant: TenantId,
    pub policy: PolicySet,
    servers: Arc<BTreeMap<Slug, Arc<ServerEntry>>>,
    agents: Shelf<AgentId, Arc<AgentEntry>>,
    /// The live agent of that name, else the one revoked last.
    names: Shelf<AgentName, AgentId>,
    tokens: Shelf<[u8; 32], Arc<TokenEntry>>,
    credentials: Shelf<CredentialId, Arc<CredentialEntry>>,
    credential_names: Shelf<CredentialName, CredentialId>,
    /// The credentials of one owner at one server.
    owned: Shelf<(ServerId, Owner), Arc<[Arc<CredentialEntry>]>>,
    /// Those that are granted by OAuth, or are to be.
    granting: Shelf<CredentialId, Arc<CredentialEntry>>,
    /// Where the credentials of each server go.
    places: Shelf<ServerId, Arc<ServerCredentials>>,
    sinks: Arc<BTreeMap<SinkName, Arc<SinkEntry>>>,
}

impl Snapshot {
    pub(crate) fn empty(install: InstallId, tenant: TenantId, sequence: u64) -> Self {
        Self {
            sequence,
            install,
            tenant,
            policy: PolicySet::default(),
            servers: Arc::default(),
            agents: Shelf::default(),
            names: Shelf::default(),
            tokens: Shelf::default(),
            credentials: Shelf::default(),
            credential_names: Shelf::default(),
            owned: Shelf::default(),
            granting: Shelf::default(),
            places: Shelf::default(),
            sinks: Arc::default(),
        }
    }

    pub fn server(&self, name: &str) -> Option<&Arc<ServerEntry>> {
        self.servers.get(name)
    }

    pub fn server_by_id(&self, id: ServerId) -> Option<&Arc<ServerEntry>> {
        self.servers().find(|server| server.id == id)
    }

    /// All servers, in order of name.
    pub fn servers(&self) -> impl Iterator<Item = &Arc<ServerEntry>> {
        self.servers.values()
    }

    pub fn agent(&self, id: &AgentId) -> Option<&Arc<AgentEntry>> {
        self.agents.get(id)
    }

    /// The agent of that name; a revoked one only if no live one has it.
    pub fn agent_named(&self, name: &str) -> Option<&Arc<AgentEntry>> {
        self.agents.get(self.names.get(name)?)
    }

    /// All agents, revoked ones too, in order of name and age.
    pub fn agents(&self) -> Vec<&Arc<AgentEntry>> {
        let mut agents: Vec<_> = self.agents.iter().map(|(_, agent)| agent).collect();
        agents.sort_by(|a, b| (&a.name, a.created, a.id).cmp(&(&b.name, b.created, b.id)));
        agents
    }

    /// The token with that SHA-256.
    pub fn token(&self, hash: &[u8; 32]) -> Option<&Arc<TokenEntry>> {
        self.tokens.get(hash)
    }

    /// The tokens of an agent, the oldest first.
    pub fn tokens_of<'a>(&'a self, agent: &'a AgentEntry) -> impl Iterator<Item = &'a Arc<TokenEntry>> {
        agent.tokens.iter().filter_map(|hash| self.tokens.get(hash))
    }

    /// The tokens of administrators, the oldest first.
    pub fn admin_tokens(&self) -> Vec<&Arc<TokenEntry>> {
        let admin = |token: &&Arc<TokenEntry>| matches!(token.owner, TokenOwner::Admin(_));
        let mut tokens: Vec<_> = self.tokens.iter().map(|(_, token)| token).filter(admin).collect();
        tokens.sort_by_key(|token| (token.created, token.id));
        tokens
    }

    pub(crate) fn token_by_id(&self, id: TokenId) -> Option<([u8; 32], &Arc<TokenEntry>)> {
        self.tokens.iter().find(|(_, token)| token.id == id).map(|(hash, token)| (*hash, token))
    }

    pub fn credential(&self, id: &CredentialId) -> Option<&Arc<CredentialEntry>> {
        self.credentials.get(id)
    }

    pub fn credential_named(&self, name: &str) -> Option<&Arc<CredentialEntry>> {
        self.credentials.get(self.credential_names.get(name)?)
    }

    /// All credentials, in order of name.
    pub fn credentials(&self) -> Vec<&Arc<CredentialEntry>> {
        let mut all: Vec<_> = self.credentials.iter().map(|(_, entry)| entry).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    pub fn count_credentials(&self) -> usize {
        self.places.iter().map(|(_, credentials)| credentials.count).sum()
    }

    /// Those that are granted by OAuth, or are to be, in no order.
    pub fn granting(&self) -> impl Iterator<Item = &Arc<CredentialEntry>> {
        self.granting.iter().map(|(_, entry)| entry)
    }

    /// One that a person granted by OAuth for this place of a server, if there is one.
    pub fn granted_at(&self, server: ServerId, place: &str) -> Option<&Arc<CredentialEntry>> {
        let places = &self.places.get(&server)?.places;
        let place = places.iter().find(|known| known.name == place && known.granted > 0)?;
        let here = |entry: &&Arc<CredentialEntry>| {
            entry.server == server && entry.is_granted() && entry.delivery.is_at(&place.name)
        };
        // The one that was known is gone: any other.
        place.model.and_then(|model| self.credentials.get(&model)).or_else(|| self.granting().find(here))
    }

    /// What one owner has at a server.
    pub fn credentials_of(&self, server: ServerId, owner: &Owner) -> &[Arc<CredentialEntry>] {
        self.owned.find(&(server, owner), |key| key.0 == server && key.1 == *owner).map_or(&[], |owned| owned)
    }

    /// Where a server's credentials go; none if it has none and never had since the start.
    pub fn credential_places(&self, server: ServerId) -> Option<&Arc<ServerCredentials>> {
        self.places.get(&server)
    }

    pub fn sink(&self, name: &str) -> Option<&Arc<SinkEntry>> {
        self.sinks.get(name)
    }

    /// All sinks, in order of name.
    pub fn sinks(&self) -> impl Iterator<Item = &Arc<SinkEntry>> {
        self.sinks.values()
    }

    pub(crate) fn put_sink(&mut self, sink: SinkEntry) -> Arc<SinkEntry> {
        let sink = Arc::new(sink);
        Arc::make_mut(&mut self.sinks).insert(sink.name.clone(), Arc::clone(&sink));
        sink
    }

    pub(crate) fn drop_sink(&mut self, name: &SinkName) {
        Arc::make_mut(&mut self.sinks).remove(name);
    }

    /// Whether users or groups have credentials of their own there.
    pub(crate) fn has_personal(&self, server: ServerId) -> bool {
        self.credentials.iter().any(|(_, entry)| entry.server == server && entry.owner != Owner::Shared)
    }

    pub(crate) fn put_server(&mut self, server: ServerEntry) -> Arc<ServerEntry> {
        let server = Arc::new(server);
        Arc::make_mut(&mut self.servers).insert(server.spec.name.clone(), Arc::clone(&server));
        server
    }

    pub(crate) fn drop_server(&mut self, name: &Slug) {
        Arc::make_mut(&mut self.servers).remove(name);
    }

    /// Puts the agent, its name and what it may use in place.
    pub(crate) fn put_agent(&mut self, agent: AgentEntry) -> Arc<AgentEntry> {
        let agent = Arc::new(agent);
        // The name of who was erased is another one; the old one leads to whoever had it beside them.
        let old = self.agents.get(&agent.id).map(|old| old.name.clone());
        if let Some(old) = old.filter(|old| *old != agent.name && self.names.get(old) == Some(&agent.id)) {
            let others = self.agents.iter().map(|(_, other)| other);
            let others = others.filter(|other| other.name == old && other.id != agent.id);
            match others.max_by_key(|other| (other.revoked.is_none(), other.revoked)).map(|other| other.id) {
                Some(other) => self.names.put(old, other),
                None => self.names.take(&old),
            }
        }
        let (live, grants) = match agent.revoked {
            None => (true, agent.grants.clone()),
            Some(_) => (false, Vec::new()),
        };
        self.policy = self.policy.with(agent.id, grants);
        let taken = self.agent_named(agent.name.as_str()).is_some_and(|other| {
            other.id != agent.id && !live && (other.revoked.is_none() || other.revoked > agent.revoked)
        });
        if !taken {
            self.names.put(agent.name.clone(), agent.id);
        }
        self.agents.put(agent.id, Arc::clone(&agent));
        agent
    }

    pub(crate) fn put_credential(&mut self, credential: CredentialEntry) -> Arc<CredentialEntry> {
        let old = self.credentials.get(&credential.id).cloned();
        if let Some(old) = &old {
            self.forget_place(old);
        }
        let is_new = old.is_none_or(|old| old.version != credential.version);
        let entry = Arc::new(credential);
        self.credentials.put(entry.id, Arc::clone(&entry));
        self.credential_names.put(entry.name.clone(), entry.id);
        match &entry.oauth {
            Some(_) => self.granting.put(entry.id, Arc::clone(&entry)),
            None => self.granting.take(&entry.id),
        }
        let key = (entry.server, entry.owner.clone());
        let others = self.credentials_of(key.0, &key.1);
        let owned = others.iter().filter(|other| other.id != entry.id).chain([&entry]).cloned().collect();
        self.owned.put(key, owned);
        self.places_of(entry.server, |credentials| {
            let (name, scope, granted) = (entry.place(), &entry.scope, usize::from(entry.is_granted()));
            credentials.count += 1;
            if is_new {
                credentials.note(entry.id, entry.version);
            }
            let at = credentials.places.iter().position(|place| place.name == name && place.scope == *scope);
            let new = || Place { name, scope: scope.clone(), count: 0, granted: 0, model: None };
            let at = at.unwrap_or_else(|| {
                credentials.places.push(new());
                credentials.places.len() - 1
            });
            if let Some(place) = credentials.places.get_mut(at) {
                place.count += 1;
                place.granted += granted;
                place.model = place.model.or_else(|| (granted > 0).then_some(entry.id));
            }
        });
        entry
    }

    pub(crate) fn drop_credential(&mut self, entry: &CredentialEntry) {
        self.forget_place(entry);
        self.credentials.take(&entry.id);
        self.credential_names.take(&entry.name);
        self.granting.take(&entry.id);
        let key = (entry.server, entry.owner.clone());
        let others = self.credentials_of(key.0, &key.1);
        let left: Arc<[_]> = others.iter().filter(|other| other.id != entry.id).cloned().collect();
        if left.is_empty() {
            self.owned.take(&key);
        } else {
            self.owned.put(key, left);
        }
    }

    pub(crate) fn drop_credentials_of(&mut self, server: ServerId) {
        let all = self.credentials.iter().map(|(_, entry)| entry);
        let of: Vec<_> = all.filter(|entry| entry.server == server).cloned().collect();
        of.iter().for_each(|entry| self.drop_credential(entry));
        self.places.take(&server);
    }

    fn forget_place(&mut self, entry: &CredentialEntry) {
        let name = entry.place();
        self.places_of(entry.server, |credentials| {
            credentials.count -= 1;
            if let Some(place) =
                credentials.places.iter_mut().find(|place| place.name == name && place.scope == entry.scope)
            {
                place.count -= 1;
                place.granted -= usize::from(entry.is_granted());
                place.model = place.model.filter(|model| *model != entry.id);
            }
            credentials.places.retain(|place| place.count > 0);
        });
    }

    fn places_of(&mut self, server: ServerId, change: impl FnOnce(&mut ServerCredentials)) {
        let mut credentials = self.places.get(&server).map(|old| ServerCredentials::clone(old)).unwrap_or_default();
        credentials.revision += 1;
        change(&mut credentials);
        self.places.put(server, Arc::new(credentials));
    }

    pub(crate) fn put_token(&mut self, hash: [u8; 32], token: TokenEntry) {
        self.tokens.put(hash, Arc::new(token));
    }
}
