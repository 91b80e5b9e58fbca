//! Task ids on their way: agents read sealed ids, servers their own. A task is named in its own object, and in `_meta` of
//! whatever belongs to it. Ids of tasks that an agent hosts are the agent's, and stay as they are.

use std::{ops::Range, sync::Arc, time::Duration};

use peta_mcp::{Message, Splice, Value, write};
use peta_model::{AgentId, ServerId};
use peta_runtime::InstanceKey;

use super::{kept::Kept, token::Token};
use crate::hub::Hub;

const RELATED: &str = "io.modelcontextprotocol/related-task";

/// Which task of a server's a message of it belongs to.
pub(crate) enum Belongs {
    /// To none, or to one that the agent hosts.
    Nowhere,
    To(Arc<Kept>),
    /// To one that nobody here knows.
    Unknown,
}

/// Where a message names the task that it belongs to: in `_meta` of its params or result.
fn related(body: Value<'_>) -> Option<Value<'_>> {
    body.at(&["_meta", RELATED, "taskId"]).filter(|id| id.is_string())
}

/// Which task a server's request or notification belongs to. `hosted` says whether an id is one of an agent's own tasks.
pub(crate) fn belongs(hub: &Hub, key: &InstanceKey, message: &Message, hosted: impl Fn(&str) -> bool) -> Belongs {
    let Some(id) = message.params().and_then(related) else { return Belongs::Nowhere };
    let own = id.as_str().unwrap_or_default();
    match hub.tasks.called(key, &own) {
        Some(kept) => Belongs::To(kept),
        None if hosted(id.raw()) => Belongs::Nowhere,
        None => Belongs::Unknown,
    }
}

/// Names the task as its caller knows it, in a message that belongs to it.
pub(crate) fn to_caller(kept: &Kept, body: Option<Value<'_>>, splice: &mut Splice<'_>) {
    if let Some(id) = body.and_then(related).filter(|id| id.as_str().is_some_and(|own| own == kept.own)) {
        splice.replace(id.range(), write::string(&kept.token));
    }
}

/// Names the task as the server knows it, in a message of an agent. What is no sealed id of this caller and server is the
/// agent's own, and stays.
pub(crate) fn to_server(
    hub: &Hub,
    caller: AgentId,
    server: ServerId,
    body: Option<Value<'_>>,
    splice: &mut Splice<'_>,
) {
    let Some(id) = body.and_then(related) else { return };
    let token = id.as_str().and_then(|id| Token::open(&hub.sealer, caller, &id));
    if let Some(token) = token.filter(|token| token.server == server) {
        splice.replace(id.range(), write::string(&token.own));
    }
}

/// A task's object as its caller reads it: by its sealed id, and with no longer a life than it has here.
pub(crate) fn object(task: Value<'_>, token: &str, most: Duration, splice: &mut Splice<'_>) {
    if let Some(id) = task.get("taskId") {
        splice.replace(id.range(), write::string(token));
    }
    if let Some((range, with)) = capped_ttl(task, most) {
        splice.replace(range, with);
    }
}

/// No task lives longer than the settings say; `null` is for ever. The change that this asks for, if any.
pub(crate) fn capped_ttl(task: Value<'_>, most: Duration) -> Option<(Range<usize>, String)> {
    let ttl = task.get("ttl").filter(|ttl| ttl.is_null() || ttl.is_number())?;
    let more = ttl.is_null() || ttl_of(task).is_none_or(|ttl| ttl > most);
    more.then(|| (ttl.range(), most.as_millis().to_string()))
}

/// A task's time to live, if it says one.
pub(crate) fn ttl_of(task: Value<'_>) -> Option<Duration> {
    let milliseconds = task.get("ttl").and_then(Value::as_f64).filter(|ttl| *ttl >= 0.0)?;
    Duration::try_from_secs_f64(milliseconds / 1_000.0).ok()
}
