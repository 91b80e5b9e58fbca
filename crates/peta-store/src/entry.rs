//! What stands in a snapshot: servers, agents, tokens. Each is shared, never changed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use peta_model::{AgentId, AgentName, Grant, Moment, Role, ServerId, ServerSpec, TokenId};
use peta_vault::sanitize::Oracle;

/// One registered server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEntry {
    pub id: ServerId,
    pub spec: Arc<ServerSpec>,
    /// The spec's.
    pub origin: Arc<str>,
    pub disabled: bool,
    /// What it said it offers; none until it was asked.
    pub learnt: Option<Arc<Learnt>>,
    pub added: Moment,
}

/// What a server said when it was asked: its own JSON, which the store does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learnt {
    pub at: Moment,
    /// Grows with each change of the content.
    pub revision: u64,
    /// Its answer to `initialize`.
    pub description: String,
    pub pages: Vec<Page>,
}

/// One page of one list of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// `tools`, `prompts`, `resources` or `templates`.
    pub list: String,
    /// The cursor that it was asked for with; none for the first.
    pub cursor: Option<String>,
    /// The server's whole answer, as written.
    pub answer: String,
}

/// One registered agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentEntry {
    pub id: AgentId,
    pub name: AgentName,
    pub user: Option<String>,
    pub groups: Vec<String>,
    /// In order of their spelling.
    pub grants: Vec<Grant>,
    pub created: Moment,
    pub revoked: Option<Moment>,
    /// How often it sent a secret that it was never given.
    pub guesses: u32,
    /// Hashes of its tokens, the oldest first.
    pub(crate) tokens: Vec<[u8; 32]>,
}

impl AgentEntry {
    /// It guessed at secrets so often that nothing is taken from it until a person says so.
    pub fn is_suspended(&self) -> bool {
        Oracle::of([(*self.id.as_bytes(), self.guesses)]).is_suspended(self.id.as_bytes())
    }
}

/// One token; its text is nowhere.
#[derive(Debug, Clone)]
pub struct TokenEntry {
    pub id: TokenId,
    pub owner: TokenOwner,
    pub created: Moment,
    pub expires: Option<Moment>,
    pub revoked: Option<Moment>,
    pub(crate) usage: Arc<Usage>,
}

/// Who holds a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    Agent(AgentId),
    Admin(Role),
}

/// Whether a token opens its door now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    Live,
    Expired,
    Revoked,
}

/// When a token was last used; written to the database now and then.
#[derive(Debug)]
pub(crate) struct Usage {
    last: AtomicI64,
    unsaved: AtomicBool,
}

const NEVER: i64 = i64::MIN;

impl TokenEntry {
    pub fn state(&self, now: Moment) -> TokenState {
        // Whenever that was: a clock that was set back must not give the token its life again.
        if self.revoked.is_some() {
            TokenState::Revoked
        } else if self.expires.is_some_and(|at| at <= now) {
            TokenState::Expired
        } else {
            TokenState::Live
        }
    }

    pub fn last_used(&self) -> Option<Moment> {
        self.usage.last()
    }
}

impl Usage {
    pub(crate) fn new(last: Option<Moment>) -> Arc<Self> {
        let last = AtomicI64::new(last.map_or(NEVER, Moment::micros));
        Arc::new(Self { last, unsaved: AtomicBool::new(false) })
    }

    pub(crate) fn last(&self) -> Option<Moment> {
        let last = self.last.load(Ordering::Relaxed);
        (last != NEVER).then(|| Moment::from_micros(last))
    }

    /// Notes a use; true if nobody has promised to save it yet.
    pub(crate) fn touch(&self, now: Moment) -> bool {
        self.last.fetch_max(now.micros(), Ordering::Relaxed);
        !self.unsaved.load(Ordering::Relaxed) && !self.unsaved.swap(true, Ordering::AcqRel)
    }

    /// To be called before the value is read to be saved.
    pub(crate) fn saving(&self) {
        self.unsaved.store(false, Ordering::Release);
    }
}
