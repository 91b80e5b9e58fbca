//! Lets go what the record has kept long enough (`[record] keep`): at the start, once a day, and soon again while something
//! else has to come first.

use std::time::Duration;

use peta_model::{Moment, Span};
use peta_store::{ChangeError, Expiring, ExpiryError, Store, Waits, grace};

use super::clock::Clock;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// After the start, and when something has to come first: doubling, up to the last.
const SOON: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(300);

/// Runs as long as Core.
pub(super) async fn run(store: Store, keep: Option<Span>, clock: Clock) {
    let Some(keep) = keep else { return };
    let grace = grace(store.was_alive(), clock.behind());
    let (mut wait, mut failing) = (grace.unwrap_or(SOON), false);
    if grace.is_some() {
        tracing::warn!("the clock is far ahead of the record's last entry: nothing expires for a day");
    }
    loop {
        tokio::time::sleep(wait).await;
        let now = clock.behind();
        match store.expire(before(now, keep), now, false).await {
            Ok(done) => {
                failing = false;
                wait = next(&done, wait);
            }
            Err(ExpiryError::Closed | ExpiryError::Store(ChangeError::Closed)) => return,
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "what the record has kept long enough cannot go");
                }
                wait = longer(wait);
            }
        }
    }
}

fn before(now: Moment, keep: Span) -> Moment {
    Moment::from_micros(now.micros().saturating_sub(micros(keep.duration())))
}

fn next(done: &Expiring, wait: Duration) -> Duration {
    match done.waits {
        None | Some(Waits::Held(_)) => DAY,
        Some(_) => longer(wait),
    }
}

fn longer(wait: Duration) -> Duration {
    // After a day's wait, too.
    if wait > SELDOM { SOON } else { (wait * 2).min(SELDOM) }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_it_is_kept_goes() {
        let day = |days: i64| Moment::from_micros(days * micros(DAY));
        assert_eq!(before(day(500), "400d".parse().unwrap()), day(100));
        assert!(before(Moment::from_micros(0), Span::from_millis(u64::MAX)) < Moment::from_micros(0));
    }

    #[test]
    fn what_waits_is_tried_again_soon_and_the_rest_tomorrow() {
        let done = |waits| Expiring { from: 0, to: 0, files: 0, bytes: 0, until: None, waits, event: None };
        assert_eq!(next(&done(None), SOON), DAY);
        assert_eq!(next(&done(Some(Waits::Held(vec![]))), SOON), DAY);
        let mut waits = vec![SOON];
        for _ in 0..10 {
            waits.push(next(&done(Some(Waits::Unsigned)), *waits.last().unwrap()));
        }
        assert!(waits.is_sorted() && waits[1] == SOON * 2 && waits[10] == SELDOM, "{waits:?}");
        assert_eq!(next(&done(Some(Waits::Unsigned)), DAY), SOON);
    }
}
