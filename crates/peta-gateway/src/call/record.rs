//! Record intent: before the request leaves, what is about to happen stands in the record. If it cannot be written, it
//! does not happen.

use std::sync::Arc;

use peta_mcp::Method;
use peta_model::EventKind;

use super::approve::Cleared;
use crate::{admit::Admitted, entry::Entry, hub::Hub, stop::Stop};

/// The proof that a call's intent is in the record.
pub struct Intended(());

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

/// Writes the intent of a cleared call.
pub async fn intent(hub: &Arc<Hub>, _cleared: &Cleared, entry: &mut Entry) -> Result<Intended, Stop> {
    entry.intend(hub).await?;
    Ok(Intended(()))
}
