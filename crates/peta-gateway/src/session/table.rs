//! All sessions, by their numbers; a session's id is its number in hex.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use peta_model::AgentId;

use super::{Endpoint, Session};

#[derive(Default)]
pub(crate) struct Table {
    sessions: RwLock<HashMap<u128, Arc<Session>>>,
    per_agent: RwLock<HashMap<AgentId, usize>>,
}

impl Table {
    /// Adds a session; false if its agent has too many.
    pub(crate) fn add(&self, session: &Arc<Session>, most: usize) -> bool {
        let mut counts = self.per_agent.write().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(session.agent).or_default();
        if *count >= most {
            return false;
        }
        *count += 1;
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(session.number, Arc::clone(session));
        true
    }

    /// The session of that id, if it is this agent's and came in by this door: unknown, foreign and ended look alike.
    pub(crate) fn find(&self, id: &str, agent: AgentId, endpoint: &Endpoint) -> Option<Arc<Session>> {
        let number = u128::from_str_radix(id, 16).ok()?;
        let session = self.get(number)?;
        (session.id == id && session.agent == agent && session.endpoint == *endpoint).then_some(session)
    }

    pub(crate) fn get(&self, number: u128) -> Option<Arc<Session>> {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).get(&number).map(Arc::clone)
    }

    pub(crate) fn remove(&self, session: &Session) -> bool {
        let removed = self.sessions.write().unwrap_or_else(PoisonError::into_inner).remove(&session.number).is_some();
        if removed {
            let mut counts = self.per_agent.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = counts.get_mut(&session.agent) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&session.agent);
                }
            }
        }
        removed
    }

    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
