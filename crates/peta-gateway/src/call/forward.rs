//! Forward: the one way of a call to its server, and of the answer back. Names and URIs go out as the server's own and
//! come back as the agent's.

use std::sync::Arc;

use bytes::Bytes;
use peta_mcp::{Message, Value};
use peta_model::CapabilityKind;

use super::inject::Armed;
use crate::{
    carry::{self, Edit, Errand},
    catalog::rewrite,
    hold,
    hub::Hub,
    refuse::Refusal,
    session::running::Running,
    stop::Stop,
    task::{
        begin::{self, Beginning},
        rewrite::capped_ttl,
    },
};

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
    let mut edits: Vec<Edit> = resolved.rename.into_iter().collect();
    let task = begin::wish(message).filter(|_| resolved.kind == CapabilityKind::Tool);
    edits.extend(task.and_then(|task| capped_ttl(task, hub.config.tasks.ttl_most.duration())));
    let mut errand = Errand::at(&held, edits);
    let mut beginning = match task {
        Some(_) => Some(Beginning::of(hub, session, &held, errand.exchange())?),
        None => None,
    };
    if beginning.is_some() {
        errand.begins_task();
    }
    let answer = carry::carry(hub, session, &held, message, errand, running).await?;
    let failed = answer.error().is_some() || says_error(&answer);
    let mut begun = Ok(());
    let text = rewrite::answer_with(hub, session, &held, message, &answer, |splice| {
        if let Some(beginning) = &mut beginning {
            begun = beginning.answered(session, &resolved.own, &answer, splice);
        }
    })?;
    begun?;
    Ok(Answered { text, failed })
}

fn says_error(answer: &Message) -> bool {
    answer.result().and_then(|result| result.get("isError")).and_then(Value::as_bool) == Some(true)
}
