//! 32 secret bytes. They stay in one place on the heap from when they are made until they are wiped: moving a key moves a
//! pointer, and leaves no copy of it on a stack.

use zeroize::Zeroizing;

use crate::random::{NoRandom, Random};

/// Bytes of a key.
pub const KEY: usize = 32;

/// A key. It cannot be printed, compared, copied or written out by accident, and is wiped when dropped.
pub struct Key(Box<Zeroizing<[u8; KEY]>>);

impl Key {
    pub fn random(random: &mut dyn Random) -> Result<Self, NoRandom> {
        Self::fill(|bytes| random.fill(bytes))
    }

    /// A key that is made in its place.
    pub fn fill<E>(make: impl FnOnce(&mut [u8; KEY]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Self(Box::new(Zeroizing::new([0; KEY])));
        make(&mut key.0)?;
        Ok(key)
    }

    /// Lends the bytes, for as long as whoever asked looks at them.
    pub fn with<T>(&self, look: impl FnOnce(&[u8; KEY]) -> T) -> T {
        look(&self.0)
    }
}
