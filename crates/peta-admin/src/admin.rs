//! What every handler works with: the store, the runtime, a clock, randomness, and what was odd when servers were last
//! learnt. Config → build → `router`.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use peta_model::{Moment, Payloads, ServerId};
use peta_runtime::Runtime;
use peta_store::Store;
use peta_vault::safe::Safe;
use tokio::sync::watch;

use crate::{connector::Connector, keeper::Keeper, sinks::Sinks};

/// The wing's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory, for people to see.
    pub data_dir: PathBuf,
    /// Where agents and people reach Core, for people to see: `http://127.0.0.1:7382`.
    pub listen: Vec<String>,
    /// The version of Peta.
    pub version: String,
    /// The largest body, in bytes.
    pub body: usize,
    /// How long learning a server may take.
    pub learn: Duration,
    /// What running calls get when their server is switched off or removed.
    pub grace: Duration,
    /// How often a silent stream says that it is there.
    pub keep_alive: Duration,
    /// How long a drill lends its canary.
    pub drill: Duration,
    /// How long sessions and streams are kept, for people to see.
    pub sessions_kept: Duration,
    pub replay_age: Duration,
    /// How long the record is kept, for people to see; none: without end.
    pub record_kept: Option<Duration>,
    /// What of arguments and results is kept of servers that do not say otherwise, and how long.
    pub payloads: Payloads,
    pub payloads_kept: Option<Duration>,
}

/// The vault, whoever keeps its root, and whoever gets tokens for it.
#[derive(Clone)]
pub struct Vault {
    pub safe: Safe,
    pub keeper: Arc<dyn Keeper>,
    pub connector: Arc<dyn Connector>,
}

/// Reads a clock.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Two clocks.
#[derive(Clone)]
pub struct Clocks {
    /// The clock on the wall: when something happened.
    pub day: Clock,
    /// One that nobody can turn back while Core runs: whether something is over, and how long it has lasted.
    pub lives: Clock,
}

/// Gives 32 random bytes.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// The people's wing, before it is a router.
#[derive(Clone)]
pub struct Admin(Arc<Inside>);

struct Inside {
    config: Config,
    store: Store,
    runtime: Runtime,
    vault: Vault,
    sinks: Arc<dyn Sinks>,
    clocks: Clocks,
    random: Random,
    /// By the clock on the wall, and by that of lives.
    started: (Moment, Moment),
    warnings: Mutex<HashMap<ServerId, Vec<String>>>,
    closing: watch::Sender<bool>,
}

impl Config {
    /// The defaults, for a Core of this data directory and version.
    pub fn new(data_dir: PathBuf, version: &str) -> Self {
        Self {
            data_dir,
            listen: Vec::new(),
            version: version.to_owned(),
            body: 1024 * 1024,
            learn: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            keep_alive: Duration::from_secs(15),
            drill: Duration::from_secs(10),
            sessions_kept: Duration::from_secs(24 * 3_600),
            replay_age: Duration::from_secs(600),
            record_kept: None,
            payloads: Payloads::None,
            payloads_kept: None,
        }
    }
}

impl Admin {
    pub fn build(
        config: Config,
        (store, runtime, vault, sinks): (Store, Runtime, Vault, Arc<dyn Sinks>),
        clocks: Clocks,
        random: Random,
    ) -> Self {
        let started = ((clocks.day)(), (clocks.lives)());
        let (warnings, closing) = (Mutex::default(), watch::Sender::new(false));
        Self(Arc::new(Inside { config, store, runtime, vault, sinks, clocks, random, started, warnings, closing }))
    }

    /// Ends all streams, so that their connections can be drained. Requests are still answered.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    pub(crate) async fn closed(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.closing.subscribe().wait_for(|closing| *closing).await;
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    pub(crate) fn safe(&self) -> &Safe {
        &self.0.vault.safe
    }

    pub(crate) fn keeper(&self) -> &dyn Keeper {
        &*self.0.vault.keeper
    }

    pub(crate) fn sinks(&self) -> &dyn Sinks {
        &*self.0.sinks
    }

    pub(crate) fn connector(&self) -> &dyn Connector {
        &*self.0.vault.connector
    }

    pub(crate) fn now(&self) -> Moment {
        (self.0.clocks.day)()
    }

    /// By this a token's life begins and ends.
    pub(crate) fn lives(&self) -> Moment {
        (self.0.clocks.lives)()
    }

    pub(crate) fn random(&self) -> [u8; 32] {
        (self.0.random)()
    }

    pub(crate) fn started(&self) -> Moment {
        self.0.started.0
    }

    /// Whatever the clock on the wall has done meanwhile.
    pub(crate) fn uptime(&self) -> Duration {
        let micros = self.lives().micros().saturating_sub(self.0.started.1.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// What was odd when this server was last learnt, since Core started.
    pub(crate) fn warnings(&self, server: ServerId) -> Vec<String> {
        self.all_warnings().get(&server).cloned().unwrap_or_default()
    }

    pub(crate) fn note_warnings(&self, server: ServerId, warnings: Vec<String>) {
        self.all_warnings().insert(server, warnings);
    }

    pub(crate) fn forget_warnings(&self, server: ServerId) {
        self.all_warnings().remove(&server);
    }

    fn all_warnings(&self) -> MutexGuard<'_, HashMap<ServerId, Vec<String>>> {
        self.0.warnings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("config", &self.0.config).finish_non_exhaustive()
    }
}
