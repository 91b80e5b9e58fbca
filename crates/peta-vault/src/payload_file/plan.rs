//! What is to be done with the keys, and when. All of it follows from what stands in the file, so what was cut off is seen.

use peta_model::{Moment, Span, SubjectId};

use super::{ErasedSubject, PayloadFile, PayloadKek};
use crate::keys::{KekId, KekRow, KekState, ROTATE_AT};

/// How long a key is kept after it was exchanged, for backups of before.
pub const KEEP: Span = Span::from_secs(30 * 86_400);

const DAY: i64 = 86_400_000_000;
/// 02:00, UTC.
const NIGHT: i64 = 7_200_000_000;

/// The night after this moment: erasures of a day are one rotation.
pub fn night_after(at: Moment) -> Moment {
    let days = at.micros().saturating_sub(NIGHT).div_euclid(DAY) + 1;
    // Whoever writes a moment from the end of all time into the file waits that long.
    Moment::from_micros(days.saturating_mul(DAY).saturating_add(NIGHT))
}

impl PayloadFile {
    pub fn current(&self) -> Option<&PayloadKek> {
        self.keks.iter().find(|kek| kek.row.state == KekState::Current)
    }

    pub fn kek(&self, id: KekId) -> Option<&PayloadKek> {
        self.keks.iter().find(|kek| kek.row.id == id)
    }

    /// Notes an erasure. When the last key that opens a database of before is destroyed.
    pub fn erase(&mut self, subject: SubjectId, kek: KekId, at: Moment) -> Moment {
        if !self.erased.iter().any(|erased| erased.subject == subject) && !self.destroyed.contains(&kek) {
            self.erased.push(ErasedSubject { subject, kek, at });
        }
        self.erased.iter().filter(|erased| erased.subject == subject).map(|one| self.over_at(one)).max().unwrap_or(at)
    }

    /// Whether the current key is to be exchanged by now: a night lies behind an erasure under it, or it wrapped much.
    pub fn is_due(&self, now: Moment) -> bool {
        let Some(current) = self.current().map(|current| &current.row) else { return false };
        let asks = |erased: &ErasedSubject| erased.kek == current.id && night_after(erased.at) <= now;
        current.reserved >= ROTATE_AT || self.erased.iter().any(asks)
    }

    /// From now on this key is the current one; the others are destroyed in 30 days.
    pub fn exchange(&mut self, new: KekRow, now: Moment) {
        let until = self.not_before_others(now.after(KEEP));
        for kek in &mut self.keks {
            kek.row.state = KekState::Retiring;
            kek.until.get_or_insert(until);
        }
        self.keks.push(PayloadKek { row: new, until: None });
    }

    /// Keys whose time is over.
    pub fn over(&self, now: Moment) -> Vec<KekId> {
        let is_over = |kek: &&PayloadKek| kek.until.is_some_and(|until| until <= now);
        self.keks.iter().filter(is_over).map(|kek| kek.row.id).collect()
    }

    /// The key is gone, and with it what was noted until then.
    pub fn destroy(&mut self, kek: KekId) {
        self.keks.retain(|other| other.row.id != kek);
        self.erased.retain(|erased| erased.kek != kek);
        self.destroyed.push(kek);
    }

    fn over_at(&self, erased: &ErasedSubject) -> Moment {
        let until = self.kek(erased.kek).and_then(|kek| kek.until);
        until.unwrap_or_else(|| self.not_before_others(night_after(erased.at).after(KEEP)))
    }

    /// Keys go in the order in which they came, whatever the clock said when a former one was exchanged: a backup of then
    /// hangs on that one, and who was erased is remembered only as long as their last key.
    fn not_before_others(&self, until: Moment) -> Moment {
        self.keks.iter().filter_map(|kek| kek.until).fold(until, Moment::max)
    }
}
