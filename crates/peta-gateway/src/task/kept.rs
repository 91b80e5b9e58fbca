//! One task that a server runs for a caller: whose it is, where it runs, and how long it is owed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use peta_model::{AgentId, Transport};
use peta_runtime::InstanceKey;
use tokio::time::Instant;

use crate::session::held::Held;

/// One task that a server runs for a caller.
pub(crate) struct Kept {
    /// Its id as the caller knows it.
    pub(crate) token: String,
    pub(crate) caller: AgentId,
    /// The session that made it.
    pub(crate) session: u128,
    pub(crate) held: Arc<Held>,
    /// The life of the instance that it runs in.
    pub(crate) life: Option<u64>,
    /// The server's own id, and its own name of the tool.
    pub(crate) own: String,
    pub(crate) tool: String,
    /// When its time is over.
    pub(crate) until: Instant,
    /// Its result was fetched, or it was cancelled: nothing is owed any more.
    settled: AtomicBool,
}

impl Kept {
    pub(crate) fn new(caller: AgentId, session: u128, held: &Arc<Held>, task: New, until: Instant) -> Self {
        Self {
            token: task.token,
            caller,
            session,
            held: Arc::clone(held),
            life: held.instance.life(),
            own: task.own,
            tool: task.tool,
            until,
            settled: AtomicBool::new(false),
        }
    }

    /// The same task, to be asked for over another line to its server.
    pub(crate) fn moved(&self, held: &Arc<Held>) -> Self {
        let task = New { token: self.token.clone(), own: self.own.clone(), tool: self.tool.clone() };
        let settled = AtomicBool::new(self.settled.load(Ordering::Relaxed));
        Self { settled, ..Self::new(self.caller, self.session, held, task, self.until) }
    }

    /// Its result was fetched, or it was cancelled.
    pub(crate) fn settle(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn key(&self) -> &InstanceKey {
        self.held.instance.key()
    }

    /// Whether the process that ran it is gone. What runs at a URL may outlive any connection to it.
    pub(crate) fn is_lost(&self) -> bool {
        is_child(&self.held) && self.held.instance.life() != self.life
    }

    /// Whether its caller may still come for it.
    pub(crate) fn owes(&self, now: Instant) -> bool {
        !self.settled.load(Ordering::Relaxed) && now < self.until && !self.is_lost()
    }
}

/// What is known of a task when it begins.
pub(crate) struct New {
    pub(crate) token: String,
    pub(crate) own: String,
    pub(crate) tool: String,
}

/// Whether a server is a process of ours.
pub(crate) fn is_child(held: &Held) -> bool {
    matches!(held.spec.transport, Transport::Stdio { .. })
}
