//! What is written before something happens, and what is added when it has ended. Both are data without behaviour:
//! who fills them is the gateway or the admin API, who keeps them is the store. Neither ever holds the value of an
//! argument, a result, or a token.

use peta_model::{AgentId, AgentName, Code, Decision, EventId, EventKind, Moment, Outcome, Role, Slug, TokenId};

use crate::{Facts, Stages};

/// What is about to happen, or is refused: all that is known before the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub id: EventId,
    pub time: Moment,
    pub kind: EventKind,
    pub caller: Caller,
    /// The session, as it is shown to people: never the credential-like id that travels in headers.
    pub session: Option<String>,
    pub server: Option<Slug>,
    /// The server's own name of the capability. Foreign text: an agent may name what does not exist.
    pub capability: Option<String>,
    pub decision: Decision,
    /// The grants that allowed it.
    pub reasons: Vec<String>,
    pub request_bytes: u64,
    /// Of an administrative act, what it changed: a JSON object, without secrets.
    pub detail: Option<String>,
    /// The person that an administrative act is about: what it says is sealed under their key.
    pub concerns: Option<String>,
    /// What else is known of a call.
    pub facts: Facts,
}

/// Who it was. All empty: nobody was proven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    pub agent: Option<AgentName>,
    pub agent_id: Option<AgentId>,
    /// The user that the agent calls for.
    pub user: Option<String>,
    /// Which token proved it.
    pub token: Option<TokenId>,
    pub admin: Option<Admin>,
}

/// The administrator behind an administrative act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin {
    pub role: Role,
    pub door: Door,
}

/// How an administrator came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// Through the Unix socket in the data directory, which only its owner can open.
    Socket,
    /// Over HTTP, with an administrator's token.
    Http,
    /// From inside: Core itself.
    Core,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    pub outcome: Outcome,
    /// Of a refusal or failure: which.
    pub code: Option<Code>,
    pub duration_us: u64,
    pub response_bytes: u64,
    /// Of a call, how long each stage of its line took.
    pub stages: Stages,
}

impl Door {
    pub const ALL: [Self; 3] = [Self::Socket, Self::Http, Self::Core];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Http => "http",
            Self::Core => "core",
        }
    }
}

impl Intent {
    /// Whether everybody who reads the record may read its detail.
    pub fn has_public_detail(&self) -> bool {
        is_public_detail(self.caller.admin, self.kind.word())
    }

    /// What Core does or finds of its own accord; `detail` is a JSON object.
    pub fn of_core(id: EventId, time: Moment, kind: &'static str, detail: String) -> Self {
        Self {
            id,
            time,
            kind: EventKind::Admin(kind),
            caller: Caller { admin: Some(Admin { role: Role::Owner, door: Door::Core }), ..Caller::default() },
            session: None,
            server: None,
            capability: None,
            decision: Decision::Allow,
            reasons: Vec::new(),
            request_bytes: 0,
            detail: Some(detail),
            concerns: None,
            facts: Facts::default(),
        }
    }
}

/// What Core says of itself, of the record and of clocks is about no person; anything else that a detail says may be.
pub fn is_public_detail(admin: Option<Admin>, kind: &str) -> bool {
    let own = admin.is_some_and(|admin| admin.door == Door::Core);
    own && ["core.", "record.", "clock."].iter().any(|noun| kind.starts_with(noun))
}

impl Ending {
    /// An ending that says how, and nothing else yet.
    pub const fn of(outcome: Outcome) -> Self {
        Self { outcome, code: None, duration_us: 0, response_bytes: 0, stages: Stages::NONE }
    }
}
