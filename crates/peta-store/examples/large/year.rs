//! The calls of a year: fifty agents at twenty servers with twenty tools each. The same each time.

use peta_audit::{Caller, Ending, Intent};
use peta_model::{AgentId, Code, Decision, EventId, EventKind, Moment, Outcome};

pub(crate) const AGENTS: u64 = 50;
const SERVERS: u64 = 20;
const TOOLS: u64 = 20;
/// Calls of one session.
const SESSION: u64 = 200;

/// When the year begins, and how long it is, in microseconds.
pub(crate) const START: i64 = 1_800_000_000_000_000;
pub(crate) const YEAR: i64 = 365 * 86_400_000_000;

/// The calls of so many events, of these agents.
pub(crate) struct Year {
    pub(crate) events: u64,
    pub(crate) agents: Vec<AgentId>,
}

pub(crate) fn agent(number: u64) -> String {
    format!("agent-{number:02}")
}

/// When an event begins.
pub(crate) fn time(number: u64, events: u64) -> Moment {
    let number = i128::from(number) * i128::from(YEAR) / i128::from(events.max(1));
    Moment::from_micros(START + i64::try_from(number).unwrap())
}

/// A number that looks random and is the same each time.
fn dice(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Year {
    /// The intent of an event, and how it ends.
    pub(crate) fn event(&self, number: u64) -> (Intent, Ending) {
        let chance = dice(number.wrapping_add(1));
        let (session, who) = ((number / (SESSION * 8)) * 8 + chance % 8, (chance >> 8) % AGENTS);
        let (server, tool) = ((chance >> 16) % SERVERS, (chance >> 24) % TOOLS);
        let rare = (chance >> 32) % 100_000;
        let read = rare % 50 == 1;
        let capability = if read {
            format!("file:///home/p{}/notes.md", rare / 50)
        } else {
            format!("tool_{:03}", server * TOOLS + tool)
        };
        let denied = rare % 100 == 2;
        let caller = Caller {
            agent: Some(agent(who).parse().unwrap()),
            agent_id: self.agents.get(usize::try_from(who).unwrap()).copied(),
            user: Some(format!("person-{}", who / 2)),
            ..Caller::default()
        };
        let intent = Intent {
            id: id(number),
            time: time(number, self.events),
            kind: if read { EventKind::ResourceRead } else { EventKind::ToolCall },
            caller,
            session: Some(format!("{:08x}", dice(session))),
            server: Some(format!("server-{server:02}").parse().unwrap()),
            capability: Some(capability),
            decision: if denied { Decision::Deny } else { Decision::Allow },
            reasons: if denied { vec![] } else { vec![format!("server-{server:02}")] },
            request_bytes: 100 + chance % 400,
            detail: None,
            concerns: None,
            facts: Default::default(),
        };
        let (outcome, code) = match (rare, who) {
            _ if denied => (Outcome::Refused, Some(Code::NO_SUCH_CAPABILITY)),
            // The first agent never waits too long; one in five million calls is cancelled.
            (0, 1) => (Outcome::Cancelled, None),
            (0..=99, 1..) => (Outcome::Timeout, Some(Code::SERVER_GARBAGE)),
            (100..=2_000, _) => (Outcome::Error, None),
            _ => (Outcome::Ok, None),
        };
        let ending =
            Ending { code, duration_us: 900 + chance % 100_000, response_bytes: chance % 9_000, ..Ending::of(outcome) };
        (intent, ending)
    }
}

/// Of an event.
pub(crate) fn id(number: u64) -> EventId {
    let mut id = [7; 16];
    id.iter_mut()
        .zip(number.to_be_bytes().into_iter().chain(dice(number).to_be_bytes()))
        .for_each(|(to, from)| *to = from);
    EventId::from_bytes(id)
}
