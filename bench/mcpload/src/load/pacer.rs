//! When to measure, and when to send: the window of a run, and the arrivals of a paced one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// The window of a run that is measured.
pub(super) struct Window {
    pub(super) start: Instant,
    pub(super) end: Instant,
}

/// Arrival times of an open-loop run, released by a pacing thread.
pub(super) struct Pacer {
    permits: Semaphore,
    released_ns: Vec<AtomicU64>,
    taken: AtomicU64,
    epoch: Instant,
}

impl Pacer {
    pub(super) fn start(rate: f64, span: Duration) -> Arc<Self> {
        let count = (rate * span.as_secs_f64()).ceil() as usize;
        let pacer = Arc::new(Self {
            permits: Semaphore::new(0),
            released_ns: (0..count).map(|_| AtomicU64::new(0)).collect(),
            taken: AtomicU64::new(0),
            epoch: Instant::now(),
        });
        let shared = pacer.clone();
        std::thread::spawn(move || {
            for (i, slot) in shared.released_ns.iter().enumerate() {
                let due = Duration::from_secs_f64(i as f64 / rate);
                if let Some(wait) = due.checked_sub(shared.epoch.elapsed()) {
                    std::thread::sleep(wait);
                }
                slot.store(shared.epoch.elapsed().as_nanos() as u64, Ordering::Release);
                shared.permits.add_permits(1);
            }
            shared.permits.close();
        });
        pacer
    }

    /// The release time of the next arrival; `None` when there are no more.
    pub(super) async fn next(&self) -> Option<Instant> {
        self.permits.acquire().await.ok()?.forget();
        let i = self.taken.fetch_add(1, Ordering::Relaxed) as usize;
        let ns = self.released_ns.get(i)?.load(Ordering::Acquire);
        Some(self.epoch + Duration::from_nanos(ns))
    }
}
