//! From the settings that people write to the `Config` of each crate.

use std::path::{Path, PathBuf};

use crate::config::{Config, Prefix, Sync};

pub(super) fn store(config: &Config, dir: &Path) -> peta_store::Config {
    let sync = match config.record.sync {
        Sync::Written => peta_store::Sync::Written,
        Sync::Ordered => peta_store::Sync::Ordered,
        Sync::Full => peta_store::Sync::Full,
    };
    let segment = u64::try_from(config.record.segment.0).unwrap_or(u64::MAX);
    let keep_payloads = config.record.keep_payloads.0;
    peta_store::Config { sync, segment, keep_payloads, ..peta_store::Config::new(dir) }
}

pub(super) fn dial(config: &Config) -> peta_dial::Config {
    let dial = &config.dial;
    peta_dial::Config {
        within: dial.within.duration(),
        extra_ca: Some(dial.extra_ca.clone()).filter(|path| !path.as_os_str().is_empty()),
        private_names: dial.private_names.clone(),
    }
}

pub(super) fn outlet(config: &Config) -> peta_outlet::Config {
    let audit = &config.audit;
    peta_outlet::Config {
        deadline: audit.sink_deadline.duration(),
        back_off: audit.sink_backoff.duration(),
        back_off_most: audit.sink_backoff_most.duration(),
        lag_warn: audit.sink_lag_warn.duration(),
        witness_every: audit.witness_every.duration(),
    }
}

pub(super) fn runtime(config: &Config, launcher: PathBuf) -> peta_runtime::Config {
    let set = &config.instances;
    let mut runtime = peta_runtime::Config::new(launcher);
    runtime.limits = messages(config);
    runtime.times.open = config.calls.idle.duration();
    runtime.times.page = config.calls.idle.duration();
    runtime.times.room = set.wait.duration();
    runtime.times.stop_input = set.stop.duration();
    runtime.times.stop_term = set.term.duration();
    runtime.times.idle_stop = set.idle.duration();
    runtime.times.back_off = set.backoff.duration();
    runtime.times.back_off_most = set.backoff_most.duration();
    runtime.times.healthy = set.healthy.duration();
    runtime.bounds.per_caller = set.per_agent;
    runtime.bounds.per_server = set.per_server;
    runtime.bounds.in_all = set.total;
    runtime.bounds.garbage = set.garbage;
    runtime.bounds.garbage_within = set.garbage_within.duration();
    runtime
}

pub(super) fn gateway(config: &Config) -> peta_gateway::Config {
    let mut gateway = peta_gateway::Config {
        legacy_sse: config.gateway.legacy_sse,
        prefix: match config.gateway.prefix {
            Prefix::Always => peta_gateway::Prefix::Always,
            Prefix::OnCollision => peta_gateway::Prefix::OnCollision,
            Prefix::Never => peta_gateway::Prefix::Never,
        },
        anonymous: config.gateway.anonymous.agent.0.clone(),
        limits: messages(config),
        ..peta_gateway::Config::default()
    };
    let calls = &config.calls;
    gateway.calls.idle = calls.idle;
    gateway.calls.total = calls.total;
    gateway.calls.dead_server = calls.dead_server;
    gateway.calls.list_wait = calls.list_wait;
    gateway.calls.reverse = calls.reverse;
    gateway.calls.withdrawn = calls.withdrawn;
    let sessions = &config.sessions;
    gateway.sessions.per_agent = sessions.per_agent;
    gateway.sessions.streams = sessions.streams;
    gateway.sessions.in_flight = sessions.in_flight;
    gateway.sessions.idle = sessions.idle;
    gateway.sessions.kept = sessions.kept;
    let streams = &config.streams;
    gateway.streams.hold = streams.hold;
    gateway.streams.keep_alive = streams.keep_alive;
    gateway.streams.retry = streams.retry;
    gateway.streams.close_after = streams.close_after.0;
    gateway.streams.page = calls.page;
    gateway.streams.body_read = config.limits.body_read;
    let tasks = &config.tasks;
    gateway.tasks.per_agent = tasks.per_agent;
    gateway.tasks.ttl_most = tasks.ttl_most;
    gateway.tasks.outlive = tasks.outlive;
    let replay = &config.replay;
    gateway.replay.stream_bytes = replay.stream.0;
    gateway.replay.stream_events = replay.events;
    gateway.replay.session_bytes = replay.session.0;
    gateway.replay.total_bytes = replay.total.0;
    gateway.replay.age = replay.age;
    gateway.payloads.kept = config.record.payloads;
    gateway.payloads.limit = config.record.payload_limit.0;
    gateway
}

pub(super) fn admin(config: &Config, dir: &Path, listen: Vec<String>) -> peta_admin::Config {
    let mut admin = peta_admin::Config::new(dir.to_owned(), env!("CARGO_PKG_VERSION"));
    admin.listen = listen;
    admin.grace = config.calls.withdrawn.duration();
    admin.keep_alive = config.streams.keep_alive.duration();
    admin.sessions_kept = config.sessions.kept.duration();
    admin.replay_age = config.replay.age.duration();
    admin.record_kept = config.record.keep.0.map(peta_model::Span::duration);
    admin.payloads = config.record.payloads;
    admin.payloads_kept = config.record.keep_payloads.0.map(peta_model::Span::duration);
    admin
}

fn messages(config: &Config) -> peta_mcp::Limits {
    let limits = &config.limits;
    peta_mcp::Limits { bytes: limits.message.0, depth: limits.depth, id_bytes: limits.id_bytes }
}
