//! Randomness, from the one provider of the tree.

use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// Where unguessable bytes come from.
#[derive(Clone)]
pub struct Random(Arc<SystemRandom>);

impl Random {
    pub fn system() -> Self {
        Self(Arc::new(SystemRandom::new()))
    }

    /// `None` if the system has none to give; then nothing that needs them may be made.
    pub(crate) fn bytes<const N: usize>(&self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes).ok()?;
        Some(bytes)
    }
}
