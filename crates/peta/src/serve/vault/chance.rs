//! Unguessable bytes, as the vault takes them.

use peta_vault::{NoRandom, Random};

use crate::serve::senses;

pub(super) struct Chance;

impl Random for Chance {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for chunk in out.chunks_mut(32) {
            let bytes: [u8; 32] = senses::random();
            chunk.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}
