//! A keeper of the root for tests: it has the root in memory, and a passphrase of its own if a test says so.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use peta_admin::{Connecting, Connector, EnteredClient, Keeper, Keeping, Link, NotConnected, NotKept, Standing, Vault};
use peta_api::{
    Secret,
    vault::{RotationKind, VaultRoot, VaultRotate, VaultRotation},
};
use peta_arena::{Arena, Unlocked};
use peta_model::{Code, CredentialId, Moment, SubjectId};
use peta_store::{CredentialEntry, KeysFault, PayloadKeys, RootRow, Store};
use peta_vault::{
    Attempts, NoRandom, Random,
    keys::{Block, KekId, KekRow, Purpose, reserve},
    root::LocalRoot,
    safe::Safe,
};

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

struct Test {
    safe: Safe,
    root: LocalRoot,
    rows: Vec<KekRow>,
    rotation: Mutex<Option<VaultRotation>>,
}

/// Bytes that differ, and are not secret.
struct Counted(u64);

impl Random for Counted {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&mixed.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Keeps the record's key, in memory.
#[derive(Default)]
struct Payload(AtomicU64);

impl PayloadKeys for Payload {
    fn reserve(&self, kek: KekId) -> Result<Block, KeysFault> {
        let (next, block) = reserve(kek, self.0.load(Ordering::Relaxed)).unwrap();
        self.0.store(next, Ordering::Relaxed);
        Ok(block)
    }

    fn erase(&self, _: SubjectId, _: KekId, now: Moment) -> Result<Moment, KeysFault> {
        Ok(now)
    }

    fn now(&self) -> Moment {
        Moment::from_micros(0)
    }
}

/// An unlocked vault with keys of its own.
pub(crate) async fn vault(store: &Store) -> Vault {
    let snapshot = store.snapshot();
    let clock = std::time::Instant::now();
    let safe = Safe::locked(
        snapshot.install,
        Arena::new(1 << 16, Unlocked::Tell).unwrap(),
        Box::new(move || clock.elapsed()),
        Box::new(Counted(7)),
    );
    let root = LocalRoot::random(&mut Counted(1)).unwrap();
    let made = Moment::from_micros(1);
    let row = |purpose, seed| {
        KekRow::make(&root, (snapshot.install, snapshot.tenant, purpose), made, &mut Counted(seed)).unwrap().0
    };
    let rows = vec![row(Purpose::Vault, 2), row(Purpose::Digest, 3)];
    let about =
        RootRow { kind: "passphrase".to_owned(), derivation: None, attempts: Attempts { wrong: 0, last: None }, made };
    store.save_vault(about, rows.clone()).await.unwrap();
    // That of the record's private parts stands in no table.
    let rows = [rows, vec![row(Purpose::Payload, 4)]].concat();
    safe.unlock(&root, &rows).unwrap();
    store.keep_subjects(safe.clone(), Arc::new(Payload::default()));
    let keeper = Test { safe: safe.clone(), root, rows, rotation: Mutex::default() };
    Vault { safe, keeper: Arc::new(keeper), connector: Arc::new(Nobody) }
}

impl Keeper for Test {
    fn status(&self) -> Keeping<'_, Standing> {
        let root = VaultRoot {
            kind: Some("passphrase".to_owned()),
            made: Some(Moment::from_micros(1)),
            passphrase: true,
            ..VaultRoot::default()
        };
        let rotation = self.rotation.lock().unwrap().clone();
        let keys = self.rows.clone();
        Box::pin(async { Ok(Standing { root, keys, rotation }) })
    }

    fn unlock(&self, passphrase: Option<Secret>) -> Keeping<'_, ()> {
        Box::pin(async move {
            let passphrase = passphrase.ok_or(NotKept::NoPassphrase)?;
            match passphrase.reveal() {
                PASSPHRASE => self.safe.unlock(&self.root, &self.rows).map(drop).map_err(|_| NotKept::Locked),
                "wait" => Err(NotKept::Wait(Moment::from_micros(0))),
                _ => Err(NotKept::WrongPassphrase),
            }
        })
    }

    fn lock(&self) -> Keeping<'_, ()> {
        self.safe.lock();
        Box::pin(async { Ok(()) })
    }

    fn rotate(&self, rotate: VaultRotate) -> Keeping<'_, ()> {
        Box::pin(async move {
            if rotate.what == RotationKind::Reseal {
                return Err(NotKept::Busy);
            }
            let began = Moment::from_micros(5);
            *self.rotation.lock().unwrap() = Some(VaultRotation { what: rotate.what, began, done: 1, total: 3 });
            // Whoever rotates works on; here it is only for a moment.
            tokio::task::yield_now().await;
            Ok(())
        })
    }
}

/// Reaches no authorization server.
struct Nobody;

impl Connector for Nobody {
    fn keep_client(&self, client: EnteredClient) -> Connecting<'_, ()> {
        let fits = client.secret.is_none_or(|secret| secret.reveal() != "unfit");
        Box::pin(async move { if fits { Ok(()) } else { Err(unreached()) } })
    }

    fn link(&self, _credential: CredentialId, _administrator: String) -> Connecting<'_, Link> {
        Box::pin(async {
            Ok(Link { url: "http://127.0.0.1:7382/connect/x".to_owned(), until: Moment::from_micros(9) })
        })
    }

    fn connect_own(&self, _credential: CredentialId) -> Connecting<'_, Arc<CredentialEntry>> {
        Box::pin(async { Err(unreached()) })
    }

    fn revoke(&self, _credential: CredentialId) -> Connecting<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }
}

fn unreached() -> NotConnected {
    NotConnected { code: Code::PROVIDER_BUSY, text: "it cannot be reached".to_owned() }
}
