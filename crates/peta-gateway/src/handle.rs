//! Handles: what Peta mints for an agent to bring back, such as a cursor. A sealed text says nothing to the agent and
//! opens only for the caller it was made for, so no table of them is kept and none can be forged.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use peta_model::AgentId;

use crate::random::Random;

/// Seals and opens handles with the install's handle key.
pub(crate) struct Sealer {
    key: LessSafeKey,
    random: Random,
}

/// A handle that was not sealed here, for this caller, for this use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotOurs;

impl Sealer {
    pub(crate) fn new(key: &[u8; 32], random: Random) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
        Some(Self { key: LessSafeKey::new(key), random })
    }

    /// Seals a text for one caller and one use.
    pub(crate) fn seal(&self, caller: AgentId, purpose: &str, text: &str) -> Option<String> {
        let nonce: [u8; NONCE_LEN] = self.random.bytes()?;
        let mut sealed = text.as_bytes().to_vec();
        let aad = Aad::from(bound_to(caller, purpose));
        self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        Some(hex(&[nonce.as_slice(), &sealed].concat()))
    }

    pub(crate) fn open(&self, caller: AgentId, purpose: &str, handle: &str) -> Result<String, NotOurs> {
        let mut bytes = unhex(handle).ok_or(NotOurs)?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(NotOurs)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOurs)?;
        let aad = Aad::from(bound_to(caller, purpose));
        let opened = self.key.open_in_place(nonce, aad, sealed).map_err(|_| NotOurs)?;
        String::from_utf8(opened.to_vec()).map_err(|_| NotOurs)
    }
}

fn bound_to(caller: AgentId, purpose: &str) -> Vec<u8> {
    [b"peta:handle:v1\0", caller.as_bytes().as_slice(), purpose.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.len() > 4_096 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests;
