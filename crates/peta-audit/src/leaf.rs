//! An entry of the record as it stands in the tree: the public part, as canonical JSON (RFC 8785). All numbers are whole
//! and below 2^53. The form is told in `docs/formats/event.md`; a form that was released is never changed, for hashes of it
//! are signed.

use std::borrow::Cow;

use peta_model::{AgentId, BootId, Decision, EventId, Moment, Operation, TokenId};
use serde::Serialize;

use crate::{Admin, Carried, Pin, Stages, hex::Hex, private::Commitment};

/// The longest entry of the tree (C2SP tlog-tiles: its length is a u16).
pub const LEAF_LIMIT: usize = 65_535;

const VERSION: u8 = 1;

/// What an entry says.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "each is made for one entry, and gone when that has its bytes")]
pub enum Leaf<'a> {
    /// A run of Core began; what follows is of it.
    Boot(BootId, Moment),
    /// It ended in good order.
    Closed(Moment),
    /// Written to see whether it can be.
    Mark(Moment),
    Intent(Public<'a>),
    Outcome(Outcome<'a>),
    /// Nothing stands under this number: it was left out, or what stood there was lost before it was bound into the tree.
    Missing,
}

/// The public part of an intent.
#[derive(Debug, Clone)]
pub struct Public<'a> {
    pub id: EventId,
    pub time: Moment,
    pub kind: &'a str,
    pub agent: Option<AgentId>,
    pub token: Option<TokenId>,
    pub admin: Option<Admin>,
    pub session: Option<&'a str>,
    pub server: Option<&'a str>,
    pub capability: Option<&'a str>,
    pub decision: Decision,
    pub reasons: Vec<Cow<'a, str>>,
    pub request_bytes: u64,
    pub facts: PublicFacts<'a>,
    /// Of what Core does of its own accord.
    pub detail: Option<&'a str>,
    /// Whom the private part concerns, and what stands for it.
    pub private: Option<([u8; 16], Commitment)>,
    /// What stands for the arguments, if they are kept.
    pub arguments: Option<Commitment>,
}

/// The public part of what else is known of a call.
#[derive(Debug, Clone, Default)]
pub struct PublicFacts<'a> {
    pub request: Option<&'a str>,
    pub pin: Option<Pin>,
    pub operation: Option<Operation>,
    pub policy_version: Option<u64>,
    pub credentials: Vec<Carried>,
}

/// How an event ended.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    /// The place of its intent in the tree.
    pub intent: u64,
    pub outcome: peta_model::Outcome,
    pub code: Option<&'a str>,
    pub duration_us: u64,
    pub response_bytes: u64,
    pub stages: Stages,
    /// What stands for the result, if it is kept.
    pub result: Option<Commitment>,
}

impl Leaf<'_> {
    /// The entry's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        // Into memory, of strings and numbers: it cannot fail.
        serde_json::to_writer(&mut bytes, &self.form()).unwrap_or_default();
        bytes
    }

    fn form(&self) -> Form<'_> {
        match self {
            Self::Boot(boot, at) => {
                Form::Boot { boot: Hex(boot.as_bytes()), time: at.micros(), v: VERSION, what: "boot" }
            }
            Self::Closed(at) => Form::Sign { time: at.micros(), v: VERSION, what: "closed" },
            Self::Mark(at) => Form::Sign { time: at.micros(), v: VERSION, what: "mark" },
            Self::Missing => Form::Missing { v: VERSION, what: "missing" },
            Self::Outcome(end) => Form::Outcome {
                code: end.code,
                duration_us: whole(end.duration_us),
                intent: end.intent,
                outcome: end.outcome,
                response_bytes: whole(end.response_bytes),
                result: end.result.as_ref().map(|commit| Hex(commit)),
                stages: end.stages.at_most(LARGEST),
                v: VERSION,
                what: "outcome",
            },
            Self::Intent(public) => Form::Intent {
                agent: public.agent.as_ref().map(|id| Hex(id.as_bytes())),
                arguments: public.arguments.as_ref().map(|commit| Hex(commit)),
                capability: public.capability,
                commit: public.private.as_ref().map(|(_, commit)| Hex(commit)),
                credentials: Numbered(&public.facts.credentials),
                decision: public.decision,
                detail: public.detail,
                door: public.admin.map(|admin| admin.door.word()),
                event: Hex(public.id.as_bytes()),
                kind: public.kind,
                operation: public.facts.operation,
                pin: public.facts.pin,
                policy_version: public.facts.policy_version.map(whole),
                reasons: &public.reasons,
                request: public.facts.request,
                request_bytes: whole(public.request_bytes),
                role: public.admin.map(|admin| admin.role),
                server: public.server,
                session: public.session,
                subject: public.private.as_ref().map(|(subject, _)| Hex(subject)),
                time: public.time.micros(),
                token: public.token.as_ref().map(|id| Hex(id.as_bytes())),
                v: VERSION,
                what: "intent",
            },
        }
    }
}

/// Larger numbers are not the same in every JSON reader.
const LARGEST: u64 = (1 << 53) - 1;

const fn whole(number: u64) -> u64 {
    if number > LARGEST { LARGEST } else { number }
}

/// Members in the order of their names, as the canonical form wants it.
#[derive(Serialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "as it is above")]
enum Form<'a> {
    Boot {
        boot: Hex<'a>,
        time: i64,
        v: u8,
        what: &'static str,
    },
    Sign {
        time: i64,
        v: u8,
        what: &'static str,
    },
    Missing {
        v: u8,
        what: &'static str,
    },
    Outcome {
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
        duration_us: u64,
        intent: u64,
        outcome: peta_model::Outcome,
        response_bytes: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<Hex<'a>>,
        #[serde(skip_serializing_if = "Stages::is_none")]
        stages: Stages,
        v: u8,
        what: &'static str,
    },
    Intent {
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<Hex<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        arguments: Option<Hex<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        capability: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        commit: Option<Hex<'a>>,
        #[serde(skip_serializing_if = "Numbered::is_empty")]
        credentials: Numbered<'a>,
        decision: Decision,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        door: Option<&'static str>,
        event: Hex<'a>,
        kind: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<Operation>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pin: Option<Pin>,
        #[serde(skip_serializing_if = "Option::is_none")]
        policy_version: Option<u64>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        reasons: &'a [Cow<'a, str>],
        #[serde(skip_serializing_if = "Option::is_none")]
        request: Option<&'a str>,
        request_bytes: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<peta_model::Role>,
        #[serde(skip_serializing_if = "Option::is_none")]
        server: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        session: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<Hex<'a>>,
        time: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Hex<'a>>,
        v: u8,
        what: &'static str,
    },
}

/// Versions of credentials; each a whole number too.
struct Numbered<'a>(&'a [Carried]);

impl Numbered<'_> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Numbered<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|carried| Carried { version: whole(carried.version), ..*carried }))
    }
}

#[cfg(test)]
mod tests;
