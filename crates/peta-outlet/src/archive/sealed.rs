//! The form of an archived file, as `docs/formats/archive.md` tells it: a head, and the file in chunks, each under AES-256-GCM
//! with its number and whether it is the last. A key seals one file once, so a counter is nonce enough.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use peta_model::{InstallId, TenantId};

/// What stands at the beginning, and is authenticated with each chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) install: InstallId,
    pub(super) tenant: TenantId,
    /// The identifier of the key.
    pub(super) key: [u8; 16],
    /// The numbers of the first and the last entry.
    pub(super) first: u64,
    pub(super) last: u64,
}

const MAGIC: &[u8; 8] = b"PETAARCH";
const VERSION: u32 = 1;
const HEAD: usize = 80;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

impl Head {
    /// Seals a file. The key must not have sealed anything before. None if the cipher refuses, which it has no reason to.
    pub(super) fn seal(&self, key: &[u8; 32], plain: &[u8]) -> Option<Vec<u8>> {
        let (cipher, head) = (cipher(key)?, self.to_bytes());
        let mut sealed = Vec::with_capacity(HEAD + plain.len() + (plain.len() / CHUNK + 1) * TAG);
        sealed.extend_from_slice(&head);
        let (mut rest, mut number) = (plain, 0);
        loop {
            let (chunk, behind) = rest.split_at(rest.len().min(CHUNK));
            let mut bytes = chunk.to_vec();
            let aad = Aad::from(aad(&head, number, behind.is_empty()));
            let tag = cipher.seal_in_place_separate_tag(nonce(number), aad, &mut bytes).ok()?;
            sealed.extend_from_slice(&bytes);
            sealed.extend_from_slice(tag.as_ref());
            if behind.is_empty() {
                return Some(sealed);
            }
            (rest, number) = (behind, number + 1);
        }
    }

    /// Opens one that has this head; none if it is anything else than what was sealed.
    pub(super) fn open(&self, key: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
        let (cipher, head) = (cipher(key)?, self.to_bytes());
        let mut rest = sealed.strip_prefix(&head)?;
        let mut plain = Vec::with_capacity(rest.len());
        let mut number = 0;
        loop {
            let (chunk, behind) = rest.split_at(rest.len().min(CHUNK + TAG));
            let mut bytes = chunk.to_vec();
            let aad = Aad::from(aad(&head, number, behind.is_empty()));
            plain.extend_from_slice(cipher.open_in_place(nonce(number), aad, &mut bytes).ok()?);
            if behind.is_empty() {
                return Some(plain);
            }
            (rest, number) = (behind, number + 1);
        }
    }

    fn to_bytes(&self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let said = MAGIC
            .iter()
            .copied()
            .chain(VERSION.to_be_bytes())
            .chain([0; 4])
            .chain(*self.install.as_bytes())
            .chain(*self.tenant.as_bytes())
            .chain(self.key)
            .chain(self.first.to_be_bytes())
            .chain(self.last.to_be_bytes());
        head.iter_mut().zip(said).for_each(|(to, from)| *to = from);
        head
    }
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce.iter_mut().skip(4).zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    Nonce::assume_unique_for_key(nonce)
}

fn aad(head: &[u8; HEAD], number: u64, last: bool) -> Vec<u8> {
    [&head[..], &number.to_be_bytes(), &[u8::from(last)]].concat()
}

#[cfg(test)]
mod tests;
