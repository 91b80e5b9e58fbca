//! The writing end of the record. An entry is encoded and written under one short lock, by whoever brings it: handing a
//! few hundred bytes to the operating system costs less than waking somebody else to do it.

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use peta_audit::Ending;
use peta_model::Moment;
use tokio::sync::watch;

use super::{
    book::Book,
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
    /// When it was opened: the store reads no other clock.
    opened: (Moment, Instant),
}

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    #[error("the record is closed")]
    Closed,
    #[error("an entry is larger than an entry may be")]
    TooLarge,
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
    /// Full files that may not be on the disk yet.
    rolled: Vec<Arc<File>>,
    known: BTreeSet<Damage>,
    closed: bool,
}

/// A buffer that one large entry has made larger than this is not kept.
const KEPT: usize = 256 * 1024;

impl Log {
    pub(crate) fn new(place: Place, tail: Tail, parts: Vec<Arc<Part>>, book: Book, now: Moment) -> Self {
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
        let (news, failing) = (watch::Sender::new(false), AtomicBool::new(false));
        Self { state: Mutex::new(state), place, news, failing, opened: (now, Instant::now()) }
    }

    /// Writes the entry and gives its number. When this returns, the operating system has it.
    pub(crate) fn append(&self, entry: &Entry<'_>) -> Result<u64, Unwritten> {
        let mut state = self.state();
        let written = state.append(&self.place, entry);
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

    /// Whether the last write went well.
    pub(crate) fn writable(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    /// The number of the entry that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.state().book.next
    }

    /// The files that change no more.
    pub(crate) fn full(&self) -> Vec<Arc<Part>> {
        self.view().full().to_vec()
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

    /// The files that hold all up to the number that is given with them; full ones are given once.
    pub(crate) fn files(&self) -> (Vec<Arc<File>>, u64) {
        let mut state = self.state();
        let mut files = std::mem::take(&mut state.rolled);
        files.push(Arc::clone(&state.tail.file));
        (files, state.book.next)
    }

    /// Brings all that is written to the disk, here and now.
    pub(crate) fn bring_to_disk(&self) -> io::Result<()> {
        self.files().0.iter().try_for_each(|file| file.sync_data())
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

    /// Full files that nobody has brought to the disk yet.
    pub(crate) fn rolled(&self) -> Vec<Arc<File>> {
        std::mem::take(&mut self.state().rolled)
    }

    /// Writes that this run ended in good order, unless something is open, and takes no more.
    pub(crate) fn close(&self, now: Moment) -> Result<(), Unwritten> {
        let mut state = self.state();
        let good = state.owed.is_empty() && state.book.open().next().is_none();
        let written = if good { state.append(&self.place, &Entry::Closed(now)).map(drop) } else { Ok(()) };
        state.closed = true;
        let synced = state.tail.file.sync_data();
        drop(state);
        self.news.send_replace(true);
        written.and(synced.map_err(Unwritten::Failed))
    }

    /// Takes no more. What is open stays so until the next start.
    pub(crate) fn shut(&self) {
        self.state().closed = true;
        self.news.send_replace(true);
    }

    fn tell(&self, written: &Result<u64, Unwritten>) {
        match written {
            Ok(_) if self.writable() => {}
            Ok(_) => {
                self.failing.store(false, Ordering::Relaxed);
                tracing::info!("the record can be written again");
            }
            Err(Unwritten::Failed(error)) if !self.failing.swap(true, Ordering::Relaxed) => {
                tracing::error!(%error, "the record cannot be written: every call is refused until it can");
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
            // What an earlier run wrote to the same file is one with it now.
            let earlier = self.parts.pop_if(|earlier| earlier.path == part.path);
            self.parts.push(Arc::new(match earlier {
                Some(earlier) => earlier.and(&part),
                None => part,
            }));
            self.rolled.push(file);
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
