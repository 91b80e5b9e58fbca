//! When a grant is to be renewed: ahead of its end, so that no call waits for it. Plain arithmetic on moments.

use peta_model::Moment;

/// What to do about a grant now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It lasts as long as nobody says otherwise.
    Never,
    /// Come again then.
    At(Moment),
    /// Renew it; it still serves.
    Now,
    /// It has run out: a call that needs it waits for the renewal.
    Over,
}

const SECOND: i64 = 1_000_000;
/// At most so long before the end.
const AHEAD: i64 = 5 * 60 * SECOND;
/// At least so long, for the request itself and for clocks that differ.
const MARGIN: i64 = 30 * SECOND;

/// A tenth of its life before its end, but not less than half a minute nor more than five; never before half of its life
/// is over, so that short ones are not renewed without end.
pub fn due(now: Moment, issued: Moment, expires: Option<Moment>) -> Due {
    let Some(expires) = expires else { return Due::Never };
    if now >= expires {
        return Due::Over;
    }
    let life = expires.micros().saturating_sub(issued.micros()).max(0);
    let ahead = (life / 10).clamp(MARGIN, AHEAD).min(life / 2);
    let at = Moment::from_micros(expires.micros().saturating_sub(ahead));
    if now >= at { Due::Now } else { Due::At(at) }
}

#[cfg(test)]
mod tests;
