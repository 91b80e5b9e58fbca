//! The keyed functions of fingerprints: a rolling hash that finds candidates, and an HMAC that confirms them. Both come
//! of the tenant's `digest` key, so fingerprints tell nothing to whoever has only them.

use aws_lc_rs::hmac;

/// A gear hash shifts by four bits a byte: after sixteen bytes nothing of a byte is left in 64 bits, and the lower half
/// knows the last eight alone. So one hash has a window of 16 bytes (its upper half) and one of 8 (its lower half).
pub(super) const SHIFT: u32 = 4;
pub(super) const LONG: usize = 16;
pub(super) const SHORT: usize = 8;

pub(super) const DIGEST: usize = 32;

/// Makes fingerprints and recognises what they are of.
pub struct Digester {
    gear: Box<[u64; 256]>,
    key: hmac::Key,
    check: [u8; 8],
}

impl Digester {
    /// Of the tenant's `digest` key.
    pub fn new(key: &[u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let mut gear = Box::new([0; 256]);
        let (rows, _) = gear.as_chunks_mut::<4>();
        for (row, number) in rows.iter_mut().zip(0_u8..) {
            let block = tag(&key, b"peta:gear:v1\0", &[&[number]]);
            let (words, _) = block.as_chunks::<8>();
            row.iter_mut().zip(words).for_each(|(slot, word)| *slot = u64::from_be_bytes(*word));
        }
        let mut check = [0; 8];
        check.iter_mut().zip(tag(&key, b"peta:form-key:v1\0", &[])).for_each(|(slot, byte)| *slot = byte);
        Self { gear, key, check }
    }

    /// Tells fingerprints of another key, which would find nothing.
    pub(super) fn check(&self) -> [u8; 8] {
        self.check
    }

    pub(super) fn gear(&self) -> &[u64; 256] {
        &self.gear
    }

    /// The rolling hash after these bytes.
    pub(super) fn roll(&self, hash: u64, bytes: &[u8]) -> u64 {
        bytes.iter().fold(hash, |hash, byte| step(&self.gear, hash, *byte))
    }

    /// The HMAC of a whole form, which may lie in two parts.
    pub(super) fn digest(&self, parts: &[&[u8]]) -> [u8; DIGEST] {
        tag(&self.key, b"peta:form:v1\0", parts)
    }
}

pub(super) fn step(gear: &[u64; 256], hash: u64, byte: u8) -> u64 {
    // A byte is within 256, so there always is a word.
    (hash << SHIFT).wrapping_add(gear.get(usize::from(byte)).copied().unwrap_or(0))
}

fn tag(key: &hmac::Key, label: &[u8], parts: &[&[u8]]) -> [u8; DIGEST] {
    let mut context = hmac::Context::with_key(key);
    context.update(label);
    parts.iter().for_each(|part| context.update(part));
    let mut tag = [0; DIGEST];
    tag.iter_mut().zip(context.sign().as_ref()).for_each(|(slot, byte)| *slot = *byte);
    tag
}
