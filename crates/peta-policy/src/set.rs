//! The judge: one immutable set of all agents' grants, and the questions that can be put to it.
//!
//! Lists and calls ask the same function, so what is hidden cannot be called. A set is changed by making a new one
//! that shares all other agents' rules, so that ten thousand agents can be added one by one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use peta_model::{AgentId, CapabilityRef, Decision, Grant, Slug};

use crate::rules::{Rules, ServerRules};

/// All that is granted. The empty set denies everything.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    /// By the first byte of the agent's identifier, which is random: a change copies one 256th of the agents.
    shards: BTreeMap<u8, Arc<HashMap<AgentId, Arc<Rules>>>>,
}

/// What the judge says, and the grants it says it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub decision: Decision,
    /// The grants that allow it, as people write them. Empty if it is denied: nothing is allowed that is not granted.
    pub reasons: Vec<String>,
}

impl PolicySet {
    /// The set of these grants.
    pub fn from_grants(grants: impl IntoIterator<Item = (AgentId, Grant)>) -> Self {
        let mut by_agent: BTreeMap<AgentId, Vec<Grant>> = BTreeMap::new();
        for (agent, grant) in grants {
            by_agent.entry(agent).or_default().push(grant);
        }
        let mut shards: BTreeMap<u8, HashMap<AgentId, Arc<Rules>>> = BTreeMap::new();
        for (agent, grants) in by_agent {
            shards.entry(shard(agent)).or_default().insert(agent, Arc::new(Rules::of(grants)));
        }
        Self { shards: shards.into_iter().map(|(at, agents)| (at, Arc::new(agents))).collect() }
    }

    /// The same set, but with exactly these grants for this agent.
    #[must_use]
    pub fn with(&self, agent: AgentId, grants: impl IntoIterator<Item = Grant>) -> Self {
        let rules = Rules::of(grants);
        let mut set = self.clone();
        let agents = Arc::make_mut(set.shards.entry(shard(agent)).or_default());
        if rules.is_empty() {
            agents.remove(&agent);
        } else {
            agents.insert(agent, Arc::new(rules));
        }
        set
    }

    /// May the agent use this capability of this server, by the server's own name for it?
    pub fn judge(&self, agent: AgentId, server: &Slug, capability: CapabilityRef<'_>) -> Judgement {
        let rules = self.rules(agent).and_then(|rules| rules.server(server));
        Judgement::of(rules.map_or_else(Vec::new, |rules| rules.covering(capability)))
    }

    /// May the agent do what follows the server as a whole (`initialize`, logging, asking for a list)? Yes if any
    /// grant names the server; the reason is one of them.
    pub fn judge_server(&self, agent: AgentId, server: &Slug) -> Judgement {
        let rules = self.rules(agent).and_then(|rules| rules.server(server));
        Judgement::of(rules.and_then(|rules| rules.any()).into_iter().cloned().collect())
    }

    /// Does the server exist for this agent?
    pub fn sees(&self, agent: AgentId, server: &Slug) -> bool {
        self.rules(agent).is_some_and(|rules| rules.server(server).is_some())
    }

    /// Is all of the server granted? Then there is no capability of it that [`Self::judge`] denies, and long lists need
    /// not be judged item by item.
    pub fn grants_all(&self, agent: AgentId, server: &Slug) -> bool {
        self.rules(agent).and_then(|rules| rules.server(server)).is_some_and(ServerRules::is_whole)
    }

    fn rules(&self, agent: AgentId) -> Option<&Rules> {
        self.shards.get(&shard(agent))?.get(&agent).map(|rules| &**rules)
    }
}

impl Judgement {
    fn of(reasons: Vec<String>) -> Self {
        let decision = if reasons.is_empty() { Decision::Deny } else { Decision::Allow };
        Self { decision, reasons }
    }

    pub fn allowed(&self) -> bool {
        match self.decision {
            Decision::Allow => true,
            Decision::Deny => false,
        }
    }
}

fn shard(agent: AgentId) -> u8 {
    let [first, ..] = *agent.as_bytes();
    first
}

#[cfg(test)]
mod tests;
