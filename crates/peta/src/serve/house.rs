//! Core, put together: store, runtime, the two wings, the edge; and taken apart again when it ends.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
};

use axum::{Router, middleware::from_fn_with_state, routing::get};
use peta_admin::{Admin, Door};
use peta_dial::Dialer;
use peta_gateway::{Gateway, Steward};
use peta_model::Code;
use peta_outlet::{Outlet, Witnesses};
use peta_runtime::{Runtime, Senses};
use peta_store::Store;
use peta_vault::safe::Safe;
use tokio::net::TcpListener;

use super::{
    clock::{self, Clock},
    notary,
    oauth::{self, Clerk},
    retention, senses, settings, sinks,
    vault::{self, Strongroom},
    witness,
};
use crate::{
    config::Config,
    edge::{self, Crowd, Entry, Gate, Guesses, Hops, Listeners, Manners, Opens, Standing, Wings},
    environment::Environment,
    fault::Fault,
    metrics::{Gauges, Metrics, Tally},
    place::Place,
    telemetry, terminal,
};

/// Everything that runs.
pub(super) struct House {
    pub(super) listeners: Listeners,
    pub(super) standing: Standing,
    pub(super) gateway: Gateway,
    pub(super) runtime: Runtime,
    pub(super) store: Store,
    pub(super) outlet: Outlet,
    pub(super) witnesses: Witnesses,
    pub(super) place: Place,
    pub(super) tracing: telemetry::Tracing,
}

/// Puts it together, and says so once it takes calls.
pub(super) async fn build(config: &Config, place: Place, environment: &Environment) -> Result<House, Fault> {
    let dialer = Dialer::new(settings::dial(config)).map_err(|error| {
        let help = "`dial.extra_ca` needs a PEM file of certificate authorities";
        Fault::new(Code::CONFIG_INVALID, format!("no connection to other machines can be made: {error}"), help)
    })?;
    let tracing = telemetry::start(&config.telemetry, &dialer)?;
    let tls = edge::acceptor(&config.tls)?;
    let store = open_store(config, &place).await?;
    let agents = edge::bind(config.gateway.listen.0)?;
    let people = config.admin.listen.0.map(|listen| edge::bind(listen.0)).transpose()?;
    let socket = place.make_socket_place(environment).map_err(|error| no_socket(&place, &error))?;
    let socket = edge::bind_socket(&socket)?;

    let addresses: Vec<SocketAddr> =
        std::iter::once(&agents).chain(&people).filter_map(|listener| listener.local_addr().ok()).collect();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let urls: Vec<String> = addresses.iter().map(|address| format!("{scheme}://{address}")).collect();

    let senses = Senses { now: senses::clock(), random: Arc::new(|| u64::from_ne_bytes(senses::random())) };
    let launcher = std::env::current_exe().unwrap_or_else(|_| "peta".into());
    let clock = Clock::start();
    let vault = Strongroom::open(config, &place, environment, (&store, &dialer), clock.lives()).await?;
    vault::keep(&vault);
    let safe = vault.safe().clone();
    let us = (public_url(config, &urls), config.gateway.client_document.0.as_ref().map(ToString::to_string));
    let clerk = Clerk::new(store.clone(), vault.safe().clone(), dialer.clone(), us);
    let steward = Steward::new(store.clone(), vault.safe().clone(), senses::clock(), Arc::new(clerk.clone()));
    let custodian = Arc::new(steward.clone());
    let outlet = sinks::outlet(settings::outlet(config), (&store, vault.safe()), &dialer);
    let archive = sinks::archive(settings::outlet(config), (&store, vault.safe()), &dialer);
    let witnesses = sinks::witnesses(settings::outlet(config), &store, &dialer);
    let outgoing = Arc::new(sinks::Outgoing::new((outlet.clone(), archive.clone()), dialer.clone()));
    let runtime = Runtime::start(settings::runtime(config, launcher), dialer, senses, custodian);
    if let Err(error) = runtime.inherit(&group_of(&place)) {
        tracing::warn!(%error, "if a launcher is killed, processes of its server may stay behind");
    }
    let gateway = Gateway::build(
        settings::gateway(config),
        store.clone(),
        (runtime.clone(), steward),
        peta_gateway::Clocks { day: senses::clock(), lives: clock.lives() },
        peta_gateway::Random::system(),
        tracing.trace(),
    )
    .map_err(|error| Fault::new(Code::DATA_DIR_UNUSABLE, error.to_string(), "restore handle.key, or delete it"))?;

    let hops = Hops::new(&config.gateway.trusted_proxies);
    let crowd = Crowd::new(config.limits.connections, config.limits.connections_loopback, hops.clone());
    let guesses = Guesses::new(config.limits.wrong_tokens, config.limits.wrong_tokens_loopback);
    let tally = Arc::new(Tally::default());
    let metrics = metrics(&tally, (&gateway, &runtime, &outlet), (&store, vault.safe()), &crowd);
    let admin = settings::admin(config, place.dir(), urls.clone());
    let clocks = peta_admin::Clocks { day: senses::clock(), lives: clock.lives() };
    let standing = Standing::of(store.clone(), vault.safe().clone());
    let vault =
        peta_admin::Vault { safe: vault.safe().clone(), keeper: Arc::new(vault), connector: Arc::new(clerk.clone()) };
    let admin =
        Admin::build(admin, (store.clone(), runtime.clone(), vault, outgoing), clocks, Arc::new(senses::random));
    let wings = Wings {
        gateway: gateway.clone(),
        people: people_wing(admin, (clerk.clone(), metrics), witness::Desk::new(store.clone(), safe.clone())),
        standing: standing.clone(),
        tally,
    };

    let mut listeners = Listeners::new(Manners::new(&config.limits), crowd);
    let entry = |opens, gate: Option<Gate>, door| Entry {
        opens,
        gate,
        hops: hops.clone(),
        guesses: guesses.clone(),
        door,
        wings: wings.clone(),
        headers: config.limits.headers,
        token_bytes: config.limits.token_bytes,
        body_read: config.limits.body_read.duration(),
        count: AtomicU64::new(u64::from_ne_bytes(senses::random())),
    };
    let gate = |listener: &TcpListener| {
        let address = listener.local_addr().unwrap_or(config.gateway.listen.0);
        Some(Gate::new(address, tls.is_some(), &config.gateway.public_urls, &config.gateway.origins))
    };
    let opens = if people.is_some() { Opens::Agents } else { Opens::Both };
    let agents_gate = gate(&agents);
    listeners.open(agents, tls.clone(), entry(opens, agents_gate, Door::Network));
    if let Some(people) = people {
        let people_gate = gate(&people);
        listeners.open(people, tls.clone(), entry(Opens::People, people_gate, Door::Network));
    }
    listeners.open_socket(socket, entry(Opens::People, None, Door::Socket));

    tokio::spawn(notary::run(store.clone(), safe));
    tokio::spawn(oauth::watch(clerk));
    tokio::spawn(clock::notice_steps(clock, store.clone()));
    tokio::spawn(retention::run(store.clone(), config.record.keep.0, clock));
    if let Err(error) = store.tell_start(env!("CARGO_PKG_VERSION")) {
        tracing::warn!(%error, "that Core starts is not recorded");
    }
    announce(config, &place, &urls, tls.is_some())?;
    standing.ready();
    terminal::answer(&format!("ready {}", urls.first().map_or("", String::as_str)));
    // Behind the line above, which whoever starts Core reads first, for a sink may write to standard output.
    outlet.start().await;
    archive.start();
    witnesses.start().await;
    Ok(House { listeners, standing, gateway, runtime, store, outlet, witnesses, place, tracing })
}

/// What stands for the data directory on this machine, and is not copied with it: only one Core at a time holds it.
fn group_of(place: &Place) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let about = std::fs::metadata(place.dir());
    about.map_or_else(|_| "peta".to_owned(), |about| format!("peta-{:x}-{:x}", about.dev(), about.ino()))
}

/// The admin API, the metrics page beside it behind the same door, and what is open to browsers and to other logs.
fn people_wing(admin: Admin, (clerk, metrics): (Clerk, Metrics), desk: witness::Desk) -> Router {
    let metrics = Arc::new(metrics);
    let page = move || {
        let page = metrics.page();
        async move { ([(http::header::CONTENT_TYPE, crate::metrics::MEDIA_TYPE)], page) }
    };
    let guarded = from_fn_with_state(admin.clone(), peta_admin::guard_metrics);
    let open = oauth::routes(clerk, admin.clone()).merge(witness::routes(desk));
    peta_admin::router(admin).merge(open).merge(Router::new().route("/metrics", get(page).layer(guarded)))
}

/// Where people's browsers reach Core.
fn public_url(config: &Config, urls: &[String]) -> String {
    let public = config.gateway.public_urls.first().map(ToString::to_string);
    let own = || urls.first().map(|url| here(url)).unwrap_or_default();
    public.unwrap_or_else(own).trim_end_matches('/').to_owned()
}

/// A listener on all addresses is reached at this machine's own.
fn here(url: &str) -> String {
    url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
}

async fn open_store(config: &Config, place: &Place) -> Result<Store, Fault> {
    Store::open(settings::store(config, place.dir()), senses::now()).await.map_err(|error| {
        let help = match error.code() {
            Code::DATA_DIR_HELD => "stop it, or give this one a directory of its own with --data",
            Code::STORE_NEWER => "start the newer Peta again, or restore a backup from before",
            Code::RECORD_FORKED => "copy the whole data directory before anything else: it is the evidence",
            Code::STORE_CORRUPT => "restore a backup; the damaged file is left as it is",
            _ => "look at the directory's owner, rights and free space",
        };
        Fault::new(error.code(), error.to_string(), help)
    })
}

/// Writes down where Core is, and warns of what is on that should be off.
fn announce(config: &Config, place: &Place, urls: &[String], tls: bool) -> Result<(), Fault> {
    // With TLS the certificate names the public URL, not the address.
    let public = config.gateway.public_urls.first().filter(|_| tls).map(ToString::to_string);
    let reachable = urls.first().map(|url| here(url));
    let address = public.or(reachable).unwrap_or_default();
    place.write_address(&address).map_err(|error| no_socket(place, &error))?;
    if let Some(agent) = &config.gateway.anonymous.agent.0 {
        tracing::warn!(%agent, "requests without a token are taken for this agent's (gateway.anonymous)");
    }
    if config.gateway.behind_proxy && config.gateway.trusted_proxies.is_empty() {
        tracing::warn!(
            "all agents behind the proxy share its limits per address until gateway.trusted_proxies names it"
        );
    }
    tracing::info!(listen = urls.join(" "), data = %place.dir().display(), "Core is ready");
    Ok(())
}

fn no_socket(place: &Place, error: &std::io::Error) -> Fault {
    Fault::new(
        Code::DATA_DIR_UNUSABLE,
        format!("the data directory {} cannot be written: {error}", place.dir().display()),
        "look at its owner, rights and free space",
    )
}

fn metrics(
    tally: &Arc<Tally>,
    (gateway, runtime, outlet): (&Gateway, &Runtime, &Outlet),
    (store, safe): (&Store, &Safe),
    crowd: &Crowd,
) -> Metrics {
    let safe = safe.clone();
    let sinks = sinks::gauges(outlet, store);
    let (gateway, runtime, store, crowd) = (gateway.clone(), runtime.clone(), store.clone(), crowd.clone());
    let metrics = Metrics::new(tally, senses::now().micros(), move || {
        let wing = gateway.gauges();
        let snapshot = store.snapshot();
        Gauges {
            leases: safe.leases_open() as u64,
            sessions: wing.sessions as u64,
            streams: wing.streams as u64,
            calls: wing.in_flight as u64,
            instances: snapshot.servers().map(|server| runtime.health(server.id).instances as u64).sum(),
            connections: crowd.count(),
            tasks: tokio::runtime::Handle::try_current().map_or(0, |all| all.metrics().num_alive_tasks() as u64),
            servers: snapshot.servers().count() as u64,
            agents: snapshot.agents().iter().filter(|agent| agent.revoked.is_none()).count() as u64,
            sequence: snapshot.sequence,
            dropped_notifications: wing.dropped_notifications,
        }
    });
    metrics.with_sinks(sinks)
}
