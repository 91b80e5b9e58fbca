//! The steward: knows the store and the vault, and answers for every server.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use peta_model::{AgentId, CapabilityRef, CredentialId, ServerId, Whose};
use peta_runtime::{Carried, Custodian, Custody, Filter, Handed, Holder, Preparing, Withheld};
use peta_store::{ServerEntry, Snapshot, Store};
use peta_vault::{
    owner::Caller,
    safe::Safe,
    sanitize::{Rules, cut_json, holds_plainly_none},
};

use super::{
    challenge::Challenge,
    choice::{Chosen, NoChoice, chosen},
    connections::Connections,
    desk::Desk,
    filter::Search,
    live::Live,
    loan::{Loans, carried, handed},
    told::{Told, tell_echoes},
};
use crate::clock::Clock;

/// A handle to it; clones are the same one.
#[derive(Clone)]
pub struct Steward {
    desk: Arc<Desk>,
    /// For calls that carry nothing, which are most.
    nothing: Arc<Loans>,
}

/// What one line of one server may carry.
struct Line {
    desk: Arc<Desk>,
    server: ServerId,
    live: Arc<Live>,
    /// Whose line it is: an agent's; everybody's; or Peta's own.
    whose: Side,
}

enum Side {
    Agent(AgentId),
    Everyone,
    Peta,
}

impl Steward {
    /// `day` is the clock on the wall.
    pub fn new(store: Store, safe: Safe, day: Clock, connections: Arc<dyn Connections>) -> Self {
        let desk = Arc::new(Desk::new(store, safe, day, connections));
        Self { nothing: Arc::new(Loans::new(Arc::clone(&desk), Vec::new())), desk }
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.desk.safe.is_locked()
    }

    /// What a call of this agent about this capability carries (none: the requests of its line).
    pub(crate) fn choose(
        &self,
        snapshot: &Snapshot,
        server: &ServerEntry,
        agent: AgentId,
        capability: Option<CapabilityRef<'_>>,
    ) -> Result<Chosen, NoChoice> {
        let shared = server.spec.isolation == peta_model::Isolation::Shared;
        let side = if shared { Side::Everyone } else { Side::Agent(agent) };
        chosen(snapshot, server, side.whose(server), || side.caller(snapshot), capability)
    }

    /// The ticket for what was chosen.
    pub(crate) fn ticket(&self, chosen: Chosen) -> Arc<Loans> {
        if chosen.is_empty() {
            return Arc::clone(&self.nothing);
        }
        Arc::new(Loans::new(Arc::clone(&self.desk), chosen))
    }

    /// What the server last forbade a line of this agent, if nobody asked since.
    pub(crate) fn forbidden(&self, server: ServerId, agent: AgentId) -> Option<Challenge> {
        self.desk.refused.take((server, agent))
    }

    pub(crate) fn connections(&self) -> &dyn Connections {
        &*self.desk.connections
    }

    /// Tells of what servers repeated in minutes that are over; `all`, of the rest as well.
    pub(crate) async fn tell_echoes(&self, all: bool) {
        tell_echoes(&self.desk, all).await;
    }

    /// Whether it shows at once that a text holds nothing that this server was handed, before this run of Core or in it.
    pub(crate) fn plainly_holds_none(&self, server: ServerId, text: &[u8]) -> bool {
        self.desk.known(server).is_some_and(|live| live.newest().is_none_or(|set| holds_plainly_none(&set, text)))
    }

    /// An agent sent a secret that the server was handed: it is counted and told of. Whether that suspends it.
    pub(crate) async fn guessed(
        &self,
        agent: AgentId,
        server: ServerId,
        credential: CredentialId,
    ) -> Result<bool, Withheld> {
        let desk = &self.desk;
        let counted = desk.store.count_guess(agent, (desk.day)()).await.map_err(|error| Withheld {
            code: error.code(),
            text: "what the arguments hold cannot be counted".to_owned(),
        })?;
        let suspended = counted.is_suspended();
        Told::of(desk, server).guessed(&counted, credential, suspended);
        Ok(suspended)
    }

    /// Whether what an agent sends holds a secret that this server was handed: then it guesses, and would learn from a cut
    /// whether it was right.
    pub(crate) async fn holds_secret(&self, server: ServerId, text: &Bytes) -> Result<Option<CredentialId>, Withheld> {
        let live = self.desk.live(server);
        if let Some(preparing) = self.desk.prepare(server, &live) {
            preparing.await?;
        }
        let Some(set) = live.newest() else { return Ok(None) };
        // What cannot be read is no guess that could be seen to be right.
        let cuts = cut_json(&set, Rules::default(), text).map(|(_, cuts)| cuts).unwrap_or_default();
        Ok(cuts.first().map(|cut| CredentialId::from_bytes(cut.handed.credential)))
    }
}

impl Custodian for Steward {
    fn of(&self, server: ServerId, holder: Option<&Holder>) -> Arc<dyn Custody> {
        let whose = match holder {
            None => Side::Peta,
            Some(Holder::Everyone) => Side::Everyone,
            // One that names nobody is given nothing of anybody's.
            Some(holder) => {
                let agent = holder.caller().and_then(|caller| caller.parse().ok());
                agent.map_or(Side::Everyone, Side::Agent)
            }
        };
        let live = self.desk.live(server);
        Arc::new(Line { desk: Arc::clone(&self.desk), server, live, whose })
    }
}

impl Custody for Line {
    fn prepare(&self) -> Option<Preparing<'_>> {
        self.desk.prepare(self.server, &self.live)
    }

    fn own(&self) -> Result<Vec<Carried>, Withheld> {
        carried(&self.desk, &self.chosen()?)
    }

    /// In the background: nobody waits for a line of Peta's own, and it is opened anew with the new token.
    fn challenged(&self, status: StatusCode, headers: &HeaderMap) {
        if status != StatusCode::UNAUTHORIZED {
            if let Side::Agent(agent) = self.whose {
                self.desk.refused.note((self.server, agent), Challenge::of(status, headers));
            }
            return;
        }
        let Some(entry) = self.chosen().ok().and_then(|all| all.into_iter().find(|entry| entry.oauth.is_some())) else {
            return;
        };
        let connections = Arc::clone(&self.desk.connections);
        tokio::spawn(async move {
            if let Err(why) = connections.renew(entry.id, entry.version).await {
                tracing::warn!(credential = %entry.name, code = %why.code, "it was refused, and not renewed: {why}");
            }
        });
    }

    fn handed(&self) -> Result<Vec<Handed>, Withheld> {
        handed(&self.desk, &self.chosen()?)
    }

    fn filter(&self) -> Option<Arc<dyn Filter>> {
        let set = self.live.newest()?;
        Some(Arc::new(Search { set, told: Told::of(&self.desk, self.server) }))
    }
}

impl Line {
    fn chosen(&self) -> Result<Chosen, Withheld> {
        let snapshot = self.desk.store.snapshot();
        let Some(server) = snapshot.server_by_id(self.server) else { return Ok(Vec::new()) };
        let chosen = chosen(&snapshot, server, self.whose.whose(server), || self.whose.caller(&snapshot), None);
        chosen.map_err(|why| Withheld { code: why.code(), text: why.to_string() })
    }
}

impl Side {
    /// Who is nobody in particular uses what is everybody's.
    fn whose(&self, server: &ServerEntry) -> Whose {
        match self {
            Self::Agent(_) => server.spec.credential,
            Self::Everyone | Self::Peta => Whose::Shared,
        }
    }

    fn caller(&self, snapshot: &Snapshot) -> Caller {
        let agent = match self {
            Self::Agent(id) => snapshot.agent(id).filter(|agent| agent.revoked.is_none()),
            Self::Everyone | Self::Peta => None,
        };
        let (user, groups) = agent.map(|agent| (agent.user.clone(), agent.groups.clone())).unwrap_or_default();
        Caller { tenant: snapshot.tenant, user, groups }
    }
}

impl fmt::Debug for Steward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Steward")
    }
}
