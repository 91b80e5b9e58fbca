//! Every wait has a deadline; the one place that looks again until something is so.

use std::time::Duration;

/// How long anything may take before the test has failed.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The value of a future, in time.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within {DEADLINE:?}"),
    }
}

/// Looks again and again, with growing pauses, until there is a value.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let mut pause = Duration::from_millis(10);
    within(what, async {
        loop {
            if let Some(value) = look().await {
                return value;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(300));
        }
    })
    .await
}
