//! A provider is tried with a key that nothing depends on, before keys are wrapped under it: that it gives back what it was
//! given, and to nobody who asks with another context. Some services pass over a context that they do not know of.

use peta_model::{InstallId, TenantId};
use peta_vault::{
    KEY, Key, NoRandom, Random,
    keys::{KekId, Purpose},
    root::{Context, Root, RootError},
};

use crate::provider::{Provider, Stopped};

/// Why no key should be wrapped under a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    #[error("it cannot be used: {0}")]
    Root(#[from] RootError),
    #[error("it gives back another key than it was given")]
    OtherKey,
    #[error("it does not bind what it wraps to its context; is its key of a kind that can?")]
    Unbound,
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Three questions to the provider.
pub async fn prove(
    provider: &Provider,
    install: InstallId,
    mut random: impl Random + Send + 'static,
) -> Result<(), ProveError> {
    provider.run(move |root| tried(root, install, &mut random)).await?
}

fn tried(root: &dyn Root, install: InstallId, random: &mut dyn Random) -> Result<(), ProveError> {
    let key = Key::random(random).map_err(RootError::from)?;
    let context = context(install, random).map_err(RootError::from)?;
    let other = Context { kek: self::context(install, random).map_err(RootError::from)?.kek, ..context };
    let wrapped = root.wrap(&context, &key, random)?;
    let back = root.unwrap(&context, &wrapped)?;
    if !key.with(|key| back.with(|back| is_same(key, back))) {
        return Err(ProveError::OtherKey);
    }
    match root.unwrap(&other, &wrapped) {
        Err(RootError::Refused) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(ProveError::Unbound),
    }
}

fn context(install: InstallId, random: &mut dyn Random) -> Result<Context, NoRandom> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(Context {
        install,
        tenant: TenantId::from_bytes([0; 16]),
        purpose: Purpose::Vault,
        kek: KekId::from_bytes(bytes),
    })
}

fn is_same(one: &[u8; KEY], other: &[u8; KEY]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}
