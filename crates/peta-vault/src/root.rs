//! The root: what wraps key-encryption keys. A local one is 32 bytes (out of a key file, a passphrase, a keychain); a remote
//! one is a service that wraps and unwraps and never gives its key away. How each is reached is not known here: whoever
//! implements `Root` for a service may wait inside, so it is called where waiting is allowed.

use aws_lc_rs::{constant_time, digest, hmac};
use peta_arena::scrubbed;
use peta_model::{InstallId, TenantId};

use crate::{
    gcm::{Gcm, NONCE, WRAPPED},
    key::Key,
    keys::{Kek, KekId, Purpose},
    random::{self, NoRandom, Random},
};

/// What a key provider does. All of it is bound to the context: what was wrapped for one key does not unwrap for another.
pub trait Root {
    /// By which a row tells whether it was wrapped under this root, before anything is decrypted.
    fn check(&self, install: InstallId) -> Check;
    /// Wraps a key; the bytes mean something to this provider only.
    fn wrap(&self, context: &Context, key: &Key, random: &mut dyn Random) -> Result<Vec<u8>, RootError>;
    fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, RootError>;
}

/// Whose key is wrapped. Remote providers take installation and KEK as context, and may take the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub install: InstallId,
    pub tenant: TenantId,
    pub purpose: Purpose,
    pub kek: KekId,
}

/// Tells roots apart: of a local one HMAC-SHA256(root, `peta:check:v1` ‖ install). GCM does not commit to its key, this does.
#[derive(Clone, Copy)]
pub struct Check([u8; 32]);

/// Why a provider did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootError {
    #[error("what is wrapped was not wrapped by this root for this key, or is damaged")]
    Refused,
    #[error("the key provider cannot be asked: {0}")]
    Unavailable(String),
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// A root whose 32 bytes are here.
pub struct LocalRoot(Key);

/// What a local root wraps: nonce, ciphertext, tag.
pub const LOCAL_WRAPPED: usize = NONCE + WRAPPED;

const CHECK: &[u8] = b"peta:check:v1";
const REMOTE_CHECK: &[u8] = b"peta:remote:v1\0";
const WRAP: &[u8] = b"peta:kek:v1\0";

impl LocalRoot {
    pub const fn new(key: Key) -> Self {
        Self(key)
    }

    pub fn random(random: &mut dyn Random) -> Result<Self, NoRandom> {
        Key::random(random).map(Self)
    }

    /// The key itself: for whoever keeps it (a key file, a keychain).
    pub const fn key(&self) -> &Key {
        &self.0
    }
}

impl Root for LocalRoot {
    fn check(&self, install: InstallId) -> Check {
        KeyRoot(&self.0).check(install)
    }

    fn wrap(&self, context: &Context, key: &Key, random: &mut dyn Random) -> Result<Vec<u8>, RootError> {
        KeyRoot(&self.0).wrap(context, key, random)
    }

    fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, RootError> {
        KeyRoot(&self.0).unwrap(context, wrapped)
    }
}

/// A key that wraps others as a local root does.
pub(crate) struct KeyRoot<'k>(pub(crate) &'k Key);

impl Root for KeyRoot<'_> {
    fn check(&self, install: InstallId) -> Check {
        scrubbed(|| {
            let key = self.0.with(|bytes| hmac::Key::new(hmac::HMAC_SHA256, bytes));
            let tag = hmac::sign(&key, &[CHECK, install.as_bytes()].concat());
            Check::of(tag.as_ref())
        })
    }

    fn wrap(&self, context: &Context, key: &Key, random: &mut dyn Random) -> Result<Vec<u8>, RootError> {
        let nonce: [u8; NONCE] = random::bytes(random)?;
        let cipher = Gcm::new(self.0).map_err(|_| RootError::Refused)?;
        let wrapped = cipher.wrap(nonce, &context.bytes(), key).map_err(|_| RootError::Refused)?;
        Ok([nonce.as_slice(), &wrapped].concat())
    }

    fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, RootError> {
        let (nonce, wrapped) = wrapped.split_first_chunk::<NONCE>().ok_or(RootError::Refused)?;
        if wrapped.len() != WRAPPED {
            return Err(RootError::Refused);
        }
        let cipher = Gcm::new(self.0).map_err(|_| RootError::Refused)?;
        cipher.unwrap(*nonce, &context.bytes(), wrapped).map_err(|_| RootError::Refused)
    }
}

impl Context {
    pub const fn of(kek: &Kek, install: InstallId) -> Self {
        Self { install, tenant: kek.tenant, purpose: kek.purpose, kek: kek.id }
    }

    /// What a local root authenticates beside the key; the same bytes are what services are given to authenticate.
    pub fn bytes(&self) -> Vec<u8> {
        let Self { install, tenant, purpose, kek } = self;
        [WRAP, install.as_bytes(), tenant.as_bytes(), &[purpose.number()], kek.as_bytes()].concat()
    }
}

impl Check {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Of a remote root, which gives no bytes of its key: SHA-256 over the name that its provider knows the key by. It says
    /// which key is meant; that it is that key, only the provider can tell.
    pub fn of_remote(name: &str, install: InstallId) -> Self {
        let bytes = [REMOTE_CHECK, install.as_bytes(), name.as_bytes()].concat();
        Self::of(digest::digest(&digest::SHA256, &bytes).as_ref())
    }

    fn of(digest: &[u8]) -> Self {
        Self(digest.first_chunk().copied().unwrap_or_default())
    }
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}
impl Eq for Check {}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // It lets a passphrase be guessed by whoever has it, so it stands in no log.
        f.write_str("Check(..)")
    }
}

#[cfg(test)]
mod tests;
