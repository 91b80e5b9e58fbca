//! How long the stages of one request took, noted by whoever works on it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use peta_audit::{Stage, Stages};

/// Nanoseconds of each stage; those of one that comes again are added.
#[derive(Debug, Default)]
pub(crate) struct Laps([AtomicU64; Stage::ALL.len()]);

impl Laps {
    pub(crate) fn add(&self, stage: Stage, took: Duration) {
        if let Some(lap) = self.0.get(stage as usize) {
            lap.fetch_add(nanos(took), Ordering::Relaxed);
        }
    }

    /// Notes what is there once; what comes later does not count.
    pub(crate) fn once(&self, stage: Stage, took: impl FnOnce() -> Duration) {
        if let Some(lap) = self.0.get(stage as usize).filter(|lap| lap.load(Ordering::Relaxed) == 0) {
            lap.store(nanos(took()), Ordering::Relaxed);
        }
    }

    /// Adds what others noted.
    pub(crate) fn take_in(&self, others: &Self) {
        for (lap, other) in self.0.iter().zip(&others.0) {
            lap.fetch_add(other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// What took a microsecond at least.
    pub(crate) fn stages(&self) -> Stages {
        let mut stages = Stages::NONE;
        for (stage, lap) in Stage::ALL.into_iter().zip(&self.0) {
            stages.set(stage, lap.load(Ordering::Relaxed) / 1_000);
        }
        stages
    }
}

fn nanos(took: Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laps_are_added_and_what_is_too_short_is_left_out() {
        let laps = Laps::default();
        [900, 1_200, 900].into_iter().for_each(|nanos| laps.add(Stage::Ready, Duration::from_nanos(nanos)));
        laps.add(Stage::Judge, Duration::from_nanos(999));
        [7, 50].into_iter().for_each(|micros| laps.once(Stage::First, || Duration::from_micros(micros)));
        assert_eq!(laps.stages().all().collect::<Vec<_>>(), [(Stage::Ready, 3), (Stage::First, 7)]);
    }
}
