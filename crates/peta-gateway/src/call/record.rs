//! Record intent: before the request leaves, what is about to happen stands in the record. If it cannot be written, it
//! does not happen.

use std::sync::Arc;

use peta_audit::Stage;
use peta_mcp::Method;
use peta_model::{CapabilityRef, EventKind};

use super::{approve::Cleared, resolve::Resolved};
use crate::{
    admit::Admitted,
    custody::{Chosen, NoChoice},
    entry::Entry,
    hub::Hub,
    stop::Stop,
};

/// The proof that a call's intent is in the record; with it, what the record says that the call carries.
pub struct Intended(Result<Chosen, NoChoice>);

impl Intended {
    pub(in crate::call) fn into_choice(self) -> Result<Chosen, NoChoice> {
        self.0
    }
}

/// Begins the entry of a call.
pub(crate) fn begin(hub: &Hub, admitted: &Admitted) -> Entry {
    let message = &admitted.message;
    let kind = match message.method().map(Method::as_str) {
        Some(Method::TOOLS_CALL) => EventKind::ToolCall,
        Some(Method::RESOURCES_READ) => EventKind::ResourceRead,
        Some(Method::PROMPTS_GET) => EventKind::PromptGet,
        _ => EventKind::Completion,
    };
    Entry::open(hub, kind, &admitted.caller, &admitted.session, message)
}

/// Writes the intent of a cleared call, and whose credentials it carries.
pub async fn intent(hub: &Arc<Hub>, cleared: &Cleared, entry: &mut Entry) -> Result<Intended, Stop> {
    entry.lap(Stage::Judge);
    let chosen = choose(hub, cleared.resolved());
    if let Some(chosen) = chosen.as_ref().ok().filter(|chosen| !chosen.is_empty()) {
        entry.carries(chosen);
        entry.lap(Stage::Credential);
    }
    let resolved = cleared.resolved();
    match &resolved.server {
        Some(server) => entry.intend_at(hub, server, &resolved.admitted.message).await?,
        None => entry.intend(hub).await?,
    }
    entry.lap(Stage::Record);
    Ok(Intended(chosen))
}

fn choose(hub: &Hub, resolved: &Resolved) -> Result<Chosen, NoChoice> {
    let Some(server) = &resolved.server else { return Ok(Vec::new()) };
    let caller = &resolved.admitted.caller;
    let capability = CapabilityRef { kind: resolved.kind, name: &resolved.own };
    hub.steward.choose(&caller.snapshot, server, caller.agent.id, Some(capability))
}
