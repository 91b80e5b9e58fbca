//! The vault of this Core: opened at start with the root that it was made with, made at the first start, unlocked by hand
//! where its root is a passphrase. While it is locked, agents are told so and nothing else.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use peta_arena::{Arena, Locked, Unlocked};
use peta_dial::Dialer;
use peta_model::{Code, InstallId, Moment};
use peta_roots::{Kind, Opened, Patience, PayloadFileAt, Provider, Surroundings};
use peta_store::Store;
use peta_vault::{passphrase::Passphrase, safe::Safe};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;

use super::{chance::Chance, payload::Payload, progress::Progress, refused::Refused, rollback, steps::Steps};
use crate::{config::Config, environment::Environment, fault::Fault, place::Place, serve::senses};

/// How long a start waits for the root.
const FIRST: Duration = Duration::from_secs(5);
/// What a root that cannot be asked is waited for, the first time and at most.
const AGAIN: Duration = Duration::from_secs(2);
const AGAIN_MOST: Duration = Duration::from_secs(60);

/// A handle to it; clones are the same one.
#[derive(Clone)]
pub(crate) struct Strongroom(Arc<Inner>);

struct Inner {
    safe: Safe,
    store: Store,
    roots: peta_roots::Config,
    dialer: Dialer,
    environment: Environment,
    lives: Arc<dyn Fn() -> Moment + Send + Sync>,
    /// Why it is locked, if it is; for people.
    why: Mutex<Option<Refused>>,
    /// One unlocks, locks or rotates at a time.
    turn: tokio::sync::Mutex<()>,
    /// Of the rotation that runs, or ran last.
    progress: Mutex<Option<Progress>>,
    steps: Arc<Steps>,
    payload: Payload,
    /// Told each time it is unlocked.
    opened: Notify,
}

impl Strongroom {
    /// Opens the vault; one whose root cannot be had stays locked, and is tried again where that may help.
    pub(crate) async fn open(
        config: &Config,
        place: &Place,
        environment: &Environment,
        (store, dialer): (&Store, &Dialer),
        lives: Arc<dyn Fn() -> Moment + Send + Sync>,
    ) -> Result<Self, Fault> {
        let arena = arena(config)?;
        let install = store.snapshot().install;
        let mut roots = config.vault.clone();
        if roots.key_file.as_os_str().is_empty() {
            roots.key_file = place.dir().join("vault.key");
        }
        let safe = Safe::locked(install, arena, Box::new(since_boot), Box::new(Chance));
        let (why, turn) = (Mutex::default(), tokio::sync::Mutex::default());
        let steps = Arc::new(Steps::of(environment));
        let beside = PayloadFileAt::beside(&roots.key_file);
        let payload = Payload::new((store, &safe), beside, senses::clock(), Arc::clone(&steps));
        let (store, dialer, environment) = (store.clone(), dialer.clone(), environment.clone());
        let this = Self(Arc::new(Inner {
            safe,
            store,
            roots,
            dialer,
            environment,
            lives,
            why,
            turn,
            progress: Mutex::default(),
            steps,
            payload,
            opened: Notify::new(),
        }));
        let opening = tokio::spawn(this.clone().begin_open());
        // A service that is slow must not keep Core from saying that its vault is locked.
        if tokio::time::timeout(FIRST, opening).await.is_err() {
            tracing::warn!("the vault is locked: its root takes its time");
        }
        Ok(this)
    }

    async fn begin_open(self) {
        if let Err(refused) = self.unlock(None).await {
            tracing::warn!(code = %refused.code, "the vault is locked: {}", refused.text);
            if refused.may_pass() {
                tokio::spawn(self.try_again());
            }
        }
    }

    pub(crate) fn safe(&self) -> &Safe {
        &self.0.safe
    }

    /// Why it is locked, if it is.
    pub(crate) fn why_locked(&self) -> Option<Refused> {
        if !self.0.safe.is_locked() {
            return None;
        }
        let why = self.0.why.lock().unwrap_or_else(PoisonError::into_inner);
        Some(why.clone().unwrap_or_else(|| Refused::new(Code::VAULT_LOCKED, "it was locked by an administrator")))
    }

    /// Unlocks it. A passphrase is needed where that is the root, and no other root takes one.
    pub(crate) async fn unlock(&self, passphrase: Option<Passphrase>) -> Result<(), Refused> {
        let _turn = self.0.turn.lock().await;
        if !self.0.safe.is_locked() {
            return Ok(());
        }
        let unlocked = match self.unlock_now(passphrase).await {
            Ok(provider) => self.complete(&provider).await,
            Err(refused) => Err(refused),
        };
        if unlocked.is_err() {
            self.wipe();
        }
        *self.0.why.lock().unwrap_or_else(PoisonError::into_inner) = unlocked.as_ref().err().cloned();
        if unlocked.is_ok() {
            // What the record says of credentials is sealed under its keys, so it can be asked from now on.
            tokio::spawn(rollback::look(self.0.store.clone()));
            self.0.opened.notify_one();
        }
        unlocked
    }

    /// Wipes keys and loans, at once. What is lent ends; what was handed over does not.
    pub(crate) async fn lock(&self) {
        let _turn = self.0.turn.lock().await;
        self.wipe();
        *self.0.why.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// First the vault's own keys, so that none of the record's is opened after these are wiped.
    fn wipe(&self) {
        self.0.safe.lock();
        self.0.store.wipe_subjects();
    }

    /// The provider of a root that needs nobody. One is made only while there are no keys.
    pub(super) async fn provider(&self, kind: Kind, making: bool) -> Result<Provider, Refused> {
        let this = self.clone();
        // Files are read, and a keychain may ask its person first.
        let opening = tokio::task::spawn_blocking(move || this.provider_now(kind, making));
        opening.await.map_err(|_| Refused::stopping())?
    }

    fn provider_now(&self, kind: Kind, making: bool) -> Result<Provider, Refused> {
        let variable = |name: &str| self.0.environment.variable(name);
        let around = Surroundings {
            install: self.0.store.snapshot().install,
            dialer: &self.0.dialer,
            variable: &variable,
            clock: senses::clock(),
            patience: Patience::default(),
        };
        let config = peta_roots::Config { root: kind, ..self.0.roots.clone() };
        let mut chance = Chance;
        let making = making.then_some(&mut chance as &mut dyn peta_vault::Random);
        let Opened { provider, warnings, .. } =
            peta_roots::open(&config, &around, making).map_err(|error| Refused::of_root(&error))?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        Ok(provider)
    }

    pub(super) fn payload(&self) -> &Payload {
        &self.0.payload
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn roots(&self) -> &peta_roots::Config {
        &self.0.roots
    }

    /// By the clock that nobody can turn back.
    pub(super) fn by_life(&self) -> Moment {
        (self.0.lives)()
    }

    /// A step of a rotation is done, durably if it says so.
    pub(super) fn step(&self, done: &'static str) {
        self.0.steps.done(done);
    }

    /// Until it is unlocked the next time, or if it was since this was last awaited.
    pub(super) async fn opened(&self) {
        self.0.opened.notified().await;
    }

    pub(super) fn install(&self) -> InstallId {
        self.0.store.snapshot().install
    }

    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.turn.lock().await
    }

    pub(super) fn must_be_unlocked(&self) -> Result<(), Refused> {
        if self.0.safe.is_locked() { Err(Refused::locked()) } else { Ok(()) }
    }

    pub(super) fn note(&self, progress: Progress) {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    /// Of the rotation that runs, or ran last.
    pub(super) fn progress(&self) -> Option<Progress> {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the record's keys in order, by this time.
    pub(super) async fn tend_payload(&self, now: Moment) -> Result<(), Refused> {
        let _turn = self.turn().await;
        if self.0.safe.is_locked() { Ok(()) } else { self.0.payload.tend(now).await }
    }

    async fn try_again(self) {
        let mut pause = AGAIN;
        loop {
            tokio::time::sleep(pause).await;
            // Whoever locked it meanwhile does not want it open.
            if !self.why_locked().is_some_and(|why| why.may_pass()) {
                return;
            }
            match self.unlock(None).await {
                Ok(()) => {
                    tracing::info!("the vault is unlocked");
                    return;
                }
                Err(refused) if !refused.may_pass() => return,
                Err(_) => pause = (pause * 2).min(AGAIN_MOST),
            }
        }
    }
}

fn arena(config: &Config) -> Result<Arena, Fault> {
    let unlocked = if config.memory.must_lock { Unlocked::Refuse } else { Unlocked::Tell };
    let arena = Arena::new(config.memory.arena.0, unlocked).map_err(|error| {
        let help = "raise RLIMIT_MEMLOCK, make memory.arena smaller, or set memory.must_lock = false";
        Fault::new(Code::ARENA_FULL, format!("there is no locked memory for secrets: {error}"), help)
    })?;
    if let Locked::No(error) = arena.locked() {
        tracing::warn!(%error, "secrets may be written to swap: the memory that holds them cannot be locked");
    }
    Ok(arena)
}

/// A clock that goes on while the machine sleeps.
fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}
