//! Where randomness comes from: whoever calls brings it, so that this crate stays pure and its tests can be repeated.

/// A source of random bytes. In Core it is the operating system's.
pub trait Random {
    /// Fills all of it, or says that it cannot.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom>;
}

/// The system has no random bytes to give, or gives the same ones twice: nothing is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no random bytes can be had")]
pub struct NoRandom;

/// So many random bytes that need not be kept secret.
pub(crate) fn bytes<const COUNT: usize>(random: &mut dyn Random) -> Result<[u8; COUNT], NoRandom> {
    let mut bytes = [0; COUNT];
    random.fill(&mut bytes)?;
    Ok(bytes)
}
