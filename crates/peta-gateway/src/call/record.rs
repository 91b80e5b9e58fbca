//! Record: the intent before the request leaves, the outcome before the answer does. If either cannot be written, the
//! call does not happen, or its answer is withheld.

use std::sync::Arc;

use bytes::Bytes;
use peta_mcp::Method;
use peta_model::{EventKind, Outcome};

use super::{approve::Cleared, sanitize::Clean};
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

/// Writes how a call ended, and only then gives the answer's text.
pub async fn outcome(hub: &Arc<Hub>, entry: Entry, end: Result<Clean, Stop>) -> Option<Bytes> {
    match end {
        Err(stop) => entry.stopped(hub, stop).await,
        Ok(clean) => {
            let (text, failed) = clean.into_parts();
            let outcome = if failed { Outcome::Error } else { Outcome::Ok };
            Some(entry.answered(hub, outcome, text).await)
        }
    }
}
