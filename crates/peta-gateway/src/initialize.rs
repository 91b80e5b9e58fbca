//! The handshake towards agents: answered by Peta itself, at once, whatever its servers do (LC1). The aggregate
//! declares what its servers declare; a server's own endpoint answers with the server's own description.

use std::sync::Arc;

use peta_audit::clip_to;
use peta_mcp::{ClientFeatures, Message, ServerFeatures, Splice, Value, Version, write};
use peta_model::{Code, EventKind, Outcome};

use crate::{
    admit::Caller,
    catalog::view,
    entry::Entry,
    hub::{self, Hub},
    offer,
    refuse::{Refusal, rpc},
    session::{Endpoint, Hello, Session},
};

/// Instructions of one server on the aggregate, cut to this many characters.
const INSTRUCTIONS: usize = 2_000;

/// The extension of MCP Apps (SEP-1865): the one that the aggregate carries.
const APPS: &str = "io.modelcontextprotocol/ui";

/// What an agent may say of itself, in bytes: it is kept as long as its session.
const HELLO: usize = 64 << 10;

/// How much of a client's name and version the record keeps, in bytes.
const CLIENT: usize = 128;

/// Reads what the agent says of itself.
pub(crate) fn hello(message: &Message) -> Result<Hello, Refusal> {
    let params = message.params().ok_or_else(|| Refusal::bad_params("`params` is missing"))?;
    if params.raw().len() > HELLO {
        return Err(Refusal::bad_params(format!("`params` of `initialize` may have {HELLO} bytes")));
    }
    let asked = params.get("protocolVersion").and_then(Value::as_str);
    let asked = asked.ok_or_else(|| Refusal::bad_params("`protocolVersion` must be a string"))?;
    let capabilities = params.get("capabilities").filter(|capabilities| capabilities.is_object());
    let features = capabilities.map(ClientFeatures::parse).unwrap_or_default();
    let client = client(params);
    Ok(Hello { version: Version::negotiate(&asked), params: params.raw().to_owned(), features, client })
}

/// What a client calls itself: name and version. Foreign, so only so much of it.
pub(crate) fn client(params: Value<'_>) -> Option<Arc<str>> {
    let said = |member| params.at(&["clientInfo", member]).and_then(Value::as_str);
    let mut client = match (said("name")?, said("version")) {
        (name, Some(version)) => format!("{name} {version}"),
        (name, None) => name.into_owned(),
    };
    clip_to(&mut client, CLIENT);
    Some(client.into())
}

/// The raw result of `initialize` for a session that has just greeted. Recorded like all that agents do.
pub(crate) async fn result(
    hub: &Arc<Hub>,
    caller: &Caller,
    session: &Arc<Session>,
    message: &Message,
) -> Result<String, Refusal> {
    let mut entry = Entry::open(hub, EventKind::Initialize, caller, session, message);
    entry.allow();
    let made = match &session.endpoint {
        Endpoint::Aggregate => Ok(aggregate(caller, session.version())),
        Endpoint::Server(_) => own(hub, caller, session).await,
    };
    match made {
        Ok(result) => {
            entry.end(hub, Outcome::Ok, None, result.len()).await?;
            Ok(result)
        }
        Err(refusal) => {
            entry.end(hub, refusal.outcome(), Some(refusal.code), 0).await?;
            Err(refusal)
        }
    }
}

/// All granted servers as one: for each feature, any server has it. Lists change whenever grants do, so `listChanged`
/// is always true.
fn aggregate(caller: &Caller, version: Version) -> String {
    let mut all = ServerFeatures::default();
    let mut apps = None;
    let mut instructions = Vec::new();
    for server in view::servers(caller) {
        let Some(learnt) = &server.learnt else { continue };
        let features = hub::declared(&learnt.description).unwrap_or_default();
        all.tools |= features.tools;
        all.resources |= features.resources;
        all.resources_subscribe |= features.resources_subscribe;
        all.prompts |= features.prompts;
        all.completions |= features.completions;
        all.logging |= features.logging;
        all.tasks |= features.tasks;
        all.tasks_list |= features.tasks_list;
        all.tasks_cancel |= features.tasks_cancel;
        all.tasks_call |= features.tasks_call;
        apps = apps.or_else(|| app_settings(&learnt.description));
        let said = Value::of(&learnt.description).ok().and_then(|result| result.get("instructions")?.as_str());
        if let Some(text) = said.filter(|text| !text.trim().is_empty()) {
            let cut: String = text.chars().take(INSTRUCTIONS).collect();
            instructions.push(format!("# {}\n\n{cut}", server.spec.name));
        }
    }
    let unlearnt = view::servers(caller).any(|server| server.learnt.is_none());
    let capabilities = capabilities(all, unlearnt, version, apps);
    let instructions = match instructions.is_empty() {
        true => String::new(),
        false => format!(r#","instructions":{}"#, write::string(&instructions.join("\n\n"))),
    };
    format!(
        r#"{{"protocolVersion":"{version}","capabilities":{capabilities},"serverInfo":{{"name":"peta","title":"Peta","version":"{}"}}{instructions}}}"#,
        env!("CARGO_PKG_VERSION")
    )
}

/// A server that was never learnt may have anything, and an agent without grants sees empty lists: the three kinds of
/// lists are always declared.
fn capabilities(all: ServerFeatures, unlearnt: bool, version: Version, apps: Option<String>) -> String {
    let mut members =
        vec![r#""tools":{"listChanged":true}"#.to_owned(), r#""prompts":{"listChanged":true}"#.to_owned()];
    let subscribe = if all.resources_subscribe || unlearnt { r#""subscribe":true,"# } else { "" };
    members.push(format!(r#""resources":{{{subscribe}"listChanged":true}}"#));
    if all.completions || unlearnt {
        members.push(r#""completions":{}"#.to_owned());
    }
    if all.logging || unlearnt {
        members.push(r#""logging":{}"#.to_owned());
    }
    // Earlier revisions know no tasks.
    if (all.tasks || unlearnt) && version >= Version::V2025_11_25 {
        members.push(tasks(all, unlearnt));
    }
    if let Some(settings) = apps {
        members.push(format!(r#""extensions":{{"{APPS}":{settings}}}"#));
    }
    format!("{{{}}}", members.join(","))
}

fn tasks(all: ServerFeatures, unlearnt: bool) -> String {
    let mut members = Vec::new();
    if all.tasks_list || unlearnt {
        members.push(r#""list":{}"#);
    }
    if all.tasks_cancel || unlearnt {
        members.push(r#""cancel":{}"#);
    }
    if all.tasks_call || unlearnt {
        members.push(r#""requests":{"tools":{"call":{}}}"#);
    }
    format!(r#""tasks":{{{}}}"#, members.join(","))
}

/// What a server declares of MCP Apps, in its own spelling.
fn app_settings(description: &str) -> Option<String> {
    let result = Value::of(description).ok()?;
    Some(result.at(&["capabilities", "extensions", APPS])?.raw().to_owned())
}

/// One server's own description, with the version of this hop. If it is not stored, the server is started for it.
async fn own(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>) -> Result<String, Refusal> {
    let Endpoint::Server(slug) = &session.endpoint else { return Err(gone()) };
    let server = caller.snapshot.server(slug.as_str()).filter(|server| !server.disabled).ok_or_else(gone)?;
    let description = match &server.learnt {
        Some(learnt) => learnt.description.clone(),
        None => {
            // A server that nobody can be shown before this caller has connected.
            let ready = offer::ready(hub, session, (caller.agent.id, server)).await;
            ready.map_err(|stop| stop.into_refusal().unwrap_or_else(gone))?.1.result.clone()
        }
    };
    let mut splice = Splice::new(&description);
    if let Some(version) = Value::of(&description).ok().and_then(|result| result.get("protocolVersion")) {
        splice.replace(version.range(), format!("\"{}\"", session.version()));
    }
    String::from_utf8(splice.finish().to_vec()).map_err(|_| gone())
}

fn gone() -> Refusal {
    Refusal::new(Code::SERVER_WITHDRAWN, rpc::INTERNAL, "The server was disabled or removed")
}
