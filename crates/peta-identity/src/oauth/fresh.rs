//! What is new each time: the time and 32 random bytes. Whoever calls brings both, so that everything can be repeated.

use aws_lc_rs::hmac;
use peta_model::Moment;
use zeroize::Zeroizing;

/// The time, and randomness that nobody else has. One for each call; never the same twice.
pub struct Fresh {
    pub now: Moment,
    random: Zeroizing<[u8; 32]>,
}

impl Fresh {
    pub fn new(now: Moment, random: [u8; 32]) -> Self {
        Self { now, random: Zeroizing::new(random) }
    }

    /// 32 bytes for one use; another use gets others, from which nobody learns these.
    pub(super) fn bytes(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.random.as_slice()), purpose.as_bytes());
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    /// Seconds since 1970.
    pub(super) fn seconds(&self) -> i64 {
        self.now.micros().div_euclid(1_000_000)
    }
}
