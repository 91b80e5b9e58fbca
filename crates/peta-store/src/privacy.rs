//! What keeps the private part of an event: it is sealed under the key of whom it concerns before it is written, and
//! opened when somebody reads it who may. An event whose subject was erased keeps its public part.

use std::{collections::BTreeSet, sync::Arc};

use aws_lc_rs::rand;
use peta_audit::{Commitment, Intent, Payload, PayloadPart, Private, SALT, commitment};
use peta_model::{EventId, SubjectId, TenantId};
use peta_vault::subject::SubjectKey;

use crate::{
    record::{Privy, Sealed, SealedLine},
    subjects::{Concerned, Subjects},
};

const DOMAIN: &[u8] = b"peta:private:v1";
const PAYLOAD: &[u8] = b"peta:payload:v1";
const NONCE: usize = 12;

/// The private part cannot be sealed, so what it is of is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotSealed(String);

/// A private part that goes to the record, if there is one.
pub(crate) struct Veil(Option<Sealed>);

impl Veil {
    /// Of what Core does of its own accord.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn part(&self) -> Privy<'_> {
        self.0.as_ref().map_or(Privy::Without, Privy::Sealed)
    }
}

/// Seals what an intent says of people. While the vault is locked nothing is kept of it.
pub(crate) async fn seal(subjects: &Subjects, tenant: TenantId, intent: &Intent) -> Result<Veil, NotSealed> {
    let private = Private::of(intent);
    if private.is_empty() {
        return Ok(Veil::none());
    }
    let whom = concerned(intent);
    let key = match subjects.at_hand(&whom) {
        Some(key) => key,
        None => match subjects.of(&whom).await {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(Veil::none()),
            Err(error) => return Err(NotSealed(error.to_string())),
        },
    };
    let (salt, nonce) = chance()?;
    let salted = private.to_bytes(&salt);
    let bytes = key.seal(&place(tenant, intent.id), &salted, nonce).map_err(|error| NotSealed(error.to_string()))?;
    Ok(Veil(Some(Sealed { subject: key.id(), commit: commitment(&salted), bytes })))
}

fn chance() -> Result<([u8; SALT], [u8; NONCE]), NotSealed> {
    let (mut salt, mut nonce) = ([0; SALT], [0; NONCE]);
    rand::fill(&mut salt)
        .and_then(|()| rand::fill(&mut nonce))
        .map_err(|_| NotSealed("there are no random bytes".to_owned()))?;
    Ok((salt, nonce))
}

/// The key of whom an event concerns. Without one nothing is kept of what was said: then it does not happen.
pub(crate) async fn payload_key(subjects: &Subjects, intent: &Intent) -> Result<Arc<SubjectKey>, NotSealed> {
    match subjects.of(&concerned(intent)).await {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(NotSealed("the vault is locked, and payloads are to be kept".to_owned())),
        Err(error) => Err(NotSealed(error.to_string())),
    }
}

/// What a payload is bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PayloadPlace {
    pub(crate) tenant: TenantId,
    pub(crate) event: EventId,
    pub(crate) part: PayloadPart,
}

impl PayloadPlace {
    /// What goes into the file of payloads, and what stands for it in the record.
    pub(crate) fn seal(&self, key: &SubjectKey, payload: &Payload) -> Result<(Commitment, Vec<u8>), NotSealed> {
        let (salt, nonce) = chance()?;
        let salted = payload.to_bytes(&salt);
        let sealed = key.seal(&self.beside(), &salted, nonce).map_err(|error| NotSealed(error.to_string()))?;
        Ok((commitment(&salted), [&self.head(), &key.id().as_bytes()[..], &sealed].concat()))
    }

    /// The salt and the text.
    pub(crate) fn open(&self, key: &SubjectKey, body: &[u8]) -> Option<Vec<u8>> {
        let (_, sealed) = body.strip_prefix(&self.head()[..])?.split_first_chunk::<16>()?;
        key.open(&self.beside(), sealed)
    }

    /// Which it is, and of which event: what a body begins with.
    fn head(&self) -> Vec<u8> {
        [&[self.part.byte()][..], self.event.as_bytes()].concat()
    }

    fn beside(&self) -> Vec<u8> {
        [PAYLOAD, self.tenant.as_bytes(), self.event.as_bytes(), &[self.part.byte()]].concat()
    }
}

/// Under whose key it is sealed; none if it is not what belongs there.
pub(crate) fn subject_of(place: &PayloadPlace, body: &[u8]) -> Option<SubjectId> {
    let id = body.strip_prefix(&place.head()[..])?.first_chunk()?;
    Some(SubjectId::from_bytes(*id))
}

/// Whom an event concerns: the person that an act is about or that the agent calls for, else the agent, else nobody but the
/// installation.
fn concerned(intent: &Intent) -> Concerned {
    let caller = &intent.caller;
    match (intent.concerns.as_ref().or(caller.user.as_ref()), caller.agent_id) {
        (Some(user), _) => Concerned::Person(user.as_str().into()),
        (None, Some(agent)) => Concerned::Agent(agent),
        (None, None) => Concerned::House,
    }
}

/// A private part is bound to its event: it does not open as another one's.
fn place(tenant: TenantId, event: EventId) -> Vec<u8> {
    [DOMAIN, tenant.as_bytes(), event.as_bytes()].concat()
}

/// What the entry of an event commits to: the random bytes, and the text of the private part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub salt: [u8; SALT],
    pub text: String,
}

impl Opening {
    fn read(salted: &[u8]) -> Option<Self> {
        let (salt, text) = salted.split_first_chunk()?;
        Some(Self { salt: *salt, text: String::from_utf8(text.to_vec()).ok()? })
    }
}

/// Opens private parts, as far as their keys are at hand.
pub(crate) struct Opener {
    subjects: Subjects,
    tenant: TenantId,
    /// Whose keys were not at hand.
    pub(crate) missing: BTreeSet<SubjectId>,
}

impl Opener {
    pub(crate) const fn new(subjects: Subjects, tenant: TenantId) -> Self {
        Self { subjects, tenant, missing: BTreeSet::new() }
    }

    /// Whose record it is.
    pub(crate) const fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(crate) fn open(&mut self, event: EventId, sealed: &SealedLine<'_>) -> Option<Opening> {
        let Some(key) = self.subjects.by_id(sealed.subject) else {
            self.missing.insert(sealed.subject);
            return None;
        };
        Opening::read(&key.open(&place(self.tenant, event), sealed.bytes)?)
    }
}
