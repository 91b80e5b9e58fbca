//! From an entry to bytes. `decode.rs` is the way back; `docs/formats/record.md` says it in words.

use peta_audit::{Caller, Ending, Intent};

use super::{
    entry::{DECISIONS, DOORS, Entry, OUTCOMES, ROLES, Told, flag, kind},
    frame,
};

/// Appends the entry as a frame.
pub(crate) fn put(to: &mut Vec<u8>, number: u64, entry: &Entry<'_>) {
    frame::put(to, |to| body(to, number, entry));
}

impl Told<'_> {
    /// The entry of an intent as bytes, without a frame.
    pub(crate) fn bytes(self, number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        body(&mut bytes, number, &Entry::Intent(self));
        bytes
    }
}

fn body(to: &mut Vec<u8>, number: u64, entry: &Entry<'_>) {
    let kind = kind_of(entry);
    to.push(kind);
    to.extend_from_slice(&number.to_le_bytes());
    match entry {
        Entry::Carried { sign, open } => {
            to.extend_from_slice(&sign.to_le_bytes());
            put_length(to, open.len());
            for open in *open {
                to.extend_from_slice(&open.event.to_le_bytes());
                to.extend_from_slice(&open.time.to_le_bytes());
                to.push(u8::from(open.act));
            }
        }
        Entry::Boot(id, at) => {
            to.extend_from_slice(&at.micros().to_le_bytes());
            to.extend_from_slice(id.as_bytes());
        }
        Entry::Closed(at) | Entry::Mark(at) => to.extend_from_slice(&at.micros().to_le_bytes()),
        Entry::Intent(told) => put_intent(to, told),
        Entry::Ending(event, ending) => {
            to.extend_from_slice(&event.to_le_bytes());
            put_ending(to, ending);
        }
        Entry::Whole(told, ending) => {
            put_intent(to, told);
            put_ending(to, ending);
        }
    }
    // No text that a stranger chose is the end of an entry, so none can look like the entry of a good end.
    to.push(kind);
}

const fn kind_of(entry: &Entry<'_>) -> u8 {
    match entry {
        Entry::Carried { .. } => kind::CARRIED,
        Entry::Boot(..) => kind::BOOT,
        Entry::Closed(_) => kind::CLOSED,
        Entry::Mark(_) => kind::MARK,
        Entry::Intent(_) => kind::INTENT,
        Entry::Ending(..) => kind::ENDING,
        Entry::Whole(..) => kind::WHOLE,
    }
}

fn put_intent(to: &mut Vec<u8>, told: &Told<'_>) {
    let intent = told.intent;
    let Caller { agent, agent_id, user, token, admin } = &intent.caller;
    to.extend_from_slice(&intent.time.micros().to_le_bytes());
    to.extend_from_slice(intent.id.as_bytes());
    to.extend_from_slice(&flags(intent, told.act).to_le_bytes());
    to.push(place(&DECISIONS, intent.decision));
    put_number(to, intent.request_bytes);
    put_text(to, told.kind);
    agent.iter().for_each(|name| put_text(to, name.as_str()));
    agent_id.iter().for_each(|id| to.extend_from_slice(id.as_bytes()));
    user.iter().for_each(|user| put_text(to, user));
    token.iter().for_each(|id| to.extend_from_slice(id.as_bytes()));
    admin.iter().for_each(|admin| to.extend_from_slice(&[place(&ROLES, admin.role), place(&DOORS, admin.door)]));
    intent.session.iter().for_each(|session| put_text(to, session));
    intent.server.iter().for_each(|name| put_text(to, name.as_str()));
    intent.capability.iter().for_each(|name| put_text(to, name));
    intent.detail.iter().for_each(|detail| put_text(to, detail));
    put_length(to, intent.reasons.len());
    intent.reasons.iter().for_each(|reason| put_text(to, reason));
}

fn flags(intent: &Intent, act: bool) -> u16 {
    let caller = &intent.caller;
    [
        (flag::AGENT, caller.agent.is_some()),
        (flag::AGENT_ID, caller.agent_id.is_some()),
        (flag::USER, caller.user.is_some()),
        (flag::TOKEN, caller.token.is_some()),
        (flag::ADMIN, caller.admin.is_some()),
        (flag::SESSION, intent.session.is_some()),
        (flag::SERVER, intent.server.is_some()),
        (flag::CAPABILITY, intent.capability.is_some()),
        (flag::DETAIL, intent.detail.is_some()),
        (flag::ACT, act),
    ]
    .into_iter()
    .filter(|(_, set)| *set)
    .fold(0, |flags, (flag, _)| flags | flag)
}

fn put_ending(to: &mut Vec<u8>, ending: &Ending) {
    to.push(place(&OUTCOMES, ending.outcome));
    put_text(to, ending.code.map_or("", |code| code.as_str()));
    put_number(to, ending.duration_us);
    put_number(to, ending.response_bytes);
}

/// The place of a word, counted from 1; 0 for none, which no list of words lacks.
fn place<T: PartialEq>(words: &[T], word: T) -> u8 {
    let at = words.iter().position(|other| *other == word);
    at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0)
}

fn put_text(to: &mut Vec<u8>, text: &str) {
    put_length(to, text.len());
    to.extend_from_slice(text.as_bytes());
}

fn put_length(to: &mut Vec<u8>, length: usize) {
    put_number(to, u64::try_from(length).unwrap_or(u64::MAX));
}

/// Seven bits a byte, the lowest first; the high bit says that more follow.
fn put_number(to: &mut Vec<u8>, mut number: u64) {
    let low = |number: u64| {
        let [low, ..] = number.to_le_bytes();
        low & 0x7F
    };
    while number > 0x7F {
        to.push(low(number) | 0x80);
        number >>= 7;
    }
    to.push(low(number));
}
