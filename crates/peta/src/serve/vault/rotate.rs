//! Rotations. Each can be cut off at any step and goes on: what is done is in the store before the next step begins.

use peta_model::CredentialId;
use peta_roots::{KeyFileAt, Kind, Provider};
use peta_store::{KeptSecret, RootRow};
use peta_vault::{
    Attempts, Kind as Sealed,
    key_file::KeyFile,
    keys::{KekRow, KekState, Purpose, due},
    passphrase::Passphrase,
    root::LocalRoot,
};

use super::{Strongroom, chance::Chance, refused::Refused};
use crate::serve::senses;

/// Envelopes that are wrapped anew in one transaction.
const BATCH: u32 = 256;

/// How far a rotation has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) done: u64,
}

/// What is done to each envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The same data key, wrapped under the current key.
    Rewrap,
    /// A new data key.
    Reseal,
}

impl Strongroom {
    /// Wraps all keys under another root, in one transaction: cut off, it has happened or it has not.
    pub(crate) async fn rotate_root(&self, kind: Kind, passphrase: Option<Passphrase>) -> Result<(), Refused> {
        let _turn = self.turn().await;
        self.must_be_unlocked()?;
        let (_, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let (provider, derivation, file) = self.new_root(kind, passphrase).await?;
        if provider.is_remote() {
            peta_roots::prove(&provider, self.install(), &mut Chance).await.map_err(|error| Refused::of_proof(&error))?;
        }
        if keks.first().is_some_and(|row| row.check == provider.check(self.install())) {
            return Err(Refused::new(peta_model::Code::ADMIN_CONFLICT, "the vault has that root already"));
        }
        let safe = self.safe().clone();
        let wrapped = provider.run(move |root| safe.wrap_under(root, &keks, &mut Chance));
        let keks = wrapped.await.map_err(Refused::stopped)?.map_err(|error| Refused::of_wrapping(&error))?;
        let made = senses::now();
        let row = RootRow { kind: kind.name().to_owned(), derivation, attempts: Attempts::default(), made };
        self.store().save_vault(row, keks).await.map_err(Refused::of_store)?;
        if let Some(file) = file {
            // Cut off before this, the next start finds the new file beside the old one.
            file.promote().map_err(|error| Refused::of_file(&error))?;
        }
        Ok(())
    }

    /// Makes a new key, wraps all envelopes under it, and destroys the old ones once nothing names them.
    pub(crate) async fn rotate_kek(&self) -> Result<Progress, Refused> {
        let _turn = self.turn().await;
        self.must_be_unlocked()?;
        let (row, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let row = row.ok_or_else(|| Refused::new(peta_model::Code::ROOT_UNUSABLE, "the vault has no root"))?;
        let kind = super::kind_of(&row.kind)?;
        // A passphrase is not at hand: the new key is wrapped with the root that only it gives.
        if kind == Kind::Passphrase {
            let text = "with a passphrase as the root, give it again: `peta vault rotate --root passphrase`, then --kek";
            return Err(Refused::new(peta_model::Code::ADMIN_CONFLICT, text));
        }
        let provider = self.provider(kind, false)?;
        let (install, tenant, now) = (self.install(), self.store().snapshot().tenant, senses::now());
        let made = provider.run(move |root| KekRow::make(root, (install, tenant, Purpose::Vault), now, &mut Chance));
        let (new, kek) = made.await.map_err(Refused::stopped)?.map_err(|error| Refused::of_row(&error))?;
        let is_old = |row: &&KekRow| row.purpose == Purpose::Vault;
        let retiring = keks.iter().filter(is_old).map(|row| KekRow { state: KekState::Retiring, ..row.clone() });
        let rows: Vec<KekRow> = retiring.chain([new.clone()]).collect();
        self.store().save_vault(row, rows).await.map_err(Refused::of_store)?;
        self.safe().insert(&new, kek);
        self.retire().await
    }

    /// Goes on with what a key that is being retired still wraps.
    pub(super) async fn retire(&self) -> Result<Progress, Refused> {
        let progress = self.each(How::Rewrap).await?;
        let (_, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let retiring = |row: &&KekRow| row.purpose == Purpose::Vault && row.state == KekState::Retiring;
        for row in keks.iter().filter(retiring) {
            if self.store().drop_kek(row.id).await.map_err(Refused::of_store)? {
                self.safe().forget(row.id);
                tracing::info!(kek = %row.id, "a key of the vault was destroyed: nothing names it any more");
            }
        }
        Ok(progress)
    }

    /// Seals every credential anew.
    pub(crate) async fn reseal(&self) -> Result<Progress, Refused> {
        let _turn = self.turn().await;
        self.must_be_unlocked()?;
        self.each(How::Reseal).await
    }

    /// Whether the key that things are sealed under is used up or old.
    pub(super) async fn kek_is_due(&self) -> bool {
        let Ok((_, keks)) = self.store().vault().await else { return false };
        let now = senses::now();
        let is_due = |row: &KekRow| {
            let current = row.purpose == Purpose::Vault && row.state == KekState::Current;
            current && due(row.reserved, row.made, now).is_some()
        };
        keks.iter().any(is_due)
    }

    /// Whether a rotation was cut off.
    pub(super) async fn is_retiring(&self) -> bool {
        let Ok((_, keks)) = self.store().vault().await else { return false };
        keks.iter().any(|row| row.state == KekState::Retiring)
    }

    async fn each(&self, how: How) -> Result<Progress, Refused> {
        let (mut progress, mut cursor) = (Progress::default(), (CredentialId::from_bytes([0; 16]), 0));
        loop {
            let page = self.store().secrets_after(cursor, BATCH).await.map_err(Refused::of_store)?;
            let Some(last) = page.last() else { return Ok(progress) };
            cursor = (last.credential, last.version);
            // Two envelopes each, and some for whoever adds one meanwhile.
            self.store().provide_wraps(self.safe(), 2 * BATCH + 16).await.map_err(Refused::of_store)?;
            let mut changed = Vec::new();
            for kept in page {
                changed.extend(self.anew(kept, how)?);
            }
            let count = changed.len() as u64;
            if count > 0 {
                self.store().rewrap(senses::now(), changed).await.map_err(Refused::of_store)?;
            }
            progress.done += count;
            self.note(progress);
        }
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
        kind: Kind,
        passphrase: Option<Passphrase>,
    ) -> Result<(Provider, Option<Vec<u8>>, Option<KeyFileAt>), Refused> {
        match kind {
            Kind::Passphrase => {
                let missing = || Refused::new(peta_model::Code::ADMIN_BAD_FIELD, "a passphrase is needed");
                let derivation = super::new_derivation().await?;
                let stored = derivation.to_bytes();
                let provider = super::deriving(passphrase.ok_or_else(missing)?, derivation).await?;
                Ok((provider, Some(stored), None))
            }
            Kind::KeyFile => {
                let root = || LocalRoot::random(&mut Chance).map_err(|error| Refused::no_chance(&error));
                let file = KeyFileAt::new(self.roots().key_file.clone());
                let next = KeyFile { install: self.install(), root: root()?, keks: Vec::new() };
                file.stage(&next).map_err(|error| Refused::of_file(&error))?;
                Ok((Provider::of_key_file(next.root), None, Some(file)))
            }
            kind => Ok((self.provider(kind, false)?, None, None)),
        }
    }
}
