//! `/metrics`: what Core counts, in the form of Prometheus. All sets of labels are bounded: no name that an agent or
//! a server chooses becomes one.

use std::sync::{Arc, atomic::Ordering};

use http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};

/// What the page is.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Wing {
    Agents,
    People,
    Health,
}

/// What the edge counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    requests: Family<Request, Counter>,
    in_flight: Family<InFlight, Gauge>,
}

/// A request whose answer has not gone out yet.
#[derive(Debug)]
pub(crate) struct Open(Gauge);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    wing: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InFlight {
    wing: &'static str,
}

/// Numbers that others hold; asked for when the page is read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gauges {
    pub(crate) sessions: u64,
    pub(crate) streams: u64,
    pub(crate) calls: u64,
    pub(crate) instances: u64,
    pub(crate) connections: u64,
    pub(crate) tasks: u64,
    pub(crate) servers: u64,
    pub(crate) agents: u64,
    pub(crate) leases: u64,
    pub(crate) sequence: u64,
    pub(crate) dropped_notifications: u64,
}

/// How a sink does.
#[derive(Debug, Clone, Default)]
pub(crate) struct SinkGauges {
    pub(crate) sink: String,
    pub(crate) ok: bool,
    pub(crate) lag_entries: u64,
    pub(crate) lag_seconds: u64,
    pub(crate) sent: u64,
    pub(crate) skipped: u64,
}

/// An administrator's name: there are as many as administrators make.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSink {
    sink: String,
}

/// What is told of each sink.
#[derive(Debug, Default)]
struct SinkFamilies {
    up: Family<OfSink, Gauge>,
    lag_entries: Family<OfSink, Gauge>,
    lag_seconds: Family<OfSink, Gauge>,
    sent: Family<OfSink, Counter>,
    skipped: Family<OfSink, Counter>,
}

/// One number among them.
type Pick = fn(&Gauges) -> u64;

/// The page, and what it is made of.
pub(crate) struct Metrics {
    registry: Registry,
    gauges: Vec<(Gauge, Pick)>,
    counters: Vec<(Counter, Pick)>,
    ask: Box<dyn Fn() -> Gauges + Send + Sync>,
    sinks: SinkFamilies,
    ask_sinks: Box<dyn Fn() -> Vec<SinkGauges> + Send + Sync>,
}

impl Wing {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::People => "people",
            Self::Health => "health",
        }
    }
}

impl Tally {
    pub(crate) fn answered(&self, wing: Wing, status: StatusCode) {
        let outcome = match status.as_u16() {
            0..400 => "ok",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            400..500 => "refused",
            503 => "unavailable",
            _ => "failed",
        };
        self.requests.get_or_create(&Request { wing: wing.word(), outcome }).inc();
    }

    pub(crate) fn open(&self, wing: Wing) -> Open {
        let gauge = self.in_flight.get_or_create(&InFlight { wing: wing.word() }).clone();
        gauge.inc();
        Open(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl SinkFamilies {
    /// These, and no others: one that was removed is told of no more.
    fn set(&self, sinks: Vec<SinkGauges>) {
        let number = |value| i64::try_from(value).unwrap_or(i64::MAX);
        [&self.up, &self.lag_entries, &self.lag_seconds].into_iter().for_each(Family::clear);
        [&self.sent, &self.skipped].into_iter().for_each(Family::clear);
        for it in sinks {
            let of = OfSink { sink: it.sink };
            self.up.get_or_create(&of).set(i64::from(it.ok));
            self.lag_entries.get_or_create(&of).set(number(it.lag_entries));
            self.lag_seconds.get_or_create(&of).set(number(it.lag_seconds));
            self.sent.get_or_create(&of).inner().store(it.sent, Ordering::Relaxed);
            self.skipped.get_or_create(&of).inner().store(it.skipped, Ordering::Relaxed);
        }
    }
}

impl Metrics {
    /// A page that counts with `tally` and asks for the rest.
    pub(crate) fn new(
        tally: &Arc<Tally>,
        started_micros: i64,
        ask: impl Fn() -> Gauges + Send + Sync + 'static,
    ) -> Self {
        let mut registry = Registry::with_prefix("peta");
        registry.register("build", "Which Peta this is", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let start: Gauge = Gauge::default();
        start.set(started_micros / 1_000_000);
        registry.register("start_time_seconds", "When Core started, in seconds since 1970", start);
        registry.register("http_requests", "Requests answered, by wing and outcome", tally.requests.clone());
        registry.register("http_in_flight", "Requests and streams that are open now, by wing", tally.in_flight.clone());
        let mut this = Self {
            registry,
            gauges: Vec::new(),
            counters: Vec::new(),
            ask: Box::new(ask),
            sinks: SinkFamilies::default(),
            ask_sinks: Box::new(Vec::new),
        };
        this.gauge("sessions", "Open MCP sessions", |it| it.sessions);
        this.gauge("streams", "Open streams of sessions", |it| it.streams);
        this.gauge("requests_in_flight", "Requests of agents that are not answered yet", |it| it.calls);
        this.gauge("instances", "Running instances of servers", |it| it.instances);
        this.gauge("connections", "Open connections", |it| it.connections);
        this.gauge("tasks", "Tasks of the runtime that live: what Core does at a time", |it| it.tasks);
        this.gauge("servers", "Registered servers", |it| it.servers);
        this.gauge("agents", "Agents that are not revoked", |it| it.agents);
        this.gauge("vault_leases_open", "Secrets that are lent now, and will be wiped", |it| it.leases);
        this.gauge("snapshot_sequence", "The newest change that calls are judged by", |it| it.sequence);
        this.counter("notifications_dropped", "Notifications that reached nobody", |it| it.dropped_notifications);
        this
    }

    /// The same page with what is told of each sink.
    pub(crate) fn with_sinks(mut self, ask: impl Fn() -> Vec<SinkGauges> + Send + Sync + 'static) -> Self {
        let (to, all) = (&mut self.registry, &self.sinks);
        to.register("sink_up", "Whether the sink's receiver takes what it is sent", all.up.clone());
        to.register("sink_lag_entries", "Entries of the record that the sink is behind", all.lag_entries.clone());
        to.register("sink_lag_seconds", "How long the sink's oldest unsent event waits", all.lag_seconds.clone());
        to.register("sink_sent", "Events that the sink's receiver took", all.sent.clone());
        to.register("sink_skipped", "Events that the sink's receiver cannot take", all.skipped.clone());
        Self { ask_sinks: Box::new(ask), ..self }
    }

    /// The page as text.
    pub(crate) fn page(&self) -> String {
        let now = (self.ask)();
        for (gauge, value) in &self.gauges {
            gauge.set(i64::try_from(value(&now)).unwrap_or(i64::MAX));
        }
        for (counter, value) in &self.counters {
            counter.inner().store(value(&now), Ordering::Relaxed);
        }
        self.sinks.set((self.ask_sinks)());
        let mut text = String::new();
        // Writing to a String cannot fail.
        _ = encode(&mut text, &self.registry);
        text
    }

    fn gauge(&mut self, name: &str, help: &str, value: Pick) {
        let gauge = Gauge::default();
        self.registry.register(name, help, gauge.clone());
        self.gauges.push((gauge, value));
    }

    fn counter(&mut self, name: &str, help: &str, value: Pick) {
        let counter = Counter::default();
        self.registry.register(name, help, counter.clone());
        self.counters.push((counter, value));
    }
}

#[cfg(test)]
mod tests;
