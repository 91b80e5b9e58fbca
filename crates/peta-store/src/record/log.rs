//! The writing end of the record. An entry is encoded and written under one short lock, by whoever brings it: handing a
//! few hundred bytes to the operating system costs less than waking somebody else to do it.

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use peta_audit::Ending;
use peta_model::Moment;
use tokio::sync::watch;

use super::{
    book::Book,
    disk::{Ahead, Disk},
    encode,
    entry::Entry,
    frame::LARGEST,
    part::Part,
    tail::{Place, Tail},
    view::{Damage, View},
};

/// The record, open for writing.
#[derive(Debug)]
pub(crate) struct Log {
    state: Mutex<State>,
    place: Place,
    /// Something was written; true: the record is closed.
    news: watch::Sender<bool>,
    failing: AtomicBool,
    disk: Mutex<Disk>,
    ahead: OnceLock<Arc<dyn Ahead>>,
    /// What Core tells of its own accord is told there, too.
    beside: OnceLock<Arc<Log>>,
    /// The disk did not take what was written: nothing more is, until it has.
    unsynced: AtomicBool,
    /// The number of the last entry that has expired.
    gone: AtomicU64,
    /// A witness knows another record: nothing is written to this one any more.
    barred: AtomicBool,
    /// When it was opened: the store reads no other clock.
    opened: (Moment, Instant),
}

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    #[error("the record is closed")]
    Closed,
    #[error("a witness knows another record")]
    Barred,
    #[error("an entry is larger than an entry may be")]
    TooLarge,
    #[error("the disk has not taken what was written before")]
    Unsynced,
    #[error(transparent)]
    Failed(#[from] io::Error),
}

#[derive(Debug)]
struct State {
    tail: Tail,
    /// Everything before what this run writes to its file.
    parts: Vec<Arc<Part>>,
    book: Book,
    /// Endings that could not be written; the next write takes them along.
    owed: Vec<(u64, Ending)>,
    buffer: Vec<u8>,
    /// Full files that may not be on the disk yet, and where they end.
    rolled: Vec<(Arc<File>, u64)>,
    known: BTreeSet<Damage>,
    closed: bool,
}

/// A buffer that one large entry has made larger than this is not kept.
const KEPT: usize = 256 * 1024;

impl Log {
    pub(crate) fn new(place: Place, tail: Tail, parts: Vec<Arc<Part>>, book: Book, now: Moment) -> Self {
        let disk = Mutex::new(Disk::new(Arc::clone(&tail.file), tail.from));
        let state = State {
            tail,
            parts,
            book,
            owed: Vec::new(),
            buffer: Vec::new(),
            rolled: Vec::new(),
            known: BTreeSet::new(),
            closed: false,
        };
        let news = watch::Sender::new(false);
        let (failing, unsynced, barred) = (AtomicBool::new(false), AtomicBool::new(false), AtomicBool::new(false));
        let (ahead, beside) = (OnceLock::new(), OnceLock::new());
        let (gone, opened) = (AtomicU64::new(0), (now, Instant::now()));
        Self { state: Mutex::new(state), place, news, failing, disk, ahead, beside, unsynced, gone, barred, opened }
    }

    /// Writes the entry and gives its number. When this returns, the operating system has it.
    pub(crate) fn append(&self, entry: &Entry<'_>) -> Result<u64, Unwritten> {
        if self.is_unsynced() {
            return Err(Unwritten::Unsynced);
        }
        let mut state = self.state();
        // Under the lock: nothing is written once `bar` has returned.
        let written = if self.is_barred() { Err(Unwritten::Barred) } else { state.append(&self.place, entry) };
        self.tell(&written);
        drop(state);
        if written.is_ok() && self.news.receiver_count() > 0 {
            self.news.send_replace(false);
        }
        written
    }

    /// Leaves an ending that could not be written to the next write.
    pub(crate) fn owe(&self, event: u64, ending: Ending) {
        let mut state = self.state();
        if !state.closed {
            state.owed.push((event, ending));
        }
    }

    /// Whether the last write went well, the disk took what was written, and the next may be.
    pub(crate) fn writable(&self) -> bool {
        !self.failing.load(Ordering::Relaxed) && !self.is_unsynced() && !self.is_barred()
    }

    pub(crate) fn is_unsynced(&self) -> bool {
        self.unsynced.load(Ordering::Relaxed)
    }

    /// Takes no more entries, until the next start.
    pub(crate) fn bar(&self) {
        let _state = self.state();
        self.barred.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_barred(&self) -> bool {
        self.barred.load(Ordering::Relaxed)
    }

    /// The number of the entry that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.state().book.next
    }

    /// The files that change no more.
    pub(crate) fn full(&self) -> Vec<Arc<Part>> {
        self.view().full().to_vec()
    }

    /// The number of the last entry that has expired; 0 if none has.
    pub(crate) fn gone(&self) -> u64 {
        self.gone.load(Ordering::Acquire)
    }

    /// Up to this number the entries have expired: whole files that end there are known no more, and given back, the
    /// oldest first. Never the file that is written to.
    pub(crate) fn expire(&self, to: u64) -> Vec<Arc<Part>> {
        let mut state = self.state();
        let State { parts, tail, .. } = &mut *state;
        let writing = tail.part();
        let nexts = parts.iter().skip(1).map(|part| part.first).chain([writing.first]);
        let over = |(next, part): &(u64, &Arc<Part>)| *next <= to.saturating_add(1) && part.path != writing.path;
        let count = nexts.zip(parts.iter()).take_while(over).count();
        // Before anybody sees a view without them.
        self.gone.fetch_max(to, Ordering::AcqRel);
        parts.drain(..count).collect()
    }

    pub(crate) fn view(&self) -> View {
        let state = self.state();
        let mut parts = state.parts.clone();
        parts.push(Arc::new(state.tail.part()));
        let open = state.book.open().map(|open| open.event).collect();
        View { parts, next: state.book.next, open, boot: state.book.boot }
    }

    /// To hear of entries, and of the end (true).
    pub(crate) fn news(&self) -> watch::Receiver<bool> {
        self.news.subscribe()
    }

    /// Whether this damage was not known yet.
    pub(crate) fn learn(&self, damage: &Damage) -> bool {
        self.state().known.insert(damage.clone())
    }

    /// The moment: that of the start, and the time since.
    pub(crate) fn now(&self) -> Moment {
        let (moment, instant) = self.opened;
        let since = i64::try_from(instant.elapsed().as_micros()).unwrap_or(i64::MAX);
        Moment::from_micros(moment.micros().saturating_add(since))
    }

    /// From now on this goes to the disk before the entries that were written after it.
    pub(crate) fn bring_first(&self, ahead: Arc<dyn Ahead>) {
        // There is one, set when the store opens.
        let _ = self.ahead.set(ahead);
    }

    /// The log that is told what Core tells this one of its own accord; set when the store opens.
    pub(crate) fn tell_beside(&self, beside: Arc<Self>) {
        let _ = self.beside.set(beside);
    }

    pub(crate) fn beside(&self) -> Option<&Arc<Self>> {
        self.beside.get()
    }

    /// Brings all that is written to the disk, here and now: all before the number that it gives is there. If the disk does
    /// not take it, nothing is written until it has.
    pub(crate) fn bring_to_disk(&self) -> io::Result<u64> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        for (file, end) in state.rolled.drain(..) {
            disk.reach(file, end);
        }
        disk.reach(Arc::clone(&state.tail.file), state.tail.end());
        let next = state.book.next;
        drop(state);
        let first = self.ahead.get().map_or(Ok(()), |ahead| ahead.bring_to_disk());
        let done = first.and_then(|()| disk.bring());
        match (&done, self.unsynced.swap(done.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => {
                let what = "the disk does not take the record: every call is refused until it does";
                tracing::error!(%error, "{what}");
            }
            (Ok(()), true) => tracing::info!("the disk has taken all of the record again"),
            _ => {}
        }
        done.map(|()| next)
    }

    /// What an earlier run wrote from this number on may not be on the disk, though the system thinks so.
    pub(crate) fn doubt(&self, number: u64) -> io::Result<()> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state();
        let first = state.parts.partition_point(|part| part.first <= number).saturating_sub(1);
        let earlier: Vec<_> =
            state.parts.iter().skip(first).map(|part| (Arc::clone(part), state.tail.is_of(part))).collect();
        let tail = Arc::clone(&state.tail.file);
        drop(state);
        for (part, is_tail) in earlier.into_iter().filter(|(part, _)| part.from < part.to) {
            let from = part.offset_before(number)?;
            let file = match is_tail {
                true => Arc::clone(&tail),
                false => Arc::new(File::options().read(true).write(true).open(&part.path)?),
            };
            disk.doubt(file, (from, part.to));
        }
        Ok(())
    }

    /// Leaves numbers out: rows that are carried over keep theirs.
    pub(crate) fn skip_to(&self, number: u64) {
        let mut state = self.state();
        state.book.next = state.book.next.max(number);
    }

    /// Makes a test's disk full, or whole again.
    #[cfg(test)]
    pub(crate) fn exchange(&self, file: Arc<File>) -> Arc<File> {
        std::mem::replace(&mut self.state().tail.file, file)
    }

    /// Whether there are full files that nobody has brought to the disk yet.
    pub(crate) fn has_rolled(&self) -> bool {
        !self.state().rolled.is_empty()
    }

    /// Writes that this run ended in good order, unless something is open, and takes no more.
    pub(crate) fn close(&self, now: Moment) -> Result<(), Unwritten> {
        let mut state = self.state();
        let good = state.owed.is_empty() && state.book.open().next().is_none() && !self.is_barred();
        let written = if good { state.append(&self.place, &Entry::Closed(now)).map(drop) } else { Ok(()) };
        state.closed = true;
        drop(state);
        let synced = self.bring_to_disk();
        self.news.send_replace(true);
        written.and(synced.map(drop).map_err(Unwritten::Failed))
    }

    /// Takes no more. What is open stays so until the next start.
    pub(crate) fn shut(&self) {
        self.state().closed = true;
        self.news.send_replace(true);
    }

    fn tell(&self, written: &Result<u64, Unwritten>) {
        let folder = self.place.dir.display();
        match written {
            Ok(_) if self.writable() => {}
            Ok(_) => {
                self.failing.store(false, Ordering::Relaxed);
                tracing::info!(%folder, "it can be recorded again");
            }
            Err(Unwritten::Failed(error)) if !self.failing.swap(true, Ordering::Relaxed) => {
                tracing::error!(%folder, %error, "nothing can be recorded: what must be is refused until it can");
            }
            Err(_) => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, place: &Place, entry: &Entry<'_>) -> Result<u64, Unwritten> {
        if self.closed {
            return Err(Unwritten::Closed);
        }
        if let Some((part, file)) = self.tail.roll(place, &self.book) {
            let end = part.to;
            // What an earlier run wrote to the same file is one with it now.
            let earlier = self.parts.pop_if(|earlier| earlier.path == part.path);
            self.parts.push(Arc::new(match earlier {
                Some(earlier) => earlier.and(&part),
                None => part,
            }));
            self.rolled.push((file, end));
        }
        self.buffer.clear();
        let mut number = self.book.next;
        for (event, ending) in &self.owed {
            encode::put(&mut self.buffer, number, &Entry::Ending(*event, *ending));
            number += 1;
        }
        let before = self.buffer.len();
        encode::put(&mut self.buffer, number, entry);
        if self.buffer.len() - before > LARGEST {
            return Err(Unwritten::TooLarge);
        }
        let at = self.tail.write(&self.buffer)?;
        let owed = std::mem::take(&mut self.owed);
        for (number, (event, ending)) in (self.book.next..).zip(owed) {
            self.book.wrote(number, &Entry::Ending(event, ending));
        }
        self.book.wrote(number, entry);
        self.tail.note(at + u64::try_from(before).unwrap_or(u64::MAX), number);
        if self.buffer.capacity() > KEPT {
            self.buffer = Vec::new();
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests;
