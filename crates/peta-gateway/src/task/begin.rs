//! The beginning of a task: a tool that is called with `params.task` answers at once with a task's id, which becomes a
//! sealed one before the agent reads it.

use std::sync::Arc;

use peta_mcp::{Message, Splice, Value};
use peta_model::Code;
use tokio::time::Instant;

use super::{
    rewrite,
    table::{Kept, New},
    token::Token,
};
use crate::{
    hub::Hub,
    refuse::{Refusal, rpc},
    session::{Session, held::Held},
};

/// What an agent says of the task that it wants its call to be.
pub(crate) fn wish(message: &Message) -> Option<Value<'_>> {
    message.params()?.get("task").filter(|task| task.is_object())
}

/// Refuses one more task to an agent that has too many.
pub(crate) fn room(hub: &Hub, session: &Session) -> Result<(), Refusal> {
    if hub.tasks.count(session.agent) < hub.config.tasks.per_agent {
        return Ok(());
    }
    Err(Refusal::new(Code::OVER_LIMIT, rpc::INTERNAL, "This agent has too many tasks that are not done with"))
}

/// No task came of it: its progress ends with its answer.
pub(crate) fn not_begun(hub: &Hub, held: &Held, exchange: u64) {
    hub.tasks.untrack(held.instance.key(), exchange);
    held.instance.forget_progress(exchange);
}

/// Notes the task that a server's answer begins, if it does, and puts the sealed id in the answer.
pub(crate) fn begun(
    hub: &Hub,
    session: &Session,
    held: &Arc<Held>,
    (tool, exchange): (&str, u64),
    answer: &Message,
    splice: &mut Splice<'_>,
) -> Result<(), Refusal> {
    let task = answer.result().and_then(|result| result.get("task")).filter(|task| task.is_object());
    let Some((task, own)) = task.and_then(|task| Some((task, task.get("taskId")?.as_str()?))) else {
        // An answer like any other: the server does not run it as a task.
        not_begun(hub, held, exchange);
        return Ok(());
    };
    let token =
        Token { server: held.server, run: hub.tasks.run.clone(), tool: tool.to_owned(), own: own.clone().into_owned() };
    let Some(sealed) = token.seal(&hub.sealer, session.agent) else {
        return Err(Refusal::failure(Code::SERVER_GARBAGE, "The server's id for the task is too long to be carried"));
    };
    let most = hub.config.tasks.ttl_most.duration();
    let ttl = rewrite::ttl_of(task).map_or(most, |ttl| ttl.min(most));
    let new = New { token: sealed.clone(), own: token.own, tool: token.tool };
    let kept = hub.tasks.add(Kept::new(session.agent, session.number, held, new, Instant::now() + ttl));
    hub.tasks.track_task(held.instance.key(), exchange, &sealed);
    rewrite::object(task, &sealed, most, splice);
    rewrite::to_caller(&kept, answer.result(), splice);
    Ok(())
}
