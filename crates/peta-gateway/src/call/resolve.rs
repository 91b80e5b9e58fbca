//! Resolve: which server, which capability, by the server's own name. An agent's word for it is mapped here, and only
//! here; a URI or name that belongs to nobody is tried on nobody.

use std::{ops::Range, sync::Arc};

use peta_mcp::{Method, Value};
use peta_model::{CapabilityKind, CapabilityRef, Decision};
use peta_store::ServerEntry;

use crate::{
    admit::Admitted,
    catalog::{
        definition::Definition,
        find,
        listing::{List, Shared},
        view,
    },
    entry::Entry,
    hold,
    hub::Hub,
    offer,
    refuse::Refusal,
    session::Session,
    stop::Stop,
    task::begin,
    work::rare,
};

/// A call whose server and capability are known, or known not to exist.
pub struct Resolved {
    pub(in crate::call) admitted: Admitted,
    /// `None` if no server that this caller sees has it.
    pub(in crate::call) server: Option<Arc<ServerEntry>>,
    pub(in crate::call) kind: CapabilityKind,
    /// The server's own name for it.
    pub(in crate::call) own: String,
    /// The agent's word for it.
    pub(in crate::call) asked: String,
    pub(in crate::call) exists: bool,
    /// Where the agent's word stands in the message, if the server's own differs.
    pub(in crate::call) rename: Option<(Range<usize>, String)>,
    /// Why a tool that the caller may use cannot be called so: as a task, or not as one.
    pub(in crate::call) unfit: Option<Refusal>,
    /// The lists that it stands in.
    listed: Option<Shared>,
}

impl Resolved {
    /// What the record tells of its definition. Only of what a caller may use: it takes time, the first time, and time tells.
    pub(in crate::call) fn definition(&self) -> Option<Definition> {
        list_of(self.kind).and_then(|list| self.listed.as_ref()?.definition(list, &self.own))
    }
}

pub async fn resolve(hub: &Arc<Hub>, admitted: Admitted, entry: &mut Entry) -> Result<Resolved, Stop> {
    let (kind, asked, range) = named(&admitted)?;
    entry.names(&asked);
    let (caller, session) = (&admitted.caller, &admitted.session);
    let place = find::place(hub, caller, session, kind, &asked);
    let Some((server, own)) = place else {
        return Ok(Resolved {
            admitted,
            server: None,
            kind,
            own: asked.clone(),
            asked,
            exists: false,
            rename: None,
            unfit: None,
            listed: None,
        });
    };
    entry.at(&server, &own);
    let mut listed = view::view(hub, session, &server);
    offers(hub, &admitted, &server, kind)?;
    let exists = match list_of(kind) {
        // A resource need not be listed to exist, so that is for the server to say.
        None => true,
        Some(list) => match known(listed.as_ref(), session, &server, (list, &own)) {
            Some(exists) => exists,
            // Boxed, being rare: else every call would carry the room for it.
            None => {
                listed = rare(asked_of_its_own(hub, &admitted, &server, kind, &own, entry)).await?;
                listed.as_ref().is_some_and(|listed| listed.has(list, &own))
            }
        },
    };
    let rename = (own != asked).then(|| (range, peta_mcp::write::string(&own)));
    let unfit = if kind == CapabilityKind::Tool { task_support(hub, &admitted, &server, &own) } else { None };
    Ok(Resolved { admitted, server: Some(server), kind, own, asked, exists, rename, unfit, listed })
}

/// What the message asks for: kind, name, and where the name stands.
fn named(admitted: &Admitted) -> Result<(CapabilityKind, String, Range<usize>), Refusal> {
    let message = &admitted.message;
    let params = message.params().ok_or_else(|| Refusal::bad_params("`params` is missing"))?;
    let text = |value: Option<Value<'_>>, member: &str| match value.map(|value| (value.as_str(), value.range())) {
        Some((Some(text), range)) => Ok((text.into_owned(), range)),
        _ => Err(Refusal::bad_params(format!("`{member}` must be a string"))),
    };
    let with = |kind, (name, range)| Ok((kind, name, range));
    match message.method().map(Method::as_str) {
        Some(Method::TOOLS_CALL) => {
            if params.get("arguments").is_some_and(|arguments| !arguments.is_object()) {
                return Err(Refusal::bad_params("`arguments` must be an object"));
            }
            with(CapabilityKind::Tool, text(params.get("name"), "name")?)
        }
        Some(Method::PROMPTS_GET) => with(CapabilityKind::Prompt, text(params.get("name"), "name")?),
        Some(Method::RESOURCES_READ) => with(CapabilityKind::Resource, text(params.get("uri"), "uri")?),
        _ => match params.at(&["ref", "type"]).and_then(Value::as_str).as_deref() {
            Some("ref/prompt") => with(CapabilityKind::Prompt, text(params.at(&["ref", "name"]), "ref.name")?),
            Some("ref/resource") => with(CapabilityKind::Template, text(params.at(&["ref", "uri"]), "ref.uri")?),
            _ => Err(Refusal::bad_params("`ref.type` must be `ref/prompt` or `ref/resource`")),
        },
    }
}

/// Refuses what the server never declared. On the aggregate this caller's other servers may have it, so there only
/// completion, which follows its prompt or template, is refused.
fn offers(hub: &Arc<Hub>, admitted: &Admitted, server: &ServerEntry, kind: CapabilityKind) -> Result<(), Refusal> {
    let Some(features) = view::features(hub, &admitted.session, server) else { return Ok(()) };
    if admitted.message.method().map(Method::as_str) == Some(Method::COMPLETE) {
        return if features.completions { Ok(()) } else { Err(Refusal::not_offered("completion")) };
    }
    if admitted.session.is_aggregate() {
        return Ok(());
    }
    match kind {
        CapabilityKind::Tool if !features.tools => Err(Refusal::not_offered("tools")),
        CapabilityKind::Prompt if !features.prompts => Err(Refusal::not_offered("prompts")),
        CapabilityKind::Resource | CapabilityKind::Template if !features.resources => {
            Err(Refusal::not_offered("resources"))
        }
        _ => Ok(()),
    }
}

/// Whether a tool is called as its `execution.taskSupport` allows, where its server runs tools as tasks at all. (Where it
/// does not, `params.task` means nothing, and tools are called as always.)
fn task_support(hub: &Hub, admitted: &Admitted, server: &ServerEntry, own: &str) -> Option<Refusal> {
    let tasks = view::features(hub, &admitted.session, server).is_some_and(|features| features.tasks_call);
    let as_task = begin::wish(&admitted.message).is_some();
    let means_something = tasks || (as_task && admitted.session.is_aggregate());
    if !means_something {
        return None;
    }
    let view = view::view(hub, &admitted.session, server)?;
    let definition = Value::of(view.text(List::Tools, own)?).ok()?;
    let support = definition.at(&["execution", "taskSupport"]).and_then(Value::as_str);
    match (support.as_deref().unwrap_or("forbidden"), as_task) {
        ("required", false) if tasks => Some(Refusal::task_support("The tool can only be called as a task")),
        ("forbidden", true) => Some(Refusal::task_support("The tool cannot be called as a task")),
        _ => None,
    }
}

/// Whether the server has it, if that is known.
fn known(listed: Option<&Shared>, session: &Session, server: &ServerEntry, (list, own): (List, &str)) -> Option<bool> {
    if listed.is_some_and(|listed| listed.has(list, own)) {
        return Some(true);
    }
    (server.learnt.is_some() && !hold::may_list_otherwise(session, server)).then_some(false)
}

/// Where a capability of that kind stands, if it must stand anywhere.
const fn list_of(kind: CapabilityKind) -> Option<List> {
    match kind {
        CapabilityKind::Tool => Some(List::Tools),
        CapabilityKind::Prompt => Some(List::Prompts),
        CapabilityKind::Resource | CapabilityKind::Template => None,
    }
}

/// What the session's own instance lists, for a tool or prompt that the known lists lack. It is asked only if the judge would
/// let the caller use it: for others the server is not touched.
async fn asked_of_its_own(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    server: &Arc<ServerEntry>,
    kind: CapabilityKind,
    own: &str,
    entry: &mut Entry,
) -> Result<Option<Shared>, Stop> {
    let policy = &admitted.caller.snapshot.policy;
    let judgement = policy.judge(admitted.caller.agent.id, &server.spec.name, CapabilityRef { kind, name: own });
    if judgement.decision == Decision::Deny {
        return Ok(None);
    }
    entry.decided(judgement.decision, judgement.reasons);
    offer::lists(hub, &admitted.session, (admitted.caller.agent.id, server)).await
}
