//! Tasks (MCP 2025-11-25): what an agent asks of tasks that servers run for it. A task's sealed id says where it is; the
//! judge is asked about its tool each time; a foreign, a forged and an unknown id answer alike.

pub(crate) mod begin;
pub(crate) mod hosted;
pub(crate) mod kept;
mod list;
pub(crate) mod rewrite;
pub(crate) mod status;
pub(crate) mod table;
mod token;
mod tracks;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use peta_mcp::{Message, Method, Splice, Value, write};
use peta_model::{CapabilityKind, CapabilityRef, Code, Decision, Transport};
use peta_store::ServerEntry;
use tokio::time::Instant;

use crate::{
    admit::Admitted,
    carry::{self, Errand},
    catalog,
    entry::Entry,
    hold,
    hub::Hub,
    offer::Shown,
    refuse::{Refusal, rpc},
    session::{Endpoint, held::Held, running::Running},
    stop::Stop,
};
use kept::{Kept, New};
use token::Token;

/// Answers `tasks/get`, `tasks/result`, `tasks/cancel` and `tasks/list`.
pub(crate) async fn task(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    running: &Running,
    entry: &mut Entry,
) -> Result<Bytes, Stop> {
    match admitted.message.method().map(Method::as_str) {
        Some(Method::TASKS_LIST) => list::list(hub, admitted, running, entry).await,
        _ => one(hub, admitted, running, entry).await,
    }
}

async fn one(hub: &Arc<Hub>, admitted: &Admitted, running: &Running, entry: &mut Entry) -> Result<Bytes, Stop> {
    let message = &admitted.message;
    let method = message.method().map_or("", Method::as_str);
    let id = message.params().and_then(|params| params.get("taskId"));
    let Some((id, sealed)) = id.and_then(|id| Some((id, id.as_str()?))) else {
        return Err(Refusal::bad_params("`taskId` must be a string").into());
    };
    let (server, token) = named(hub, admitted, &sealed, entry)?;
    let to = (admitted.caller.agent.id, &*server);
    let mut line = Shown::by(hub, &admitted.session, to).await?;
    let kept = loop {
        match place(hub, admitted, &server, &token, &sealed).await {
            Err(refusal) => line.again(hub, &admitted.session, refusal.into()).await?,
            Ok(kept) => break kept,
        }
    };
    let features = kept.held.instance.description().map(|description| description.features);
    if method == Method::TASKS_CANCEL && features.is_some_and(|features| !features.tasks_cancel) {
        return Err(Refusal::not_offered("tasks/cancel").into());
    }
    let waits = method == Method::TASKS_RESULT;
    // These have effects, or take long: they stand in the record before they leave.
    if waits {
        entry.intend_at(hub, &server, message).await?;
    } else if method == Method::TASKS_CANCEL {
        entry.intend(hub).await?;
    }
    let answer = loop {
        let mut errand = Errand::at(&kept.held, vec![(id.range(), write::string(&kept.own))]);
        if waits {
            let left = kept.until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
            errand.waits_for(&kept.own, left);
        }
        match carry::carry(hub, &admitted.session, &kept.held, message, errand, running).await {
            Err(stop) => line.again(hub, &admitted.session, stop).await?,
            Ok(answer) => break answer,
        }
    };
    let done = answer.result().is_some();
    let text = shown(hub, admitted, &kept, &answer)?;
    if waits || (done && method == Method::TASKS_CANCEL) {
        hub.tasks.settle(&kept);
    } else if method == Method::TASKS_GET && is_unknown(&answer) {
        hub.tasks.forget(&kept);
    }
    Ok(text)
}

/// The server and task that a sealed id names, if this caller may still use the tool that it is a call of.
fn named(
    hub: &Hub,
    admitted: &Admitted,
    sealed: &str,
    entry: &mut Entry,
) -> Result<(Arc<ServerEntry>, Token), Refusal> {
    let Admitted { caller, session, .. } = admitted;
    let token = Token::open(&hub.sealer, caller.agent.id, sealed).ok_or_else(Refusal::no_task)?;
    let server = caller.snapshot.servers().find(|server| server.id == token.server && !server.disabled);
    let here = |server: &&Arc<ServerEntry>| match &session.endpoint {
        Endpoint::Aggregate => true,
        Endpoint::Server(slug) => *slug == server.spec.name,
    };
    let server = server.filter(here).ok_or_else(Refusal::no_task)?;
    entry.at(server, &token.tool);
    let capability = CapabilityRef { kind: CapabilityKind::Tool, name: &token.tool };
    let judgement = caller.snapshot.policy.judge(caller.agent.id, &server.spec.name, capability);
    entry.decided(judgement.decision, judgement.reasons);
    if judgement.decision == Decision::Deny {
        return Err(Refusal::no_task());
    }
    Ok((Arc::clone(server), token))
}

/// Where the task is. A child that ran it and is gone took it along; what runs at a URL is asked through the caller's
/// own line, even if no table knows of it any more.
async fn place(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    server: &Arc<ServerEntry>,
    token: &Token,
    sealed: &str,
) -> Result<Arc<Kept>, Refusal> {
    let lost = || Refusal::failure(Code::TASK_LOST, "What ran the task is gone, and its result with it");
    let child = matches!(server.spec.transport, Transport::Stdio { .. });
    let known = hub.tasks.find(sealed);
    match known.filter(|kept| child || Arc::ptr_eq(&kept.held.spec, &server.spec)) {
        Some(kept) if kept.is_lost() => Err(lost()),
        Some(kept) if child => Ok(kept),
        // Its line was ended for another credential; what runs at the URL goes on.
        Some(kept) if kept.held.instance.is_withdrawn() => {
            let held = hold::hold(hub, &admitted.session, server);
            hold::ready(hub, &held).await?;
            hub.tasks.forget(&kept);
            Ok(hub.tasks.add(kept.moved(&held)))
        }
        Some(kept) => {
            hold::ready(hub, &kept.held).await?;
            Ok(kept)
        }
        // It was known, and its time is over.
        None if token.run == hub.tasks.run => Err(Refusal::no_task()),
        None if child => Err(lost()),
        None => {
            let held = hold::hold(hub, &admitted.session, server);
            hold::ready(hub, &held).await?;
            adopt(hub, admitted, &held, token, sealed)
        }
    }
}

/// Keeps a task again that was begun before Core was started anew; unless the server has given its id to another's task
/// since, which this caller must not see.
fn adopt(hub: &Hub, admitted: &Admitted, held: &Arc<Held>, token: &Token, sealed: &str) -> Result<Arc<Kept>, Refusal> {
    if hub.tasks.called(held.instance.key(), &token.own).is_some() {
        return Err(Refusal::no_task());
    }
    let session = &admitted.session;
    let new = New { token: sealed.to_owned(), own: token.own.clone(), tool: token.tool.clone() };
    let until = Instant::now() + hub.config.tasks.ttl_most.duration();
    Ok(hub.tasks.add(Kept::new(session.agent, session.number, held, new, until)))
}

/// Whether the server says that it has no such task.
fn is_unknown(answer: &Message) -> bool {
    answer.error().and_then(|error| error.get("code")?.as_i64()) == Some(rpc::INVALID_PARAMS)
}

/// The server's answer as the caller reads it.
fn shown(hub: &Hub, admitted: &Admitted, kept: &Kept, answer: &Message) -> Result<Bytes, Refusal> {
    let Admitted { session, message, .. } = admitted;
    let most = hub.config.tasks.ttl_most.duration();
    catalog::rewrite::answer_with(hub, session, &kept.held, message, answer, |splice| {
        if let Some(result) = answer.result() {
            if message.method().map(Method::as_str) != Some(Method::TASKS_RESULT) {
                rewrite::object(result, &kept.token, most, splice);
            }
            rewrite::to_caller(kept, Some(result), splice);
        }
        if let Some(error) = answer.error() {
            name_in_words(kept, error, splice);
        }
    })
}

/// Servers name the task in the words of an error, too.
fn name_in_words(kept: &Kept, error: Value<'_>, splice: &mut Splice<'_>) {
    let Some(text) = error.get("message").and_then(Value::as_str) else { return };
    if let Some(value) = error.get("message").filter(|_| kept.own.len() > 3 && text.contains(&kept.own)) {
        splice.replace(value.range(), write::string(&text.replace(&kept.own, &kept.token)));
    }
}
