//! The keyed functions of fingerprints: a rolling hash that finds candidates, and an HMAC that confirms them. Both come
//! of the tenant's `digest` key, so fingerprints tell nothing to whoever has only them.

use aws_lc_rs::hmac;
use peta_arena::scrubbed;

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

    /// The HMAC of a whole form, which may lie in two parts: it may be a secret.
    pub(super) fn digest(&self, parts: &[&[u8]]) -> [u8; DIGEST] {
        scrubbed(|| tag(&self.key, b"peta:form:v1\0", parts))
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

#[cfg(test)]
mod tests {
    use std::{fs::File, os::unix::fs::FileExt as _};

    use super::*;

    /// Whether any sixteen bytes of it stand in the stack below this frame.
    #[inline(never)]
    fn is_below(secret: &[u8]) -> bool {
        let here = 0_u8;
        let mut stack = vec![0; 64 << 10];
        // The stack of a thread, as a test is one, is mapped as a whole.
        let from = std::ptr::from_ref(&here).addr() - stack.len();
        File::open("/proc/self/mem").unwrap().read_exact_at(&mut stack, from as u64).unwrap();
        secret.windows(16).any(|window| memchr::memmem::find(&stack, window).is_some())
    }

    #[test]
    fn nothing_of_what_was_digested_stays_on_the_stack() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let digester = Digester::new(&[7; 32]);
        // In the heap, and nowhere else.
        let secret: Vec<u8> = (0..40).map(|at: u8| at.wrapping_mul(37) ^ 0xa5).collect();
        // First what would be left, so that the test can tell.
        std::hint::black_box(tag(&key, b"peta:form:v1\0", &[&secret]));
        assert!(is_below(&secret), "a keyed hash leaves nothing on the stack by itself any more");
        std::hint::black_box(digester.digest(&[&secret]));
        assert!(!is_below(&secret));
    }
}
