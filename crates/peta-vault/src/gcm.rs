//! AES-256-GCM, the one cipher of both layers. Plaintext goes from where the caller has it to where the caller wants it:
//! no copy is made in between.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::key::{KEY, Key};

/// Bytes of a nonce and of a tag.
pub(crate) const NONCE: usize = NONCE_LEN;
pub(crate) const TAG: usize = 16;
/// Bytes of a wrapped key, with its tag.
pub(crate) const WRAPPED: usize = KEY + TAG;

/// A key that is ready for use. What it holds is wiped by the crypto library when it is dropped.
pub(crate) struct Gcm(LessSafeKey);

/// What was given does not belong together: text, tag, context, nonce and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forged;

impl Gcm {
    pub(crate) fn new(key: &Key) -> Result<Self, Forged> {
        let key = key.with(|bytes| UnboundKey::new(&AES_256_GCM, bytes)).map_err(|_| Forged)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Appends ciphertext and tag.
    pub(crate) fn seal(&self, nonce: [u8; NONCE], aad: &[u8], plain: &[u8], out: &mut Vec<u8>) -> Result<(), Forged> {
        let start = out.len();
        out.resize(start + plain.len() + TAG, 0);
        let room = out.get_mut(start..).ok_or(Forged)?;
        let (text, tag) = room.split_at_mut_checked(plain.len()).ok_or(Forged)?;
        let (nonce, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(aad));
        self.0.seal_out_of_place_scatter(nonce, aad, plain, text, &[], tag).map_err(|_| Forged)
    }

    /// Opens ciphertext and tag into `out`, which is as long as the ciphertext. What was refused leaves no plaintext there.
    pub(crate) fn open(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &[u8], out: &mut [u8]) -> Result<(), Forged> {
        let (text, tag) = sealed.split_at_checked(out.len()).ok_or(Forged)?;
        let (nonce, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(aad));
        self.0.open_separate_gather(nonce, aad, text, tag, out).map_err(|_| {
            zeroize::Zeroize::zeroize(out);
            Forged
        })
    }

    /// Wraps a key: ciphertext and tag.
    pub(crate) fn wrap(&self, nonce: [u8; NONCE], aad: &[u8], key: &Key) -> Result<[u8; WRAPPED], Forged> {
        let mut wrapped = Vec::with_capacity(WRAPPED);
        key.with(|bytes| self.seal(nonce, aad, bytes, &mut wrapped))?;
        wrapped.try_into().map_err(|_| Forged)
    }

    pub(crate) fn unwrap(&self, nonce: [u8; NONCE], aad: &[u8], wrapped: &[u8]) -> Result<Key, Forged> {
        Key::fill(|bytes| self.open(nonce, aad, wrapped, bytes))
    }
}
