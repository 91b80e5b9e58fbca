//! Holding servers: which instance a session's requests go to, by the server's isolation, and getting it ready. The
//! first time an instance is ready for a session it is asked, in the background, what it lists to it.

use std::sync::Arc;

use bytes::Bytes;
use peta_mcp::Method;
use peta_mcp::ServerFeatures;
use peta_model::{CapabilityKind, CapabilityRef, Code, Decision, Isolation, ServerSpec};
use peta_runtime::{Description, Holder, Instance, InstanceKey, ListKind, LostWhy, Profile, Said};
use peta_store::ServerEntry;
use tokio::time::Instant;

use crate::{
    admit::Caller,
    catalog::{
        listing::{Catalogue, List, Shared},
        view,
    },
    digest::digest,
    hub::{Hub, Signal},
    refuse::Refusal,
    session::{Endpoint, Session, held::Held},
    work::rare,
};

/// The session's hold on a server; made if there is none, or if the server or its credentials were changed since. Starts
/// nothing.
pub(crate) fn hold(hub: &Arc<Hub>, session: &Arc<Session>, server: &ServerEntry) -> Arc<Held> {
    let mut state = session.state();
    let usable = |held: &&Arc<Held>| Arc::ptr_eq(&held.spec, &server.spec) && !held.instance.is_withdrawn();
    if let Some(held) = state.held.get(&server.id).filter(usable) {
        return Arc::clone(held);
    }
    let key = key(session, server);
    let audience = hub.audience(&key, &server.spec, session.number);
    let ears = Arc::clone(&audience);
    let instance = hub.runtime.instance(key, Arc::clone(&server.spec), profile(session, &server.spec), ears);
    let held = Arc::new(Held::new(server.id, Arc::clone(&server.spec), instance, audience));
    hub.tasks.unpark(held.instance.key());
    if let Some(level) = state.level.clone() {
        note_level(&held, session.number, &level);
    }
    for (_, uri) in state.subscriptions.iter().filter(|(at, _)| *at == server.id) {
        if still_allowed(hub, session, server, uri) {
            subscribe_again(&held, session.number, uri);
        }
    }
    state.held.insert(server.id, Arc::clone(&held));
    held
}

fn still_allowed(hub: &Hub, session: &Session, server: &ServerEntry, uri: &str) -> bool {
    let capability = CapabilityRef { kind: CapabilityKind::Resource, name: uri };
    hub.store.snapshot().policy.judge(session.agent, &server.spec.name, capability).decision == Decision::Allow
}

/// Makes a subscription of an earlier hold, or an earlier run of Core, again: with the opening of the instance, or, if it
/// is open for others already, before it is used.
fn subscribe_again(held: &Held, session: u128, uri: &str) {
    if !held.audience.subscribe(uri, session) {
        return;
    }
    let params = format!(r#"{{"uri":{}}}"#, peta_mcp::write::string(uri));
    if held.instance.description().is_some() {
        held.owe_subscription(params.clone());
    }
    held.instance.keep_subscription(params);
}

/// Notes which log messages a session wants of a server. A line that several share is set to what the most verbose of
/// them wants; the gateway filters for each.
pub(crate) fn note_level(held: &Held, session: u128, level: &str) {
    if let Some(most) = held.audience.want_level(session, level) {
        let params = format!(r#"{{"level":"{most}"}}"#);
        held.instance.keep_level(Some(params.clone()));
        held.owe_level(params);
    }
}

/// Tells the server a level that it was not told yet; before the next call, so that its messages come.
pub(crate) async fn tell_level(held: &Held) {
    if held.instance.description().is_none_or(|description| !description.features.logging) {
        return;
    }
    let Some(params) = held.take_level() else { return };
    let mut exchange = held.instance.begin();
    let request = peta_mcp::write::request(exchange.id(), Method::SET_LEVEL, Some(&params));
    if exchange.send(request).await.is_ok() {
        // The answer changes nothing for the agent, and nobody waits for it.
        tokio::spawn(async move { exchange.next().await });
    }
}

/// Tells the server the subscriptions that it was not told yet. One that it refused for want of a better token stays owed:
/// the line's own token is renewed meanwhile.
async fn tell_subscriptions(held: &Arc<Held>) {
    for params in held.take_subscriptions() {
        let (mut exchange, held) = (held.instance.begin(), Arc::clone(held));
        let request = peta_mcp::write::request(exchange.id(), Method::SUBSCRIBE, Some(&params));
        if exchange.send(request).await.is_ok() {
            tokio::spawn(async move {
                let refused = matches!(exchange.next().await, Said::Lost(why) if why.code == Code::SERVER_CHALLENGED);
                if refused {
                    held.owe_subscription(params);
                }
            });
        }
    }
}

/// Whether an instance of this session might list more than what is stored, which comes from a connection that
/// declared no client features.
pub(crate) fn may_list_otherwise(session: &Session, server: &ServerEntry) -> bool {
    server.spec.isolation != Isolation::Shared
        && session.state().held.get(&server.id).is_none_or(|held| held.own().is_none())
}

/// Gets a held instance ready to be used.
pub(crate) async fn ready(hub: &Arc<Hub>, held: &Arc<Held>) -> Result<Arc<Description>, Refusal> {
    // What is rare is boxed: else every call would carry the room for it.
    let description = match held.instance.if_ready() {
        Some(description) => description,
        None => rare(open(hub, held)).await?,
    };
    if held.owes() {
        rare(async {
            tell_level(held).await;
            tell_subscriptions(held).await;
        })
        .await;
    }
    ask_lists(hub, held, description.features);
    Ok(description)
}

async fn open(hub: &Arc<Hub>, held: &Held) -> Result<Arc<Description>, Refusal> {
    let calls = &hub.config.calls;
    let down = hub.runtime.health(held.server).failure.is_some();
    let within = if down { calls.dead_server } else { held.spec.idle.unwrap_or(calls.idle) };
    held.instance.ready(within.duration()).await.map_err(|error| {
        hub.signal(Signal::Health);
        Refusal::failure(error.code, error.to_string())
    })
}

/// Asks once what the instance lists, in the background.
fn ask_lists(hub: &Arc<Hub>, held: &Arc<Held>, features: ServerFeatures) {
    if !held.begin_asking() {
        return;
    }
    let (hub, held) = (Arc::clone(hub), Arc::clone(held));
    tokio::spawn(async move {
        let own = listed(&held, features).await;
        held.set_own(own.ok());
        hub.signal(Signal::Lists(held.server));
    });
}

/// Drains the instance's lists, or says why one of them cannot be had.
pub(crate) async fn listed(held: &Held, features: ServerFeatures) -> Result<Shared, LostWhy> {
    let mut pages: Vec<(List, Option<String>, Bytes)> = Vec::new();
    for list in List::ALL.into_iter().filter(|list| list.offered(features)) {
        match held.instance.list(kind(list)).await {
            Ok(drained) => pages.extend(drained.into_iter().map(|page| (list, page.cursor, page.answer.into()))),
            Err(error) => {
                tracing::debug!(server = %held.slug, list = list.word(), %error, "an instance does not list");
                // Many servers declare resources but know no templates.
                if list != List::Templates {
                    return Err(error);
                }
            }
        }
    }
    Ok(Arc::new(Catalogue::read(features, pages.into_iter())))
}

const fn kind(list: List) -> ListKind {
    match list {
        List::Tools => ListKind::Tools,
        List::Prompts => ListKind::Prompts,
        List::Resources => ListKind::Resources,
        List::Templates => ListKind::Templates,
    }
}

fn key(session: &Session, server: &ServerEntry) -> InstanceKey {
    let holder = match server.spec.isolation {
        Isolation::PerSession => Holder::Session { number: session.number, caller: session.agent.to_string() },
        Isolation::PerUser => {
            let profile = digest(session.hello().map_or("", |hello| hello.params.as_str()).as_bytes());
            Holder::Caller { caller: session.agent.to_string(), profile }
        }
        Isolation::Shared => Holder::Everyone,
    };
    InstanceKey { server: server.id, holder }
}

/// What the server is told of the client: exactly what this agent declared, or, where several agents share, nothing.
fn profile(session: &Session, spec: &ServerSpec) -> Arc<Profile> {
    Arc::new(match (spec.isolation, session.hello()) {
        (Isolation::PerSession | Isolation::PerUser, Some(hello)) => Profile { params: hello.params.clone() },
        _ => Profile::of_nobody(),
    })
}

/// Ends a session's holds: its own instances are given back, shared ones only forget it, and its subscriptions.
pub(crate) fn give_back(hub: &Hub, session: &Session, held: Vec<Arc<Held>>) {
    for held in held {
        let orphaned = let_go(hub, session, &held);
        let key = held.instance.key();
        if matches!(key.holder, Holder::Session { .. }) {
            if !hub.tasks.park(key, Instant::now() + hub.config.tasks.outlive.duration()) {
                release(hub, key);
            }
        } else if !orphaned.is_empty() {
            unsubscribe_all(&held, orphaned);
        }
    }
}

/// Ends an instance that nobody needs any more.
pub(crate) fn release(hub: &Hub, key: &InstanceKey) {
    hub.runtime.release(key);
    hub.forget_audience(key);
}

/// Takes a session out of an instance's audience; gives the URIs that nobody there subscribes to any more. The audience
/// stays as long as the instance: it is what the instance tells what it hears, whoever holds it next.
pub(crate) fn let_go(hub: &Hub, session: &Session, held: &Held) -> Vec<String> {
    let (orphaned, last) = held.audience.leave_session(session.number);
    if last && hub.runtime.find(held.instance.key()).is_none() {
        hub.forget_audience(held.instance.key());
    }
    orphaned
}

/// Starts, for a list on the aggregate, the servers of which nothing is known yet, and waits a little for them; what is
/// not there by then is left out, and list_changed follows.
pub(crate) async fn learn_missing(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>) {
    let missing = |server: &&Arc<ServerEntry>| view::view(hub, session, server).is_none();
    let unknown: Vec<Arc<ServerEntry>> = view::servers(caller).filter(missing).map(Arc::clone).collect();
    if unknown.is_empty() {
        return;
    }
    let mut all = tokio::task::JoinSet::new();
    for server in unknown.into_iter().filter(|server| hub.runtime.health(server.id).failure.is_none()) {
        let (hub, session) = (Arc::clone(hub), Arc::clone(session));
        all.spawn(async move {
            let held = hold(&hub, &session, &server);
            if ready(&hub, &held).await.is_ok() {
                held.lists_asked().await;
            }
        });
    }
    let waited =
        tokio::time::timeout(hub.config.calls.list_wait.duration(), async { while all.join_next().await.is_some() {} });
    if waited.await.is_err() {
        // They go on being opened; only this list no longer waits for them.
        all.detach_all();
    }
}

/// Opens the servers that are to be there from the start of a session.
pub(crate) fn start_eager(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>) {
    let mine = |server: &&Arc<ServerEntry>| match &session.endpoint {
        Endpoint::Aggregate => true,
        Endpoint::Server(slug) => *slug == server.spec.name,
    };
    for server in view::servers(caller).filter(mine).filter(|server| server.spec.eager) {
        let (hub, session, server) = (Arc::clone(hub), Arc::clone(session), Arc::clone(server));
        tokio::spawn(async move {
            let held = hold(&hub, &session, &server);
            if let Err(refusal) = ready(&hub, &held).await {
                tracing::warn!(server = %server.spec.name, code = %refusal.code, "an eager server does not start");
            }
        });
    }
}

/// Ends subscriptions that nobody has any more, in the background.
pub(crate) fn unsubscribe_all(held: &Held, uris: Vec<String>) {
    tokio::spawn(unsubscribe(Arc::clone(&held.instance), uris));
}

async fn unsubscribe(instance: Arc<Instance>, uris: Vec<String>) {
    for uri in uris {
        let params = format!(r#"{{"uri":{}}}"#, peta_mcp::write::string(&uri));
        instance.drop_subscription(&params);
        let mut exchange = instance.begin();
        let request = peta_mcp::write::request(exchange.id(), Method::UNSUBSCRIBE, Some(&params));
        if exchange.send(request).await.is_ok() {
            exchange.next().await;
        }
    }
}
