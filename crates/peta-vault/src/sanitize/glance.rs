//! A quick answer for short texts that hold nothing and say all as it stands, which is what most messages are.

use super::{blob::Blob, live::LiveSet, skim::breaks};

/// For longer ones the whole search is hardly slower.
const SHORT: usize = 2 << 10;

/// Whether it shows at once that nothing of what is searched for is in this text, be it JSON or not. If not, it is to be
/// searched.
pub fn holds_plainly_none(live: &LiveSet, text: &[u8]) -> bool {
    let Some(run) = live.quiet_run() else { return live.is_empty() };
    if text.len() > SHORT || memchr::memchr(b'\\', text).is_some() {
        return live.is_empty();
    }
    // What base64 hides is not seen in its digits.
    let may_hide = |row: &[u8], next| match Blob::said_in(row, next) {
        Some(said) => live.may_be_in(&said),
        None => true,
    };
    let mut at = 0;
    let mut rows = text.split(|byte| breaks(*byte));
    rows.all(|row| {
        at += row.len() + 1;
        let next = text.get(at - 1).copied();
        row.len() < run as usize || !(live.may_be_in(row) || (Blob::may_begin(row, run) && may_hide(row, next)))
    })
}
