//! The strongroom as the people's wing knows it.

use peta_admin::{Keeper, Keeping, NotKept, Standing};
use peta_api::{
    Secret,
    vault::{RootKind, RotationKind, VaultRoot, VaultRotate, VaultRotation},
};
use peta_model::Code;
use peta_roots::Kind;
use peta_store::{ChangeError, KeysFault};
use peta_vault::passphrase::Passphrase;

use super::{progress::Progress, refused::Refused, strongroom::Strongroom};
use crate::serve::senses;

impl Keeper for Strongroom {
    fn status(&self) -> Keeping<'_, Standing> {
        Box::pin(async {
            let (row, mut keys) = self.store().vault().await?;
            keys.extend(self.payload().rows().await);
            let now = senses::now();
            let (kind, made) = (row.as_ref().map(|row| row.kind.clone()), row.as_ref().map(|row| row.made));
            let attempts = row.map(|row| row.attempts.by_clock(now)).unwrap_or_default();
            let root = VaultRoot {
                passphrase: kind.as_deref().unwrap_or(self.roots().root.name()) == Kind::Passphrase.name(),
                kind,
                made,
                wrong: attempts.wrong,
                wait_until: attempts.until().filter(|until| *until > now),
                trouble: self.why_locked().map(|why| format!("{} ({})", why.text, why.code)),
            };
            let rotation = self.progress().filter(|progress| progress.runs).map(|progress| VaultRotation {
                what: progress.what,
                began: progress.began,
                done: progress.done,
                total: progress.total,
            });
            Ok(Standing { root, keys, rotation })
        })
    }

    fn unlock(&self, passphrase: Option<Secret>) -> Keeping<'_, ()> {
        Box::pin(async move { Ok(Self::unlock(self, passphrase.map(typed).transpose()?).await?) })
    }

    fn lock(&self) -> Keeping<'_, ()> {
        Box::pin(async {
            Self::lock(self).await;
            Ok(())
        })
    }

    /// A root is exchanged before this returns; what is wrapped or sealed anew goes on behind it.
    fn rotate(&self, rotate: VaultRotate) -> Keeping<'_, ()> {
        Box::pin(async move {
            if self.progress().is_some_and(|progress| progress.runs) {
                return Err(NotKept::Busy);
            }
            let passphrase = rotate.passphrase.map(typed).transpose()?;
            let progress = self.begin(rotate.what);
            if rotate.what == RotationKind::Root {
                let rotated = self.rotate_root(rotate.root.map(kind_of), passphrase).await;
                self.note(Progress { runs: false, ..progress });
                return Ok(rotated?);
            }
            let began = match rotate.what {
                RotationKind::Kek => self.begin_kek(passphrase).await,
                RotationKind::Root | RotationKind::Reseal => self.must_be_unlocked(),
            };
            if let Err(refused) = began {
                self.note(Progress { runs: false, ..progress });
                return Err(refused.into());
            }
            let this = self.clone();
            tokio::spawn(async move {
                let ended = if progress.what == RotationKind::Kek { this.retire().await } else { this.reseal().await };
                this.note(Progress { runs: false, ..progress });
                match ended {
                    Ok(()) => tracing::info!("the rotation of the vault is complete"),
                    Err(refused) => tracing::error!(code = %refused.code, "the rotation stopped: {}", refused.text),
                }
            });
            Ok(())
        })
    }
}

fn typed(text: Secret) -> Result<Passphrase, NotKept> {
    Passphrase::new(text.reveal()).map_err(|error| NotKept::Conflict(error.to_string()))
}

const fn kind_of(kind: RootKind) -> Kind {
    match kind {
        RootKind::KeyFile => Kind::KeyFile,
        RootKind::Passphrase => Kind::Passphrase,
        RootKind::Env => Kind::Env,
        RootKind::File => Kind::File,
        RootKind::Keychain => Kind::Keychain,
        RootKind::Transit => Kind::Transit,
        RootKind::Aws => Kind::Aws,
        RootKind::Gcp => Kind::Gcp,
        RootKind::Azure => Kind::Azure,
    }
}

impl From<Refused> for NotKept {
    fn from(refused: Refused) -> Self {
        let Refused { code, text, until } = refused;
        match code {
            Code::VAULT_LOCKED => Self::Locked,
            Code::PASSPHRASE_WRONG => Self::WrongPassphrase,
            Code::PASSPHRASE_WAIT => until.map_or(Self::Conflict(text), Self::Wait),
            Code::ROOT_UNAVAILABLE => Self::Unavailable(text),
            Code::ROOT_OTHER => Self::OtherRoot(text),
            Code::ROOT_UNUSABLE => Self::Unusable(text),
            Code::ADMIN_BAD_FIELD => Self::NoPassphrase,
            Code::ADMIN_CONFLICT => Self::Conflict(text),
            code @ (Code::RECORD_KEYS_MISSING | Code::RECORD_KEYS_UNFIT) => {
                Self::Store(ChangeError::Keys(KeysFault { code, text }))
            }
            _ => Self::Failed(text),
        }
    }
}
