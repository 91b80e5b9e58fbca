//! Rotations. Each can be cut off at any step and goes on: what is done is in the store before the next step begins.

use std::time::Duration;

use peta_api::vault::RotationKind;
use peta_model::{Code, CredentialId};
use peta_roots::{KeyFileAt, Kind, Provider};
use peta_store::{KeptSecret, RootRow, ThingSort};
use peta_vault::{
    Attempts, Kind as Sealed,
    key_file::KeyFile,
    keys::{KekRow, KekState, Purpose, due},
    passphrase::{Derivation, Passphrase},
    root::LocalRoot,
};

use super::{
    chance::Chance,
    deriving::{deriving, kind_of, new_derivation},
    progress::Progress,
    refused::Refused,
    strongroom::Strongroom,
};
use crate::serve::senses;

/// Versions that are wrapped anew in one transaction. So few in a build for tests that their rotations have several pages.
const BATCH: u32 = if cfg!(debug_assertions) { 2 } else { 256 };

/// How long a key that was destroyed stays in memory: a call that began before it was may hold an envelope that names it,
/// and opens that only when it has its connection.
const LINGERS: Duration = Duration::from_secs(30);

/// What is done to each envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The same data key, wrapped under the current key.
    Rewrap,
    /// A new data key.
    Reseal,
}

impl Strongroom {
    /// Wraps all keys under another root (none: one of the same kind), in one transaction: cut off, it has happened or it has
    /// not.
    pub(super) async fn rotate_root(&self, kind: Option<Kind>, passphrase: Option<Passphrase>) -> Result<(), Refused> {
        let _turn = self.turn().await;
        self.must_be_unlocked()?;
        let (row, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let present = row.map_or(Ok(self.roots().root), |row| kind_of(&row.kind))?;
        let kind = kind.unwrap_or(present);
        let (provider, derivation, file) = self.new_root((present, kind), passphrase).await?;
        self.step("the new root is there");
        if provider.is_remote() {
            peta_roots::prove(&provider, self.install(), Chance).await.map_err(|error| Refused::of_proof(&error))?;
        }
        if keks.first().is_some_and(|row| row.check == provider.check(self.install())) {
            return Err(Refused::new(Code::ADMIN_CONFLICT, "the vault has that root already"));
        }
        let safe = self.safe().clone();
        let wrapped = provider.run(move |root| safe.wrap_under(root, &keks, &mut Chance));
        let keks = wrapped.await.map_err(Refused::stopped)?.map_err(|error| Refused::of_wrapping(&error))?;
        let made = senses::now();
        self.step("the keys are wrapped under it");
        let row = RootRow { kind: kind.name().to_owned(), derivation, attempts: Attempts::default(), made };
        self.store().save_vault(row, keks).await.map_err(Refused::of_store)?;
        self.step("the wrapped keys are stored");
        if let Some(file) = file {
            // Cut off before this, the next start finds the new file beside the old one.
            file.promote().map_err(|error| Refused::of_file(&error))?;
            self.step("the key file is in its place");
        }
        Ok(())
    }

    /// Makes a new key, and lets the old ones retire. A root that is a passphrase is not at hand, and is derived again.
    pub(super) async fn begin_kek(&self, passphrase: Option<Passphrase>) -> Result<(), Refused> {
        let _turn = self.turn().await;
        self.must_be_unlocked()?;
        let (row, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let row = row.ok_or_else(|| Refused::new(Code::ROOT_UNUSABLE, "the vault has no root"))?;
        let provider = self.present_root(&row, passphrase).await?;
        let install = self.install();
        if keks.iter().any(|kek| kek.check != provider.check(install)) {
            let wrong = Refused::new(Code::PASSPHRASE_WRONG, "the passphrase is wrong");
            let other = Refused::new(Code::ROOT_OTHER, "this is not the root of this vault");
            return Err(if provider.kind() == Kind::Passphrase { wrong } else { other });
        }
        self.new_key(row, keks, &provider).await
    }

    /// Makes a new key under the present root, and lets these retire.
    pub(super) async fn new_key(&self, row: RootRow, keks: Vec<KekRow>, provider: &Provider) -> Result<(), Refused> {
        let (install, tenant, now) = (self.install(), self.store().snapshot().tenant, senses::now());
        let made = provider.run(move |root| KekRow::make(root, (install, tenant, Purpose::Vault), now, &mut Chance));
        let (new, kek) = made.await.map_err(Refused::stopped)?.map_err(|error| Refused::of_row(&error))?;
        self.step("a new key is made");
        let is_old = |row: &&KekRow| row.purpose == Purpose::Vault;
        let retiring = keks.iter().filter(is_old).map(|row| KekRow { state: KekState::Retiring, ..row.clone() });
        let rows: Vec<KekRow> = retiring.chain([new.clone()]).collect();
        self.store().save_vault(row, rows).await.map_err(Refused::of_store)?;
        self.step("the new key is stored");
        self.safe().insert(&new, kek);
        Ok(())
    }

    async fn present_root(&self, row: &RootRow, passphrase: Option<Passphrase>) -> Result<Provider, Refused> {
        let kind = kind_of(&row.kind)?;
        if kind != Kind::Passphrase {
            return self.provider(kind, false).await;
        }
        let missing = || Refused::new(Code::ADMIN_BAD_FIELD, "the root is a passphrase, which is needed for this");
        let derivation = row.derivation.as_deref().unwrap_or_default();
        let derivation =
            Derivation::parse(derivation).map_err(|why| Refused::new(Code::ROOT_UNUSABLE, why.to_string()))?;
        deriving(passphrase.ok_or_else(missing)?, derivation).await
    }

    /// The same as people's: `peta vault status` tells how far it is.
    pub(super) async fn go_on(&self) -> Result<(), Refused> {
        let progress = self.begin(RotationKind::Kek);
        let ended = self.retire().await;
        self.note(Progress { runs: false, ..progress });
        ended
    }

    /// Says that a rotation runs.
    pub(super) fn begin(&self, what: RotationKind) -> Progress {
        let total = self.store().snapshot().count_credentials() as u64;
        let progress = Progress { what, began: senses::now(), done: 0, total, runs: true };
        self.note(progress);
        progress
    }

    /// Wraps anew what a key that is retiring still wraps, and destroys it once nothing names it.
    pub(super) async fn retire(&self) -> Result<(), Refused> {
        let _turn = self.turn().await;
        self.each(How::Rewrap).await?;
        let (_, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let retiring = |row: &&KekRow| row.purpose == Purpose::Vault && row.state == KekState::Retiring;
        for row in keks.iter().filter(retiring) {
            self.step("nothing is left to wrap");
            if self.store().drop_kek(row.id).await.map_err(Refused::of_store)? {
                self.step("the old key is destroyed");
                let (safe, id) = (self.safe().clone(), row.id);
                tokio::spawn(async move {
                    tokio::time::sleep(LINGERS).await;
                    safe.forget(id);
                });
                tracing::info!(kek = %row.id, "a key of the vault was destroyed: nothing names it any more");
            }
        }
        Ok(())
    }

    /// Seals every credential anew.
    pub(super) async fn reseal(&self) -> Result<(), Refused> {
        let _turn = self.turn().await;
        self.must_be_unlocked()?;
        self.each(How::Reseal).await
    }

    /// Whether the key that things are sealed under is used up or old.
    pub(super) async fn kek_is_due(&self) -> bool {
        self.store().vault().await.is_ok_and(|(_, keks)| self.is_due(&keks))
    }

    /// The same of these rows.
    pub(super) fn is_due(&self, keks: &[KekRow]) -> bool {
        let now = senses::now();
        let current = |row: &&KekRow| row.purpose == Purpose::Vault && row.state == KekState::Current;
        keks.iter().filter(current).any(|row| due(row.reserved, row.made, now).is_some())
    }

    /// Whether a rotation was cut off.
    pub(super) async fn is_retiring(&self) -> bool {
        let Ok((_, keks)) = self.store().vault().await else { return false };
        keks.iter().any(|row| row.state == KekState::Retiring)
    }

    async fn each(&self, how: How) -> Result<(), Refused> {
        let mut cursor = (CredentialId::from_bytes([0; 16]), 0);
        loop {
            let page = self.store().secrets_after(cursor, BATCH).await.map_err(Refused::of_store)?;
            let Some(last) = page.last() else { return self.each_thing(how).await };
            cursor = (last.credential, last.version);
            // Two envelopes each, and some for whoever adds one meanwhile.
            self.store().provide_wraps(self.safe(), 2 * BATCH + 16).await.map_err(Refused::of_store)?;
            let mut changed = Vec::new();
            for kept in page {
                changed.extend(self.anew(kept, how)?);
            }
            let count = changed.len() as u64;
            if count > 0 {
                self.step("a page is made anew");
                self.store().rewrap(senses::now(), changed).await.map_err(Refused::of_store)?;
                self.step("a page is stored");
            }
            if let Some(progress) = self.progress().filter(|progress| progress.runs) {
                self.note(Progress { done: progress.done + count, ..progress });
            }
        }
    }

    /// What is sealed beside the credentials: clients at authorization servers, and connections that were begun.
    async fn each_thing(&self, how: How) -> Result<(), Refused> {
        let tenant = self.store().snapshot().tenant;
        for thing in self.store().things().await.map_err(Refused::of_store)? {
            self.store().provide_wraps(self.safe(), 16).await.map_err(Refused::of_store)?;
            let kind = match thing.sort {
                ThingSort::Client | ThingSort::Given => Sealed::Client,
                ThingSort::Pending => Sealed::Pending,
                ThingSort::Sink => Sealed::Sink,
                ThingSort::Archive => Sealed::Archive,
            };
            let at = (tenant, kind, thing.object, 1);
            let anew = match how {
                How::Reseal => self.safe().reseal(&thing.sealed, at).map(Some),
                How::Rewrap => {
                    let mut anew = thing.sealed.clone();
                    self.safe().rewrap(&mut anew, at).map(|changed| changed.then_some(anew))
                }
            };
            match anew {
                Ok(None) => {}
                Ok(Some(anew)) => {
                    self.store().rewrap_thing(thing, anew).await.map_err(Refused::of_store)?;
                    self.step("what lies beside is stored");
                }
                Err(_) if self.safe().is_locked() => return Err(Refused::locked()),
                Err(error) => tracing::error!(sort = thing.sort.word(), %error, "it cannot be wrapped anew"),
            }
        }
        Ok(())
    }

    /// The envelopes of one version, anew; nothing if they are as they should be.
    fn anew(&self, kept: KeptSecret, how: How) -> Result<Option<KeptSecret>, Refused> {
        let tenant = self.store().snapshot().tenant;
        let at = |kind| (tenant, kind, *kept.credential.as_bytes(), kept.version);
        let one = |envelope: &[u8], kind| match how {
            How::Reseal => self.safe().reseal(envelope, at(kind)).map(|anew| (anew, true)),
            How::Rewrap => {
                let mut anew = envelope.to_vec();
                self.safe().rewrap(&mut anew, at(kind)).map(|changed| (anew, changed))
            }
        };
        let sealed = kept.sealed.as_deref().map(|sealed| one(sealed, Sealed::Credential)).transpose();
        let (sealed, prints) = match (sealed, one(&kept.prints, Sealed::Fingerprints)) {
            (Ok(sealed), Ok(prints)) => (sealed, prints),
            (Err(error), _) | (_, Err(error)) => {
                // One that is damaged must not keep the others from their new key; its old key stays, since it is named.
                tracing::error!(credential = %kept.credential, version = kept.version, %error, "it cannot be wrapped anew");
                return if self.safe().is_locked() { Err(Refused::locked()) } else { Ok(None) };
            }
        };
        let changed = prints.1 || sealed.as_ref().is_some_and(|(_, changed)| *changed);
        let (sealed, prints) = (sealed.map(|(sealed, _)| sealed), prints.0);
        Ok(changed.then_some(KeptSecret { sealed, prints, ..kept }))
    }

    /// The provider of a new root; of a passphrase what it is derived with; of a key file where it stands until it is used.
    async fn new_root(
        &self,
        (present, kind): (Kind, Kind),
        passphrase: Option<Passphrase>,
    ) -> Result<(Provider, Option<Vec<u8>>, Option<KeyFileAt>), Refused> {
        match kind {
            Kind::Passphrase => {
                let missing = || Refused::new(Code::ADMIN_BAD_FIELD, "a passphrase is needed");
                let derivation = new_derivation().await?;
                let stored = derivation.to_bytes();
                let provider = deriving(passphrase.ok_or_else(missing)?, derivation).await?;
                Ok((provider, Some(stored), None))
            }
            Kind::KeyFile => {
                let (file, install) = (KeyFileAt::new(self.roots().key_file.clone()), self.install());
                let wrong = |error| Refused::of_file(&error);
                if !file.path().exists() {
                    let made = file.create(install, &mut Chance).map_err(wrong)?;
                    return Ok((Provider::of_key_file(made.root), None, None));
                }
                // One that is staged already was left by a rotation that came no further than that.
                let next = match file.staged(install).map_err(wrong)? {
                    Some(staged) => staged,
                    None => {
                        let root = LocalRoot::random(&mut Chance).map_err(|error| Refused::no_chance(&error))?;
                        let next = KeyFile { install, root, keks: Vec::new() };
                        file.stage(&next).map_err(wrong)?;
                        next
                    }
                };
                Ok((Provider::of_key_file(next.root), None, Some(file)))
            }
            // An entry of the keychain is made, as it is at a first start; the present root is never made anew.
            kind => Ok((self.provider(kind, kind == Kind::Keychain && present != kind).await?, None, None)),
        }
    }
}
