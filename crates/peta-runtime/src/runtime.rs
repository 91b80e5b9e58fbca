//! All instances of all servers: got or made by key, given back when a session ends, withdrawn when an administrator
//! says so, and ended when Core goes.

use std::{
    collections::HashMap,
    fmt, io,
    sync::{Arc, Mutex},
    time::Duration,
};

use peta_dial::Dialer;
use peta_model::{Code, ServerId, ServerSpec};
use tokio::time::{Instant, timeout_at};

use crate::{
    config::Config,
    custody::Custodian,
    fault::{Executed, LostWhy, OpenError},
    ground::Ground,
    instance::{Ears, Instance},
    key::{InstanceKey, Profile},
    launch::{self, Hold},
    learn::{self, Learned},
    line::no_longer_needed,
    lock::lock,
    logs::LogLine,
    senses::Senses,
    standing::{Health, Standing},
};

/// The pool of instances. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    ground: Arc<Ground>,
    pool: Mutex<Pool>,
}

#[derive(Default)]
struct Pool {
    instances: HashMap<InstanceKey, Arc<Instance>>,
    standings: HashMap<ServerId, Arc<Standing>>,
    /// Set at the end: what is made afterwards never opens.
    over: bool,
}

impl Runtime {
    pub fn start(config: Config, dialer: Dialer, senses: Senses, custodian: Arc<dyn Custodian>) -> Self {
        let ground = Arc::new(Ground::new(config, dialer, senses, custodian));
        Self { inner: Arc::new(Inner { ground, pool: Mutex::default() }) }
    }

    /// Makes this process the heir of what launchers leave behind when they are killed. For Core, whose only children
    /// are launchers; once, before the first is started. `group` names the control group for them: another Core of the
    /// same name ends what this one has left, so it must stand for what only one Core at a time can have.
    pub fn inherit(&self, group: &str) -> io::Result<()> {
        launch::inherit(&self.inner.ground.launchers, group)
    }

    /// Who ends a server's processes if Core and their launcher are killed at once.
    pub fn hold(&self) -> Hold {
        self.inner.ground.launchers.hold()
    }

    /// The instance of that key; made, but not started, if there is none. One that was made for another transport
    /// (the server was re-configured) is ended in the background.
    pub fn instance(
        &self,
        key: InstanceKey,
        spec: Arc<ServerSpec>,
        profile: Arc<Profile>,
        ears: Arc<dyn Ears>,
    ) -> Arc<Instance> {
        let mut pool = lock(&self.inner.pool);
        if let Some(known) = pool.instances.get(&key).filter(|known| known.spec().transport == spec.transport) {
            return Arc::clone(known);
        }
        let standing = pool.standing(key.server, &self.inner.ground);
        let ground = (Arc::clone(&self.inner.ground), standing);
        let over = pool.over.then(shutting_down);
        let made = Instance::new(key.clone(), spec, &profile, ears, ground, over);
        if let Some(old) = pool.instances.insert(key, Arc::clone(&made)) {
            tokio::spawn(async move { retire(&[old], &withdrawn(), Duration::ZERO).await });
        }
        made
    }

    pub fn find(&self, key: &InstanceKey) -> Option<Arc<Instance>> {
        lock(&self.inner.pool).instances.get(key).map(Arc::clone)
    }

    /// Whoever held the instance is gone: what runs is cut, the line is ended, in the background.
    pub fn release(&self, key: &InstanceKey) {
        let released = lock(&self.inner.pool).instances.remove(key);
        if let Some(instance) = released {
            tokio::spawn(async move { retire(&[instance], &no_longer_needed(), Duration::ZERO).await });
        }
    }

    /// Asks a server what it offers, over a line of its own and without client features.
    pub async fn learn(&self, server: ServerId, spec: &ServerSpec, within: Duration) -> Result<Learned, OpenError> {
        let standing = {
            let mut pool = lock(&self.inner.pool);
            if pool.over {
                return Err(shutting_down().into());
            }
            pool.standing(server, &self.inner.ground)
        };
        let learned = learn::learn(&self.inner.ground, &standing, (server, spec), within).await;
        match &learned {
            Ok(_) => standing.went_well(),
            Err(error) => standing.failed((self.inner.ground.senses.now)(), error),
        }
        learned
    }

    pub fn health(&self, server: ServerId) -> Health {
        let standing = lock(&self.inner.pool).standings.get(&server).map(Arc::clone);
        standing.map(|standing| standing.health()).unwrap_or_default()
    }

    /// What the server wrote beside its messages, newest last.
    pub fn logs(&self, server: ServerId) -> Vec<LogLine> {
        let standing = lock(&self.inner.pool).standings.get(&server).map(Arc::clone);
        standing.map(|standing| standing.logs.all()).unwrap_or_default()
    }

    /// The server was disabled, removed or re-configured: its instances take no new work, what runs gets so long,
    /// then all of them end. Instances asked for afterwards are new ones.
    pub async fn withdraw(&self, server: ServerId, grace: Duration) {
        let instances = {
            let mut pool = lock(&self.inner.pool);
            if let Some(standing) = pool.standings.get(&server) {
                standing.forget_way();
                standing.went_well();
            }
            pool.take(|key| key.server == server)
        };
        retire(&instances, &withdrawn(), grace).await;
    }

    /// Ends everything; returns when no child is left, or long after it should be.
    pub async fn shutdown(&self, grace: Duration) {
        let instances = {
            let mut pool = lock(&self.inner.pool);
            pool.over = true;
            pool.take(|_| true)
        };
        retire(&instances, &shutting_down(), grace).await;
        drop(instances);
        let times = &self.inner.ground.config.times;
        let stopping = times.stop_input + times.stop_term + Duration::from_secs(5);
        if timeout_at(Instant::now() + stopping, self.inner.ground.emptied()).await.is_err() {
            tracing::warn!("some servers could not be ended");
        }
        self.inner.ground.launchers.close();
    }
}

impl Pool {
    fn standing(&mut self, server: ServerId, ground: &Ground) -> Arc<Standing> {
        let made = || Arc::new(Standing::new(&ground.config.bounds));
        Arc::clone(self.standings.entry(server).or_insert_with(made))
    }

    fn take(&mut self, which: impl Fn(&InstanceKey) -> bool) -> Vec<Arc<Instance>> {
        self.instances.extract_if(|key, _| which(key)).map(|(_, instance)| instance).collect()
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("instances", &lock(&self.inner.pool).instances.len()).finish()
    }
}

/// Refuses new work at all of them at once, then ends them side by side.
async fn retire(instances: &[Arc<Instance>], why: &LostWhy, grace: Duration) {
    let deadline = Instant::now() + grace;
    let mut ending = tokio::task::JoinSet::new();
    for line in instances.iter().filter_map(|instance| instance.withdraw(why.clone())) {
        let why = why.clone();
        ending.spawn(async move {
            let mut running = line.running();
            let _ = timeout_at(deadline, running.wait_for(|running| *running == 0)).await;
            line.close(why).await;
        });
    }
    ending.join_all().await;
}

fn withdrawn() -> LostWhy {
    LostWhy::new(Code::SERVER_WITHDRAWN, Executed::Maybe, "the server was disabled, removed or changed")
}

fn shutting_down() -> LostWhy {
    LostWhy::new(Code::DRAINING, Executed::Maybe, "Core is shutting down")
}
