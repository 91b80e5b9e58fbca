//! Authorize: asks the judge. What is denied answers exactly like what does not exist.

use peta_model::{CapabilityKind, CapabilityRef, Decision};

use super::resolve::Resolved;
use crate::{entry::Entry, refuse::Refusal, stop::Stop};

/// A call that the judge allowed.
pub struct Authorized(Resolved);

impl Authorized {
    pub(in crate::call) fn resolved(&self) -> &Resolved {
        &self.0
    }

    pub(in crate::call) fn into_resolved(self) -> Resolved {
        self.0
    }
}

pub fn authorize(resolved: Resolved, entry: &mut Entry) -> Result<Authorized, Stop> {
    let capability = CapabilityRef { kind: resolved.kind, name: &resolved.own };
    let caller = &resolved.admitted.caller;
    let judgement = match &resolved.server {
        Some(server) => caller.snapshot.policy.judge(caller.agent.id, &server.spec.name, capability),
        None => return deny(&resolved, entry),
    };
    entry.decided(judgement.decision, judgement.reasons);
    match (judgement.decision, resolved.exists) {
        (Decision::Allow, true) => {
            entry.defined(resolved.definition());
            match resolved.unfit {
                Some(unfit) => Err(unfit.into()),
                None => Ok(Authorized(resolved)),
            }
        }
        (Decision::Allow, false) | (Decision::Deny, _) => deny(&resolved, entry),
    }
}

fn deny(resolved: &Resolved, entry: &mut Entry) -> Result<Authorized, Stop> {
    entry.decided(Decision::Deny, Vec::new());
    let asked = &resolved.asked;
    Err(match resolved.kind {
        CapabilityKind::Tool => Refusal::no_tool(asked),
        CapabilityKind::Prompt => Refusal::no_prompt(asked),
        CapabilityKind::Resource | CapabilityKind::Template => Refusal::no_resource(asked),
    }
    .into())
}
