//! The facts of a call, and how long its stages took: what stands in an entry where a flag says so.

use peta_audit::{Carried, Facts, Pin, PublicFacts, Stage, Stages};
use peta_model::Operation;

use super::bytes::{Bytes, when};
use crate::record::entry::{DELIVERIES, OPERATIONS, fact};

/// The facts as they are read; texts and lists stay where they are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FactsLine<'a> {
    request: Option<&'a str>,
    pin: Option<Pin>,
    operation: Option<Operation>,
    policy_version: Option<u64>,
    /// As many as there are, one behind the other.
    credentials: &'a [u8],
}

/// Reads the flags, and what they say is there.
pub(crate) fn facts<'a>(from: &mut Bytes<'a>) -> Option<FactsLine<'a>> {
    let flags = from.chunk().map(u16::from_le_bytes).filter(|flags| *flags != 0 && flags & !fact::ALL == 0)?;
    let has = |flag| flags & flag != 0;
    Some(FactsLine {
        request: when(has(fact::REQUEST), || from.text())?,
        pin: when(has(fact::PIN), || from.chunk().map(Pin))?,
        operation: when(has(fact::OPERATION), || from.word(&OPERATIONS))?,
        policy_version: when(has(fact::POLICY_VERSION), || from.number())?,
        credentials: when(has(fact::CREDENTIALS), || credentials(from))?.unwrap_or_default(),
    })
}

fn credentials<'a>(from: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let count = from.number()?;
    let all = from.0;
    for _ in 0..count {
        carried(from)?;
    }
    all.get(..all.len() - from.0.len())
}

fn carried(from: &mut Bytes<'_>) -> Option<Carried> {
    Some(Carried { id: from.id()?, version: from.number()?, delivery: from.word(&DELIVERIES)? })
}

/// How long each stage took.
pub(crate) fn stages(from: &mut Bytes<'_>) -> Option<Stages> {
    let mut stages = Stages::NONE;
    for _ in 0..from.number()? {
        stages.set(from.word(&Stage::ALL)?, from.number()?);
    }
    Some(stages)
}

impl<'a> FactsLine<'a> {
    /// With what the private part told, if that was opened.
    pub(crate) fn whole(&self, client: Option<String>, request: Option<String>) -> Facts {
        Facts {
            client: client.map(Into::into),
            request: self.request.map(str::to_owned).or(request),
            pin: self.pin,
            operation: self.operation,
            policy_version: self.policy_version,
            credentials: self.credentials(),
        }
    }

    /// What stands in the tree.
    pub(crate) fn public(&self) -> PublicFacts<'a> {
        PublicFacts {
            request: self.request,
            pin: self.pin,
            operation: self.operation,
            policy_version: self.policy_version,
            credentials: self.credentials(),
        }
    }

    fn credentials(&self) -> Vec<Carried> {
        let mut from = Bytes(self.credentials);
        std::iter::from_fn(|| carried(&mut from)).collect()
    }
}
