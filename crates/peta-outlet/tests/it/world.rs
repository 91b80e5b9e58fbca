//! A store in a directory of its own, an outlet whose time is its own, and events to send.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use peta_audit::{
    Caller, Ending, Intent,
    format::{Format, Issuer},
};
use peta_dial::Dialer;
use peta_model::{Decision, EventId, EventKind, Moment, Outcome, SinkId};
use peta_outlet::{Config, Outlet, Senses, Standing, State, Witnesses};
use peta_store::{EventQuery, NewSink, Part, SinkFilter, SinkSpec, Store};
use peta_testkit::eventually;

use crate::{
    bank::{Bank, SECRET},
    keys,
};

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) outlet: Outlet,
    pub(crate) bank: Arc<Bank>,
    clock: Arc<AtomicI64>,
    dir: Arc<tempfile::TempDir>,
    made: AtomicU64,
}

/// How long receivers may take: short, for some of them never answer.
const DEADLINE: Duration = Duration::from_millis(300);

/// Nothing waits for the disk: what is tested is counted in moments, and so in how many events there are at a time.
fn config(dir: &Path) -> peta_store::Config {
    peta_store::Config { sync: peta_store::Sync::Written, ..peta_store::Config::new(dir.join("data")) }
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(AtomicI64::new(1_800_000_000_000_000));
        Self::open(Arc::new(tempfile::tempdir().unwrap()), clock, 0).await
    }

    /// The same after Core was ended and started again; killed, it saves nothing at its end.
    pub(crate) async fn again(self, killed: bool) -> Self {
        if !killed {
            self.outlet.close(Duration::ZERO).await;
        }
        self.store.close(self.now()).await;
        let Self { dir, clock, made, outlet, store, .. } = self;
        drop((outlet, store));
        Self::open(dir, clock, made.into_inner()).await
    }

    async fn open(dir: Arc<tempfile::TempDir>, clock: Arc<AtomicI64>, made: u64) -> Self {
        let now = || Moment::from_micros(clock.load(Ordering::SeqCst));
        let store = Store::open(config(dir.path()), now()).await.unwrap();
        keys::unlock(&store);
        let bank = Bank::new();
        let dialer = Dialer::new(peta_dial::Config::default()).unwrap();
        let issuer = Issuer { install: "i".repeat(32), version: "0.0.0", host: "host".to_owned() };
        let config = Config { deadline: DEADLINE, ..Config::default() };
        let outlet = Outlet::new(config, (store.clone(), dialer), Arc::clone(&bank) as _, senses(&clock), issuer);
        outlet.start().await;
        Self { store, outlet, bank, clock, dir, made: AtomicU64::new(made) }
    }

    /// Those who ask witnesses, not started yet.
    pub(crate) fn witnesses(&self) -> Witnesses {
        let dialer = Dialer::new(peta_dial::Config::default()).unwrap();
        let config = Config { deadline: DEADLINE, ..Config::default() };
        Witnesses::new(config, (self.store.clone(), dialer), senses(&self.clock))
    }

    /// Ends Core, and opens its store again, or says why that cannot be.
    pub(crate) async fn reopen(self) -> Result<Store, peta_store::StoreError> {
        self.outlet.close(Duration::ZERO).await;
        let now = self.now();
        self.store.close(now).await;
        let Self { dir, outlet, store, .. } = self;
        drop((outlet, store));
        let opened = Store::open(config(dir.path()), now).await;
        drop(dir);
        opened
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::from_micros(self.clock.load(Ordering::SeqCst))
    }

    /// Adds a sink that is sent what is recorded from now on.
    pub(crate) async fn sink(&self, name: &str, spec: SinkSpec, secret: bool) -> SinkId {
        let dialer = Dialer::new(peta_dial::Config::default()).unwrap();
        peta_outlet::check(&spec, secret, &dialer).unwrap();
        let id = SinkId::from_bytes([name.len() as u8; 16]);
        let sealed = secret.then(|| SECRET.as_bytes().to_vec());
        let new = NewSink { id, name: name.parse().unwrap(), spec, sealed, read: self.store.recorded() };
        let act = Intent { id: EventId::from_bytes([255; 16]), kind: EventKind::Admin("sink.add"), ..self.intent(0) };
        self.store.add_sink(act, new).await.unwrap();
        id
    }

    /// So many calls that end; their identifiers.
    pub(crate) async fn record(&self, count: u64) -> Vec<String> {
        let recorder = self.store.recorder();
        let mut ids = Vec::new();
        for _ in 0..count {
            let intent = self.intent(self.made.fetch_add(1, Ordering::SeqCst) + 1);
            ids.push(intent.id.to_string());
            if ids.len() % 2 == 0 {
                recorder.whole(intent, Ending::of(Outcome::Refused)).await.unwrap();
            } else {
                let receipt = recorder.intent(intent).await.unwrap();
                recorder.outcome(receipt, Ending { duration_us: 7, ..Ending::of(Outcome::Ok) }).await.unwrap();
            }
        }
        ids
    }

    pub(crate) fn intent(&self, number: u64) -> Intent {
        Intent {
            id: EventId::from_bytes(u128::from(number).to_be_bytes()),
            time: self.now(),
            kind: EventKind::ToolCall,
            caller: Caller { agent: Some("robot".parse().unwrap()), ..Caller::default() },
            session: None,
            server: Some("fs".parse().unwrap()),
            capability: Some("read_file".to_owned()),
            decision: Decision::Allow,
            reasons: Vec::new(),
            request_bytes: 1,
            detail: Some("{\"private\":true}".to_owned()),
            concerns: None,
            facts: Default::default(),
        }
    }

    /// Until a sink does so.
    pub(crate) async fn until(&self, sink: SinkId, state: State) -> Standing {
        eventually(state.word(), async || self.outlet.standing(sink).filter(|standing| standing.state == state)).await
    }

    /// Until everything that is recorded is acknowledged by a sink.
    pub(crate) async fn caught_up(&self, sink: SinkId) -> Standing {
        let there = |standing: &Standing| standing.read >= self.store.recorded();
        eventually("all is acknowledged", async || self.outlet.standing(sink).filter(there)).await
    }

    /// The kinds of events that are on record about sinks.
    pub(crate) async fn told(&self) -> Vec<peta_audit::Event> {
        let query = EventQuery { part: Part::After(None), limit: 1_000, ..EventQuery::default() };
        let events = self.store.events(&query).await.unwrap().events;
        events.into_iter().filter(|event| event.kind.starts_with("sink.") && event.kind != "sink.add").collect()
    }
}

/// A clock that stands still but for pauses, which are over at once.
fn senses(clock: &Arc<AtomicI64>) -> Senses {
    let (reads, waits) = (Arc::clone(clock), Arc::clone(clock));
    let chance = Arc::new(AtomicU64::new(0));
    Senses {
        now: Arc::new(move || Moment::from_micros(reads.load(Ordering::SeqCst))),
        pause: Arc::new(move |length| {
            let waits = Arc::clone(&waits);
            Box::pin(async move {
                waits.fetch_add(i64::try_from(length.as_micros()).unwrap(), Ordering::SeqCst);
                tokio::task::yield_now().await;
            })
        }),
        random: Arc::new(move || {
            let next = chance.fetch_add(1, Ordering::SeqCst);
            (u128::from(next) | 1 << 120).to_be_bytes()
        }),
    }
}

/// A sink to this URL, otherwise as usual.
pub(crate) fn spec(to: &str) -> SinkSpec {
    let to: peta_model::SinkUrl = to.parse().unwrap();
    SinkSpec {
        format: peta_outlet::usual_format(to.kind()),
        to,
        private: false,
        filter: SinkFilter::default(),
        headers: Vec::new(),
        user: None,
        region: None,
        ack: false,
        ca: None,
    }
}

pub(crate) fn json(spec: SinkSpec) -> SinkSpec {
    SinkSpec { format: Format::Json, ..spec }
}
