//! Time, and noise that is the same in every run.

use peta_vault::{NoRandom, Random};
use rustix::time::{ClockId, clock_gettime};

/// Seconds of the processor that the best of so many rounds took: what disturbs only ever makes it longer, and what waits
/// for its turn pays for nobody else's.
pub(crate) fn best(rounds: u32, mut work: impl FnMut()) -> f64 {
    let mut once = || {
        let start = spent();
        work();
        spent() - start
    };
    once();
    (0..rounds.max(1)).map(|_| once()).fold(f64::MAX, f64::min)
}

fn spent() -> f64 {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// Microseconds of one of so many.
pub(crate) fn micros(rounds: u32, times: u32, mut work: impl FnMut()) -> f64 {
    best(rounds, || (0..times).for_each(|_| work())) / f64::from(times) * 1e6
}

/// Megabytes a second, and how much longer it takes than the copy.
pub(crate) fn beside_copy(bytes: usize, seconds: f64, copy: f64) -> String {
    format!("{:.0} ({:.1})", bytes as f64 / seconds / 1e6, seconds / copy)
}

/// Seconds for a copy of these bytes to memory that is there already.
pub(crate) fn copy(rounds: u32, text: &[u8]) -> f64 {
    let mut to = vec![0; text.len()];
    best(rounds, || {
        to.copy_from_slice(std::hint::black_box(text));
        std::hint::black_box(&to);
    })
}

/// Cheap bytes, the same in every run.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub(crate) fn of(&mut self, set: &[u8]) -> u8 {
        let at = usize::try_from(self.next()).unwrap_or(0) % set.len();
        set.get(at).copied().unwrap_or(0)
    }

    /// A secret as services give them out.
    pub(crate) fn token(&mut self, length: usize) -> Vec<u8> {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
        (0..length).map(|_| self.of(letters)).collect()
    }
}

impl Random for Noise {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            *byte = self.next().to_le_bytes()[0];
        }
        Ok(())
    }
}
