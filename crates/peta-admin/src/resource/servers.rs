//! Servers: listed, shown, registered, changed, and what they wrote to their standard error.

use std::{sync::Arc, time::Duration};

use peta_api::{
    Action, Endpoint, List, Server, ServerDetail,
    endpoint::{AddServer, ListServerLogs, ListServers, SetServer, ShowServer},
    server::LogLine,
};
use peta_model::{ServerSpec, Transport};
use peta_store::ServerEntry;
use serde_json::json;

use crate::{act, admin::Admin, learn, problem::Fault, register::Ask, setup, view};

pub(crate) async fn list(ask: Ask<ListServers>) -> Result<List<Server>, Fault> {
    let snapshot = ask.admin.store().snapshot();
    Ok(List::whole(snapshot.servers().map(|entry| view::server(&ask.admin, entry)).collect()))
}

pub(crate) async fn show(ask: Ask<ShowServer>) -> Result<ServerDetail, Fault> {
    Ok(view::detail(&ask.admin, &*named(&ask.admin, ask.name())?))
}

pub(crate) async fn logs(ask: Ask<ListServerLogs>) -> Result<List<LogLine>, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    Ok(List::whole(ask.admin.runtime().logs(entry.id).into_iter().map(view::log_line).collect()))
}

pub(crate) async fn add(ask: Ask<AddServer>) -> Result<Server, Fault> {
    let Ask { admin, who, body, .. } = ask;
    let spec = setup::spec(body)?;
    let discover = spec.discover;
    let intent = act::about_server(act::intent(&admin, &who, AddServer::OPERATION), &spec.name);
    let intent = act::with_detail(intent, &json!({ "server": setup::shown(&spec) }));
    let entry = admin.store().add_server(intent, spec).await?;
    if discover {
        learn::learn(&admin, &entry).await?;
    }
    now(&admin, &entry)
}

pub(crate) async fn set(ask: Ask<SetServer>) -> Result<Server, Fault> {
    let old = named(&ask.admin, ask.name())?;
    let Ask { admin, who, body, .. } = ask;
    let dials = body.url.is_some() || body.transport.is_some();
    if dials {
        who.may(Action::ServerLaunch)?;
    }
    let spec = setup::changed(&old.spec, body)?;
    if spec == *old.spec {
        return now(&admin, &old);
    }
    let reopen = spec.transport != old.spec.transport
        || spec.isolation != old.spec.isolation
        || spec.credential != old.spec.credential;
    let intent = act::about_server(act::intent(&admin, &who, SetServer::OPERATION), &spec.name);
    let changes = json!({ "before": setup::shown(&old.spec), "after": setup::shown(&spec) });
    let entry = admin.store().set_server(act::with_detail(intent, &changes), old.id, spec).await?;
    if reopen {
        reopened(&admin, &entry, &old.spec).await?;
    }
    now(&admin, &entry)
}

/// The server of that name.
pub(crate) fn named(admin: &Admin, name: &str) -> Result<Arc<ServerEntry>, Fault> {
    admin.store().snapshot().server(name).cloned().ok_or_else(|| Fault::not_found("server", name))
}

/// The server as it is after an act.
pub(crate) fn now(admin: &Admin, entry: &ServerEntry) -> Result<Server, Fault> {
    let name = entry.spec.name.as_str();
    let snapshot = admin.store().snapshot();
    let newest = snapshot.server_by_id(entry.id).ok_or_else(|| Fault::not_found("server", name))?;
    Ok(view::server(admin, newest))
}

/// Ends the instances that run as the server was; beside it, learns the place it is at now.
async fn reopened(admin: &Admin, entry: &ServerEntry, old: &ServerSpec) -> Result<(), Fault> {
    let moved = match (&old.transport, &entry.spec.transport) {
        (Transport::Http { url: a, mode: b }, Transport::Http { url: c, mode: d }) => (a, b) != (c, d),
        _ => false,
    };
    let learning = async { if moved && !entry.disabled { learn::learn(admin, entry).await } else { Ok(()) } };
    let ((), learnt) = tokio::join!(admin.runtime().withdraw(entry.id, admin.config().grace), learning);
    learnt
}

/// What running calls get when the server goes: nothing when it is to be now.
pub(crate) fn grace(admin: &Admin, now: bool) -> Duration {
    if now { Duration::ZERO } else { admin.config().grace }
}
