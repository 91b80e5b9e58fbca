//! From an entry to bytes. `decode.rs` is the way back; `docs/formats/record.md` says it in words.

use peta_audit::{Caller, Ending, Facts, Stage, is_public_detail, is_public_name, public_reason};

use super::{
    entry::{
        ANSWERED, DECISIONS, DELIVERIES, DOORS, Entry, Kept, OPERATIONS, OUTCOMES, Privy, ROLES, STAGED, Sealed, Told,
        fact, flag, kind, place,
    },
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
        Entry::Carried { sign, open, boot } => {
            to.extend_from_slice(&sign.to_le_bytes());
            put_length(to, open.len());
            for open in *open {
                to.extend_from_slice(&open.event.to_le_bytes());
                to.extend_from_slice(&open.time.to_le_bytes());
                to.push(u8::from(open.act));
            }
            boot.iter().for_each(|boot| to.extend_from_slice(boot.as_bytes()));
        }
        Entry::Boot(id, at) => {
            to.extend_from_slice(&at.micros().to_le_bytes());
            to.extend_from_slice(id.as_bytes());
        }
        Entry::Closed(at) | Entry::Mark(at) => to.extend_from_slice(&at.micros().to_le_bytes()),
        Entry::Intent(told) => put_intent(to, told),
        Entry::Ending(event, ending) => {
            to.extend_from_slice(&event.to_le_bytes());
            put_ending(to, ending, None);
        }
        Entry::Answered(event, ending, result) => {
            to.extend_from_slice(&event.to_le_bytes());
            put_ending(to, ending, Some(result));
        }
        Entry::Whole(told, ending) => {
            put_intent(to, told);
            put_ending(to, ending, None);
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
        Entry::Ending(..) | Entry::Answered(..) => kind::ENDING,
        Entry::Whole(..) => kind::WHOLE,
    }
}

fn put_intent(to: &mut Vec<u8>, told: &Told<'_>) {
    let (intent, shown) = (told.intent, Shown::of(told));
    let Caller { agent_id, token, admin, .. } = &intent.caller;
    to.extend_from_slice(&intent.time.micros().to_le_bytes());
    to.extend_from_slice(intent.id.as_bytes());
    to.extend_from_slice(&shown.flags(told).to_le_bytes());
    to.push(place(&DECISIONS, intent.decision));
    put_number(to, intent.request_bytes);
    put_text(to, told.kind);
    shown.agent.iter().for_each(|name| put_text(to, name));
    agent_id.iter().for_each(|id| to.extend_from_slice(id.as_bytes()));
    shown.user.iter().for_each(|user| put_text(to, user));
    token.iter().for_each(|id| to.extend_from_slice(id.as_bytes()));
    admin.iter().for_each(|admin| to.extend_from_slice(&[place(&ROLES, admin.role), place(&DOORS, admin.door)]));
    intent.session.iter().for_each(|session| put_text(to, session));
    intent.server.iter().for_each(|name| put_text(to, name.as_str()));
    shown.capability.iter().for_each(|name| put_text(to, name));
    shown.detail.iter().for_each(|detail| put_text(to, detail));
    put_length(to, intent.reasons.len());
    let is_plain = matches!(told.private, Privy::Plain);
    intent.reasons.iter().for_each(|reason| {
        put_text(to, &if is_plain { reason.as_str().into() } else { public_reason(reason) });
    });
    if let Privy::Sealed(Sealed { subject, commit, bytes }) = told.private {
        to.extend_from_slice(subject.as_bytes());
        to.extend_from_slice(commit);
        put_length(to, bytes.len());
        to.extend_from_slice(bytes);
    }
    put_facts(to, &intent.facts);
    told.arguments.iter().for_each(|kept| put_kept(to, kept));
}

/// Those for everybody who reads the record, if there are any.
fn put_facts(to: &mut Vec<u8>, facts: &Facts) {
    let flags = facts_of(facts);
    if flags == 0 {
        return;
    }
    to.extend_from_slice(&flags.to_le_bytes());
    public_request(facts).iter().for_each(|id| put_text(to, id));
    facts.pin.iter().for_each(|pin| to.extend_from_slice(&pin.0));
    facts.operation.iter().for_each(|operation| to.push(place(&OPERATIONS, *operation)));
    facts.policy_version.iter().for_each(|version| put_number(to, *version));
    if flags & fact::CREDENTIALS != 0 {
        put_length(to, facts.credentials.len());
    }
    for carried in &facts.credentials {
        to.extend_from_slice(carried.id.as_bytes());
        put_number(to, carried.version);
        to.push(place(&DELIVERIES, carried.delivery));
    }
}

fn facts_of(facts: &Facts) -> u16 {
    set([
        (fact::REQUEST, public_request(facts).is_some()),
        (fact::PIN, facts.pin.is_some()),
        (fact::OPERATION, facts.operation.is_some()),
        (fact::POLICY_VERSION, facts.policy_version.is_some()),
        (fact::CREDENTIALS, !facts.credentials.is_empty()),
    ])
}

/// Whatever its text may hold, a request's id was never written in the open.
fn public_request(facts: &Facts) -> Option<&str> {
    facts.request.as_deref().filter(|id| is_public_name(id))
}

fn set<const N: usize>(flags: [(u16, bool); N]) -> u16 {
    flags.into_iter().filter(|(_, set)| *set).fold(0, |flags, (flag, _)| flags | flag)
}

/// Of what may be about people: what is written for everybody who reads the record.
struct Shown<'a> {
    agent: Option<&'a str>,
    user: Option<&'a str>,
    capability: Option<&'a str>,
    detail: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(told: &Told<'a>) -> Self {
        let intent = told.intent;
        let (capability, detail) = (intent.capability.as_deref(), intent.detail.as_deref());
        match told.private {
            Privy::Plain => Self {
                agent: intent.caller.agent.as_ref().map(|name| name.as_str()),
                user: intent.caller.user.as_deref(),
                capability,
                detail,
            },
            Privy::Sealed(_) | Privy::Without => Self {
                agent: None,
                user: None,
                capability: capability.filter(|name| is_public_name(name)),
                detail: detail.filter(|_| is_public_detail(intent.caller.admin, told.kind)),
            },
        }
    }

    fn flags(&self, told: &Told<'_>) -> u16 {
        let (intent, caller) = (told.intent, &told.intent.caller);
        set([
            (flag::AGENT, self.agent.is_some()),
            (flag::AGENT_ID, caller.agent_id.is_some()),
            (flag::USER, self.user.is_some()),
            (flag::TOKEN, caller.token.is_some()),
            (flag::ADMIN, caller.admin.is_some()),
            (flag::SESSION, intent.session.is_some()),
            (flag::SERVER, intent.server.is_some()),
            (flag::CAPABILITY, self.capability.is_some()),
            (flag::DETAIL, self.detail.is_some()),
            (flag::ACT, told.act),
            (flag::SEALED, matches!(told.private, Privy::Sealed(_))),
            (flag::FACTS, facts_of(&intent.facts) != 0),
            (flag::ARGUMENTS, told.arguments.is_some()),
        ])
    }
}

fn put_ending(to: &mut Vec<u8>, ending: &Ending, result: Option<&Kept>) {
    let staged = if ending.stages.is_none() { 0 } else { STAGED };
    to.push(place(&OUTCOMES, ending.outcome) | staged | result.map_or(0, |_| ANSWERED));
    put_text(to, ending.code.map_or("", |code| code.as_str()));
    put_number(to, ending.duration_us);
    put_number(to, ending.response_bytes);
    if staged != 0 {
        put_length(to, ending.stages.all().count());
    }
    for (stage, micros) in ending.stages.all() {
        to.push(place(&Stage::ALL, stage));
        put_number(to, micros);
    }
    result.iter().for_each(|kept| put_kept(to, kept));
}

fn put_kept(to: &mut Vec<u8>, kept: &Kept) {
    to.extend_from_slice(&kept.commit);
    put_number(to, kept.file);
    put_number(to, kept.offset);
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
