//! The clock and chance, which everything else is given.

use std::{sync::Arc, time::SystemTime};

use peta_model::Moment;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock of the day")]
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Moment::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The clock as others take it.
pub(super) fn clock() -> Arc<dyn Fn() -> Moment + Send + Sync> {
    Arc::new(now)
}

/// Unguessable bytes from the operating system.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if fill(&mut bytes).is_err() {
        // A Core without chance would make tokens that can be guessed.
        std::process::abort();
    }
    bytes
}

/// The same, for whoever can do without.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), rustix::io::Errno> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
