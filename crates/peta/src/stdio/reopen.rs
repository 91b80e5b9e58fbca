//! Opening the session again when Core has forgotten it: with the agent's own `initialize`, unseen by the agent but
//! for the notifications that its lists may have changed.

use bytes::Bytes;
use peta_mcp::{Message, Method, ServerFeatures, Side, write};

use super::{
    core::NoAnswer,
    ends::Ends,
    reading::{Read, read},
    session::Names,
};
use crate::terminal;

/// Opens it again, unless somebody did since `seen`. Whether there is a session now.
pub(super) async fn reopen(ends: &Ends, seen: u64) -> Result<bool, NoAnswer> {
    let _held = ends.reopening.lock().await;
    if ends.session.names().opened != seen {
        return Ok(true);
    }
    let Some(initialize) = ends.session.initialize() else { return Ok(false) };
    let Ok(asked) = Message::parse(initialize.clone(), Side::Server, &ends.limits) else { return Ok(false) };
    let response = ends.core.post(&Names::default(), initialize).await?;
    let Read::Answer(head, answer) = read(ends, response, asked.id()).await else { return Ok(false) };
    let Some(result) = answer.result() else { return Ok(false) };
    let features = result.get("capabilities").map(ServerFeatures::parse).unwrap_or_default();
    ends.session.open(&head, &answer);
    terminal::note("peta stdio: Core had ended the session; a new one is open");
    if ends.session.is_greeted() {
        let greeting: Bytes = write::notification(Method::INITIALIZED, None);
        ends.core.post(&ends.session.names(), greeting).await?;
    }
    for (changes, method) in [
        (features.tools_list_changed, Method::TOOLS_CHANGED),
        (features.resources_list_changed, Method::RESOURCES_CHANGED),
        (features.prompts_list_changed, Method::PROMPTS_CHANGED),
    ] {
        if changes {
            ends.output.say(write::notification(method, None)).await;
        }
    }
    Ok(true)
}
