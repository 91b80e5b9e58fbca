//! Tasks that agents host for servers: questions asked as tasks, and what servers ask of them afterwards. The ids are the
//! agent's own; each is good for the one session that hosts it and the one instance it is hosted for.

use std::{sync::Arc, time::Duration};

use peta_mcp::{Message, Method, Splice, Value};
use peta_runtime::InstanceKey;
use tokio::time::Instant;

use super::rewrite;
use crate::{
    hub::Hub,
    session::{Session, asked::Asked, hosted::Hosted},
};

/// The id of the hosted task that a server's question is about, as written.
pub(crate) fn named(message: &Message) -> Option<&str> {
    let about_one =
        matches!(message.method()?.as_str(), Method::TASKS_GET | Method::TASKS_RESULT | Method::TASKS_CANCEL);
    let id = message.params().and_then(|params| params.get("taskId")).map_or("", Value::raw);
    about_one.then_some(id)
}

/// Whether a question asks for a task.
pub(crate) fn asks_for_one(message: &Message) -> bool {
    message.params().and_then(|params| params.get("task")).is_some_and(Value::is_object)
}

pub(crate) fn hosts(session: &Session, key: &InstanceKey, id: &str) -> bool {
    session.state().hosted.of(key, id).is_some()
}

/// How long a server may wait for the answer to a question: for a result as long as the task lives.
pub(crate) fn patience(session: &Session, key: &InstanceKey, message: &Message, usual: Duration) -> Instant {
    let now = Instant::now();
    let result = message.method().map(Method::as_str) == Some(Method::TASKS_RESULT);
    let task = named(message).filter(|_| result);
    let until = task.and_then(|id| session.state().hosted.of(key, id).map(|hosted| hosted.until));
    until.unwrap_or(now + usual)
}

/// Notes a task that the agent's answer begins; cuts from its list what it hosts for others; names the server's own tasks
/// as the server does. `id` is ours for the question.
pub(crate) fn answered(
    hub: &Hub,
    session: &Session,
    id: &str,
    asked: &Asked,
    message: &Message,
    splice: &mut Splice<'_>,
) {
    let Some(result) = message.result() else { return };
    rewrite::to_server(hub, session.agent, asked.audience.server, Some(result), splice);
    if asked.for_task
        && let Some((task, name)) = result.get("task").and_then(|task| Some((task, task.get("taskId")?)))
    {
        let most = hub.config.tasks.ttl_most.duration();
        let ttl = rewrite::ttl_of(task).map_or(most, |ttl| ttl.min(most));
        let progress = asked.token.clone().map(|own| (id.to_owned(), own));
        let hosted = Hosted { instance: Arc::clone(&asked.instance), until: Instant::now() + ttl, progress };
        session.state().hosted.add(name.raw(), hosted);
    }
    if asked.method.as_str() == Method::TASKS_LIST
        && let Some(array) = result.get("tasks").filter(|array| array.is_array())
    {
        let key = asked.instance.key();
        let state = session.state();
        let ours = |task: &Value<'_>| task.get("taskId").is_some_and(|id| state.hosted.of(key, id.raw()).is_some());
        let kept: Vec<&str> = array.items().filter(ours).map(Value::raw).collect();
        splice.replace(array.range(), format!("[{}]", kept.join(",")));
    }
}

/// The agent tells how a task that it hosts goes; false if no server waits to hear of it.
pub(crate) async fn told(hub: &Hub, session: &Session, message: &Message) -> bool {
    let id = message.params().and_then(|params| params.get("taskId"));
    let instance = id.and_then(|id| session.state().hosted.instance(id.raw()));
    let Some(instance) = instance else { return false };
    let mut splice = Splice::new(message.text());
    rewrite::to_server(hub, session.agent, instance.key().server, message.params(), &mut splice);
    instance.tell(peta_mcp::compact(splice.finish())).await.is_ok()
}
