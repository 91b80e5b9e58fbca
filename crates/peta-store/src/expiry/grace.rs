//! What a wrong clock deletes does not come back.

use std::time::Duration;

use peta_model::Moment;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// A machine that was away for so long may have lost its time instead: it gets a day to find it.
const AWAY: Duration = Duration::from_secs(30 * 24 * 3_600);

/// How long nothing may expire after a start, since the clock is far ahead of when the record was written last.
pub fn grace(alive: Option<Moment>, now: Moment) -> Option<Duration> {
    let away = alive.map_or(0, |alive| now.micros().saturating_sub(alive.micros()));
    u64::try_from(away).is_ok_and(|away| Duration::from_micros(away) > AWAY).then_some(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_far_ahead_waits_a_day() {
        let day = |days: i64| Moment::from_micros(days * 24 * 3_600 * 1_000_000);
        assert_eq!(grace(None, day(40_000)), None, "there is nothing that could go");
        assert_eq!((grace(Some(day(100)), day(130)), grace(Some(day(100)), day(131))), (None, Some(DAY)));
        assert_eq!(grace(Some(day(100)), day(10)), None, "and one that is behind takes nothing");
    }
}
