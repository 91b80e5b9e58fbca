//! What keeps the private part of an event: it is sealed under the key of whom it concerns before it is written, and
//! opened when somebody reads it who may. An event whose subject was erased keeps its public part.

use std::collections::BTreeSet;

use aws_lc_rs::rand;
use peta_audit::{Intent, Private, SALT, commitment};
use peta_model::{EventId, SubjectId, TenantId};

use crate::{
    record::{Privy, Sealed, SealedLine},
    subjects::{Concerned, Subjects},
};

const DOMAIN: &[u8] = b"peta:private:v1";
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
    let mut chance = [0; SALT + NONCE];
    let no_chance = || NotSealed("there are no random bytes".to_owned());
    rand::fill(&mut chance).map_err(|_| no_chance())?;
    let (salt, nonce) = chance.split_first_chunk::<SALT>().ok_or_else(no_chance)?;
    let nonce = *nonce.first_chunk::<NONCE>().ok_or_else(no_chance)?;
    let salted = private.to_bytes(salt);
    let bytes = key.seal(&place(tenant, intent.id), &salted, nonce).map_err(|error| NotSealed(error.to_string()))?;
    Ok(Veil(Some(Sealed { subject: key.id(), commit: commitment(&salted), bytes })))
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

    pub(crate) fn open(&mut self, event: EventId, sealed: &SealedLine<'_>) -> Option<Private> {
        self.salted(event, sealed).and_then(|salted| Private::read(&salted))
    }

    /// The salt and the text: what the commitment is to.
    pub(crate) fn salted(&mut self, event: EventId, sealed: &SealedLine<'_>) -> Option<Vec<u8>> {
        let Some(key) = self.subjects.by_id(sealed.subject) else {
            self.missing.insert(sealed.subject);
            return None;
        };
        key.open(&place(self.tenant, event), sealed.bytes)
    }
}
