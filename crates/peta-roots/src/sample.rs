//! What tests go by: one installation, and bytes that are counted out instead of random.

use peta_model::InstallId;
use peta_vault::{NoRandom, Random};

/// Gives 1, 2, 3 … around and around.
pub(crate) struct Counting(pub(crate) u64);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            self.0 += 1;
            *byte = (self.0 % 251) as u8;
        }
        Ok(())
    }
}

pub(crate) const INSTALL: InstallId = InstallId::from_bytes([0x11; 16]);
