//! Opening the vault with the root that it was made with, and making one at the first start.

use peta_model::Code;
use peta_roots::{KeyFileAt, Kind, Provider};
use peta_store::RootRow;
use peta_vault::{
    Attempts,
    keys::{KekRow, Purpose},
    passphrase::{Derivation, Passphrase},
};

use super::{
    chance::Chance,
    deriving::{deriving, kind_of, new_derivation},
    refused::Refused,
    strongroom::Strongroom,
};
use crate::serve::senses;

/// What a vault has keys for in its tables.
const PURPOSES: [Purpose; 4] = [Purpose::Vault, Purpose::Digest, Purpose::Sign, Purpose::Beside];

impl Strongroom {
    pub(super) async fn unlock_now(&self, passphrase: Option<Passphrase>) -> Result<Provider, Refused> {
        let (row, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let kind = match &row {
            Some(row) => kind_of(&row.kind)?,
            None => self.roots().root,
        };
        if kind == Kind::Passphrase {
            let text = "its root is a passphrase: `peta vault unlock`";
            let passphrase = passphrase.ok_or_else(|| Refused::new(Code::VAULT_LOCKED, text))?;
            return self.unlock_by_hand(row, keks, passphrase).await;
        }
        let provider = self.provider(kind, keks.is_empty()).await?;
        let keks = if keks.is_empty() { self.make(&provider, None).await? } else { keks };
        match self.take_in(&provider, keks.clone()).await {
            Err(refused) if kind == Kind::KeyFile && refused.code == Code::ROOT_OTHER => {
                self.finish_rotation(keks).await?.ok_or(refused)
            }
            taken => taken.map(|()| provider),
        }
    }

    /// A rotation to a new key file that was cut off after the keys were under it: it stands beside the old one.
    async fn finish_rotation(&self, keks: Vec<KekRow>) -> Result<Option<Provider>, Refused> {
        let file = KeyFileAt::new(self.roots().key_file.clone());
        let Ok(Some(staged)) = file.staged(self.install()) else { return Ok(None) };
        let provider = Provider::of_key_file(staged.root);
        self.take_in(&provider, keks).await?;
        self.step("the staged key file opens the vault");
        file.promote().map_err(|error| Refused::of_file(&error))?;
        tracing::info!("a rotation of the vault's root that was cut off is complete");
        Ok(Some(provider))
    }

    async fn unlock_by_hand(
        &self,
        row: Option<RootRow>,
        keks: Vec<KekRow>,
        passphrase: Passphrase,
    ) -> Result<Provider, Refused> {
        let now = self.by_life();
        let attempts = row.as_ref().map(|row| row.attempts.by_clock(now)).unwrap_or_default();
        let begun = attempts.begin(now).map_err(Refused::wait)?;
        let derivation = match row.as_ref().and_then(|row| row.derivation.as_deref()) {
            Some(stored) => {
                Derivation::parse(stored).map_err(|why| Refused::new(Code::ROOT_UNUSABLE, why.to_string()))?
            }
            None => new_derivation().await?,
        };
        if row.is_some() {
            // Before the work is done: whoever kills Core in the middle gains no attempt by it.
            self.store().save_attempts(begun).await.map_err(Refused::of_store)?;
        }
        let stored = derivation.to_bytes();
        let provider = deriving(passphrase, derivation).await?;
        if keks.is_empty() {
            let keks = self.make(&provider, Some(stored)).await?;
            return self.take_in(&provider, keks).await.map(|()| provider);
        }
        self.take_in(&provider, keks.clone()).await?;
        self.store().save_attempts(Attempts::default()).await.map_err(Refused::of_store)?;
        // Only now is this root at hand, so a key that is due is made anew now, or waits for the next time.
        if let Some(row) = row.filter(|_| self.is_due(&keks)) {
            let row = RootRow { attempts: Attempts::default(), ..row };
            if let Err(refused) = self.new_key(row, keks, &provider).await {
                tracing::warn!(code = %refused.code, "the vault's key cannot be rotated: {}", refused.text);
            }
        }
        Ok(provider)
    }

    /// What a vault of before does not have yet is made, and the keys that stand in no table are taken in.
    pub(super) async fn complete(&self, provider: &Provider) -> Result<(), Refused> {
        let (_, keks) = self.store().vault().await.map_err(Refused::of_store)?;
        let is_missing = |purpose: &Purpose| !keks.iter().any(|row| row.purpose == *purpose);
        let missing: Vec<Purpose> = PURPOSES.into_iter().filter(is_missing).collect();
        if !missing.is_empty() {
            let (snapshot, now) = (self.store().snapshot(), senses::now());
            let whose = (snapshot.install, snapshot.tenant);
            let made = provider.run(move |root| {
                let make = |purpose| KekRow::make(root, (whose.0, whose.1, purpose), now, &mut Chance);
                missing.into_iter().map(make).collect::<Result<Vec<_>, _>>()
            });
            let made = made.await.map_err(Refused::stopped)?.map_err(|error| Refused::of_row(&error))?;
            let rows = made.iter().map(|(row, _)| row.clone()).collect();
            self.store().add_keks(rows).await.map_err(Refused::of_store)?;
            for (row, kek) in made {
                self.safe().insert(&row, kek);
            }
        }
        self.payload().open().await
    }

    /// The first keys of a new vault.
    async fn make(&self, provider: &Provider, derivation: Option<Vec<u8>>) -> Result<Vec<KekRow>, Refused> {
        let (snapshot, now) = (self.store().snapshot(), senses::now());
        let whose = (snapshot.install, snapshot.tenant);
        let made = provider.run(move |root| {
            let make = |purpose| KekRow::make(root, (whose.0, whose.1, purpose), now, &mut Chance).map(|(row, _)| row);
            PURPOSES.into_iter().map(make).collect::<Result<Vec<_>, _>>()
        });
        let keks = made.await.map_err(Refused::stopped)?.map_err(|error| Refused::of_row(&error))?;
        let kind = provider.kind().name().to_owned();
        let row = RootRow { kind, derivation, attempts: Attempts::default(), made: now };
        self.store().save_vault(row, keks.clone()).await.map_err(Refused::of_store)?;
        Ok(keks)
    }

    async fn take_in(&self, provider: &Provider, keks: Vec<KekRow>) -> Result<(), Refused> {
        let (safe, kind) = (self.safe().clone(), provider.kind());
        let unlocked = provider.run(move |root| safe.unlock(root, &keks)).await.map_err(Refused::stopped)?;
        let left_out = unlocked.map_err(|error| Refused::of_unlocking(&error, kind))?;
        for left in left_out {
            tracing::error!(kek = %left.id, "a key of the vault cannot be used: {}", left.why);
        }
        Ok(())
    }
}
