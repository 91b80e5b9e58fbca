//! The vault of this Core: opened at start with the root that it was made with, made at the first start, unlocked by hand
//! where its root is a passphrase. While it is locked, agents are told so and nothing else.

mod chance;
mod refused;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use peta_arena::{Arena, Locked, Unlocked};
use peta_dial::Dialer;
use peta_model::{Code, Moment};
use peta_roots::{Kind, Opened, Patience, Provider, Surroundings};
use peta_store::{RootRow, Store};
use peta_vault::{
    Attempts,
    keys::{KekRow, Purpose},
    passphrase::{Derivation, Passphrase},
    safe::{SWEEP, Safe},
};
use rustix::time::{ClockId, clock_gettime};

use self::chance::Chance;
pub(crate) use self::refused::Refused;
use super::senses;
use crate::{config::Config, environment::Environment, fault::Fault, place::Place};

/// What a root that cannot be asked is waited for, the first time and at most.
const AGAIN: Duration = Duration::from_secs(2);
const AGAIN_MOST: Duration = Duration::from_secs(60);

/// How long a derivation is to take on this machine.
const DERIVING: Duration = Duration::from_millis(250);
/// Rounds that are timed to find out.
const TIMED: u32 = 100_000;

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
        let (store, dialer, environment) = (store.clone(), dialer.clone(), environment.clone());
        let this = Self(Arc::new(Inner { safe, store, roots, dialer, environment, lives, why, turn }));
        tokio::spawn(sweep(this.safe().clone()));
        if let Err(refused) = this.unlock(None).await {
            tracing::warn!(code = %refused.code, "the vault is locked: {}", refused.text);
            if refused.may_pass() {
                tokio::spawn(this.clone().try_again());
            }
        }
        Ok(this)
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
        let unlocked = self.unlock_now(passphrase).await;
        *self.0.why.lock().unwrap_or_else(PoisonError::into_inner) = unlocked.as_ref().err().cloned();
        unlocked
    }

    /// Wipes keys and loans, at once. What is lent ends; what was handed over does not.
    pub(crate) async fn lock(&self) {
        let _turn = self.0.turn.lock().await;
        self.0.safe.lock();
        *self.0.why.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn unlock_now(&self, passphrase: Option<Passphrase>) -> Result<(), Refused> {
        let (row, keks) = self.0.store.vault().await.map_err(Refused::of_store)?;
        let kind = match &row {
            Some(row) => kind_of(&row.kind)?,
            None => self.0.roots.root,
        };
        if kind == Kind::Passphrase {
            let text = "its root is a passphrase: `peta vault unlock`";
            let passphrase = passphrase.ok_or_else(|| Refused::new(Code::VAULT_LOCKED, text))?;
            return self.unlock_by_hand(row, keks, passphrase).await;
        }
        let provider = self.provider(kind, keks.is_empty())?;
        let keks = if keks.is_empty() { self.make(&provider, None).await? } else { keks };
        self.take_in(&provider, keks).await
    }

    async fn unlock_by_hand(
        &self,
        row: Option<RootRow>,
        keks: Vec<KekRow>,
        passphrase: Passphrase,
    ) -> Result<(), Refused> {
        let now = (self.0.lives)();
        let attempts = row.as_ref().map(|row| row.attempts.by_clock(now)).unwrap_or_default();
        let begun = attempts.begin(now).map_err(|wait| Refused::new(Code::PASSPHRASE_WAIT, wait.to_string()))?;
        let derivation = match row.as_ref().and_then(|row| row.derivation.as_deref()) {
            Some(stored) => {
                Derivation::parse(stored).map_err(|why| Refused::new(Code::ROOT_UNUSABLE, why.to_string()))?
            }
            None => new_derivation().await?,
        };
        if row.is_some() {
            // Before the work is done: whoever kills Core in the middle gains no attempt by it.
            self.0.store.save_attempts(begun).await.map_err(Refused::of_store)?;
        }
        let stored = derivation.to_bytes();
        let provider = deriving(passphrase, derivation).await?;
        if keks.is_empty() {
            let keks = self.make(&provider, Some(stored)).await?;
            return self.take_in(&provider, keks).await;
        }
        self.take_in(&provider, keks).await?;
        self.0.store.save_attempts(Attempts::default()).await.map_err(Refused::of_store)
    }

    /// The provider of a root that needs nobody. One is made only while there are no keys.
    fn provider(&self, kind: Kind, making: bool) -> Result<Provider, Refused> {
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

    /// The first keys of a new vault.
    async fn make(&self, provider: &Provider, derivation: Option<Vec<u8>>) -> Result<Vec<KekRow>, Refused> {
        let (snapshot, now) = (self.0.store.snapshot(), senses::now());
        let whose = (snapshot.install, snapshot.tenant);
        let made = provider.run(move |root| {
            let make = |purpose| KekRow::make(root, (whose.0, whose.1, purpose), now, &mut Chance).map(|(row, _)| row);
            Ok(vec![make(Purpose::Vault)?, make(Purpose::Digest)?])
        });
        let keks = made.await.map_err(Refused::stopped)?.map_err(|error| Refused::of_row(&error))?;
        let kind = provider.kind().name().to_owned();
        let row = RootRow { kind, derivation, attempts: Attempts::default(), made: now };
        self.0.store.save_vault(row, keks.clone()).await.map_err(Refused::of_store)?;
        Ok(keks)
    }

    async fn take_in(&self, provider: &Provider, keks: Vec<KekRow>) -> Result<(), Refused> {
        let (safe, kind) = (self.0.safe.clone(), provider.kind());
        let unlocked = provider.run(move |root| safe.unlock(root, &keks)).await.map_err(Refused::stopped)?;
        let left_out = unlocked.map_err(|error| Refused::of_unlocking(&error, kind))?;
        for left in left_out {
            tracing::error!(kek = %left.id, "a key of the vault cannot be used: {}", left.why);
        }
        Ok(())
    }

    async fn try_again(self) {
        let mut pause = AGAIN;
        loop {
            tokio::time::sleep(pause).await;
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

/// Ends loans at their deadline, for as long as Core runs.
async fn sweep(safe: Safe) {
    let mut tick = tokio::time::interval(SWEEP);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        safe.sweep();
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

async fn new_derivation() -> Result<Derivation, Refused> {
    let made = tokio::task::spawn_blocking(|| {
        let began = since_boot();
        if let (Ok(trial), Ok(passphrase)) =
            (Derivation::new(TIMED, &mut Chance), Passphrase::new("how long does it take"))
        {
            passphrase.derive(&trial);
            let took = (since_boot() - began).as_secs_f64().max(0.001);
            let rounds = f64::from(trial.rounds()) * DERIVING.as_secs_f64() / took;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let rounds = rounds.clamp(0.0, 10_000_000.0) as u32;
            return Derivation::new(rounds, &mut Chance);
        }
        Derivation::new(TIMED, &mut Chance)
    });
    let made = made.await.map_err(|_| Refused::new(Code::ROOT_UNUSABLE, "Core is stopping"))?;
    made.map_err(|error| Refused::new(Code::ROOT_UNUSABLE, error.to_string()))
}

async fn deriving(passphrase: Passphrase, derivation: Derivation) -> Result<Provider, Refused> {
    let derived = tokio::task::spawn_blocking(move || peta_roots::open_passphrase(&passphrase, &derivation));
    derived.await.map_err(|_| Refused::new(Code::ROOT_UNUSABLE, "Core is stopping"))
}

fn kind_of(word: &str) -> Result<Kind, Refused> {
    Kind::from_name(word).ok_or_else(|| Refused::new(Code::ROOT_UNUSABLE, "the vault's root is of an unknown kind"))
}
