//! Forward: the one way of a call to its server, and of the answer back. Names and URIs go out as the server's own and
//! come back as the agent's.

use std::sync::Arc;

use bytes::Bytes;
use peta_mcp::{Message, Value};

use super::inject::Armed;
use crate::{carry, catalog::rewrite, hold, hub::Hub, refuse::Refusal, session::running::Running, stop::Stop};

/// What came back.
pub struct Answered {
    text: Bytes,
    failed: bool,
}

impl Answered {
    /// The answer, as the agent is to read it, and whether the server says that it failed.
    pub(in crate::call) fn into_parts(self) -> (Bytes, bool) {
        (self.text, self.failed)
    }
}

pub async fn forward(hub: &Arc<Hub>, armed: Armed, running: &Running) -> Result<Answered, Stop> {
    let resolved = armed.into_resolved();
    let session = &resolved.admitted.session;
    let message = &resolved.admitted.message;
    let Some(server) = &resolved.server else { return Err(Refusal::no_tool(&resolved.asked).into()) };
    let held = hold::hold(hub, session, server);
    hold::ready(hub, &held).await?;
    let edits = resolved.rename.into_iter().collect();
    let answer = carry::carry(hub, session, &held, message, edits, running).await?;
    let failed = answer.error().is_some() || says_error(&answer);
    let text = rewrite::answer(hub, session, &held, message, &answer)?;
    Ok(Answered { text, failed })
}

fn says_error(answer: &Message) -> bool {
    answer.result().and_then(|result| result.get("isError")).and_then(Value::as_bool) == Some(true)
}
