//! Events of every make, so that a search can be held against a plain list of them.

use peta_audit::{Caller, Ending, Intent};
use peta_model::{AgentId, Code, Decision, EventId, EventKind, Outcome};
use peta_store::{NewAgent, Receipt, Store};

use crate::{
    dice::Dice,
    world::{act, agent, at},
};

const NAMES: [(&str, &str); 3] = [("robot", "ada"), ("spider", "ada"), ("third", "bob")];
const SERVERS: [&str; 3] = ["fs", "git", "web"];
pub(crate) const CAPABILITIES: [&str; 5] = ["read", "Read_All", "file:///home/ada/a", "file:///home/bob/b", "write"];
const OUTCOMES: [Outcome; 5] = [Outcome::Ok, Outcome::Ok, Outcome::Error, Outcome::Timeout, Outcome::Failed];
const CODES: [Code; 2] = [Code::SERVER_GARBAGE, Code::OUTCOME_UNKNOWN];

/// So many are written at first.
pub(crate) const EVENTS: u64 = 900;

pub(crate) fn one<T: Clone>(dice: &mut Dice, all: &[T]) -> T {
    all[usize::try_from(dice.below(all.len() as u64)).unwrap()].clone()
}

pub(crate) fn maybe<T>(dice: &mut Dice, sides: u64, make: impl FnOnce(&mut Dice) -> T) -> Option<T> {
    (dice.below(sides) == 0).then(|| make(dice))
}

/// An event's intent: of an agent, or nobody's; its time mostly later than the one before.
fn intent(number: u64, agents: &[AgentId], dice: &mut Dice) -> Intent {
    let mut id = [number as u8; 16];
    id.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    let who = usize::try_from(dice.below(3)).unwrap();
    let caller = Caller {
        agent: Some(NAMES[who].0.parse().unwrap()),
        agent_id: Some(agents[who]),
        user: Some(NAMES[who].1.into()),
        ..Caller::default()
    };
    let reasons = [vec![], vec!["fs".into()], vec!["fs/tool:Read_All".into(), "git/resource:file:///x".into()]];
    let kinds = [EventKind::ToolCall, EventKind::ResourceRead, EventKind::List, EventKind::Admin("server.add")];
    Intent {
        id: EventId::from_bytes(id),
        time: at(i64::try_from(number + dice.below(40)).unwrap()),
        kind: one(dice, &kinds),
        caller: if dice.below(10) == 0 { Caller::default() } else { caller },
        session: maybe(dice, 2, |dice| format!("s{}", dice.below(30))),
        server: maybe(dice, 2, |dice| one(dice, &SERVERS).parse().unwrap()),
        capability: maybe(dice, 2, |dice| one(dice, &CAPABILITIES).into()),
        reasons: one(dice, &reasons),
        // Some are larger than what is read at once.
        detail: maybe(dice, 20, |dice| "x".repeat(usize::try_from(dice.below(4000)).unwrap())),
        ..act("")
    }
}

fn ending(dice: &mut Dice) -> Ending {
    let code = maybe(dice, 4, |dice| one(dice, &CODES));
    Ending { code, duration_us: 7, ..Ending::of(one(dice, &OUTCOMES)) }
}

/// Writes events, many at a time; gives them in their order with how each ended, and the receipts of those that did not.
pub(crate) async fn fill(store: &Store, dice: &mut Dice) -> (Vec<(EventId, Option<Ending>)>, Vec<Receipt>) {
    let mut agents = Vec::new();
    for (number, (name, user)) in (1..).zip(NAMES) {
        let new = NewAgent { user: Some(user.into()), ..agent(name, &[], number) };
        agents.push(store.add_agent(act("agent.add"), new).await.unwrap().id);
    }
    let (mut written, mut running) = (Vec::new(), Vec::new());
    for number in 0..EVENTS {
        let mut intent = intent(number, &agents, dice);
        let id = intent.id;
        if dice.below(5) == 0 {
            intent.decision = Decision::Deny;
            let ending = ending(dice);
            store.recorder().whole(intent, ending).await.unwrap();
            written.push((id, Some(ending)));
        } else {
            running.push((written.len(), store.recorder().intent(intent).await.unwrap()));
            written.push((id, None));
        }
        while running.len() > 30 || (running.len() > 5 && dice.below(3) == 0) {
            // Mostly one of the newest, so that some stay open over many files.
            let newest = running.len() as u64 - 1;
            let (at, receipt) = running.remove(usize::try_from(newest - dice.below(4).min(newest)).unwrap());
            let ending = ending(dice);
            store.recorder().outcome(receipt, ending).await.unwrap();
            written[at].1 = Some(ending);
        }
    }
    (written, running.into_iter().map(|(_, receipt)| receipt).collect())
}
