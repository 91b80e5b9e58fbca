//! From a folder to a record that can be written: looks whose the files are, finds where the last one ends, and cuts off
//! what a kill left of an unfinished entry. Only the last file is read, and after a good end not even that.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use peta_model::Moment;

use super::{
    book::Book,
    decode::{Item, item},
    encode,
    entry::{Entry, Open},
    frame::{self, Frame},
    log::Log,
    part::{Index, Part},
    segment::{HEAD, Head, Owner, Segment, list, read_head},
    tail::{Place, Tail},
    view::Damage,
    walk::{Gap, walk},
};

/// A record that is open, and what earlier runs left.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) log: Arc<Log>,
    /// Events that began and did not end.
    pub(crate) open: Vec<Open>,
    /// The last sign of life.
    pub(crate) sign: i64,
    pub(crate) damage: Vec<Damage>,
}

/// Why the record cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("{} was written by another installation", .0.display())]
    Foreign(PathBuf),
    #[error("{} was written by a newer Peta", .0.display())]
    Newer(PathBuf),
}

/// A file with no entry up to this size is what is left of one that was being made.
const UNMADE: u64 = 64 * 1024;

pub(crate) fn start(place: Place, now: Moment) -> Result<Started, StartError> {
    let mut segments = list(&place.dir).map_err(of(&place.dir))?;
    let mut damage = Vec::new();
    let last = loop {
        let Some(segment) = segments.pop() else { break None };
        let head = check(&segment, &place.owner)?;
        if let Some(end) = End::of(&segment, segments.last()).map_err(of(&segment.path))? {
            damage.extend(head);
            break Some((segment, end));
        }
        damage.extend(set_aside(&segment.path).map_err(of(&segment.path))?);
    };
    let mut parts = Vec::with_capacity(segments.len() + 1);
    for segment in &segments {
        damage.extend(check(segment, &place.owner)?);
        let length = segment.path.metadata().map_err(of(&segment.path))?.len();
        let from = start_of_entries().min(length);
        parts.push(Arc::new(Part::new(segment.path.clone(), (from, length), segment.first)));
    }
    let (tail, book) = match last {
        None => {
            let book = Book::new(1);
            (Tail::begin(&place, &book).map_err(of(&place.dir))?, book)
        }
        Some((segment, end)) => {
            let (tail, part) = end.reach(&segment, &place, &mut damage).map_err(of(&segment.path))?;
            parts.push(Arc::new(part));
            (tail, end.book)
        }
    };
    let (open, sign) = (book.open().copied().collect(), book.sign);
    Ok(Started { log: Arc::new(Log::new(place, tail, parts, book, now)), open, sign, damage })
}

/// How the last file ends.
struct End {
    book: Book,
    /// None after a good end: then nothing was read.
    index: Option<Index>,
    gaps: Vec<Gap>,
    length: u64,
}

impl End {
    /// None if the file holds no entry.
    fn of(segment: &Segment, before: Option<&Segment>) -> io::Result<Option<Self>> {
        let file = File::open(&segment.path)?;
        let length = file.metadata()?.len();
        if let Some(book) = good_end(&file, length)? {
            return Ok(Some(Self { book, index: None, gaps: Vec::new(), length }));
        }
        let mut book = Book::new(segment.first);
        let mut carried = false;
        let mut index = Index::new(start_of_entries(), segment.first);
        let mut entries = 0_u64;
        let gaps = walk(&file, (start_of_entries(), length), |offset, number, item| {
            carried |= matches!(item, Item::Carried { .. });
            book.read(number, &item);
            index.note(offset, number);
            entries += 1;
        })?;
        if entries == 0 {
            return Ok(None);
        }
        if let Some(before) = before.filter(|_| !carried) {
            // What was open when this file began is lost in it, and stands in the one before.
            book = Book::new(before.first);
            for path in [&before.path, &segment.path] {
                let file = File::open(path)?;
                let stretch = (start_of_entries(), file.metadata()?.len());
                walk(&file, stretch, |_, number, item| book.read(number, &item))?;
            }
        }
        Ok(Some(Self { book, index: Some(index), gaps, length }))
    }

    /// Cuts off an unfinished entry, and goes on behind the last one. A file with damage in it is left alone: the next
    /// entry goes to a new one.
    fn reach(&self, segment: &Segment, place: &Place, damage: &mut Vec<Damage>) -> io::Result<(Tail, Part)> {
        let file = OpenOptions::new().read(true).write(true).open(&segment.path)?;
        let torn = self.gaps.last().filter(|gap| gap.offset + gap.bytes == self.length);
        if let Some(torn) = torn {
            tracing::warn!(
                file = %segment.path.display(), offset = torn.offset, bytes = torn.bytes,
                "cut an unfinished entry off the end of the record"
            );
            file.set_len(torn.offset)?;
        }
        let end = torn.map_or(self.length, |torn| torn.offset);
        let inner = self.gaps.iter().filter(|gap| gap.offset < end);
        let found = inner.map(|gap| Damage { path: segment.path.clone(), offset: gap.offset, bytes: gap.bytes });
        let sound = damage.len();
        damage.extend(found);
        let full = if damage.len() == sound { place.limit } else { 0 };
        let part = Part::new(segment.path.clone(), (start_of_entries(), end), segment.first);
        let part = match &self.index {
            Some(index) => part.indexed(index.clone()),
            None => part,
        };
        Ok((Tail::behind(file, segment.path.clone(), (end, self.book.next), full), part))
    }
}

/// If the last entry says that the run before ended in good order, nothing is open, and it tells the number.
fn good_end(file: &File, length: u64) -> io::Result<Option<Book>> {
    let mut sample = Vec::new();
    encode::put(&mut sample, 0, &Entry::Closed(Moment::from_micros(0)));
    let bytes = u64::try_from(sample.len()).unwrap_or(u64::MAX);
    if length < start_of_entries() + bytes {
        return Ok(None);
    }
    file.read_exact_at(&mut sample, length - bytes)?;
    let Frame::Body(body) = frame::first(&sample) else { return Ok(None) };
    Ok(match item(body) {
        Some((number, closed @ Item::Closed(_))) => {
            let mut book = Book::new(number);
            book.read(number, &closed);
            Some(book)
        }
        _ => None,
    })
}

fn check(segment: &Segment, owner: &Owner) -> Result<Option<Damage>, StartError> {
    let head = File::open(&segment.path).and_then(|file| read_head(&file)).map_err(of(&segment.path))?;
    match head {
        Head::Of(found) if found == *owner => Ok(None),
        Head::Of(_) => Err(StartError::Foreign(segment.path.clone())),
        Head::Newer => Err(StartError::Newer(segment.path.clone())),
        Head::Damaged => Ok(Some(Damage { path: segment.path.clone(), offset: 0, bytes: start_of_entries() })),
    }
}

/// Takes away a file without entries: what is left of one that was being made when Core was killed. A larger one is kept
/// under another name.
fn set_aside(path: &Path) -> io::Result<Option<Damage>> {
    let bytes = path.metadata()?.len();
    if bytes <= UNMADE {
        tracing::warn!(file = %path.display(), bytes, "took away a file of the record that was not finished");
        fs::remove_file(path)?;
        return Ok(None);
    }
    let aside = path.with_extension("log.damaged");
    fs::rename(path, &aside)?;
    Ok(Some(Damage { path: aside, offset: 0, bytes }))
}

fn start_of_entries() -> u64 {
    u64::try_from(HEAD).unwrap_or(u64::MAX)
}

fn of(path: &Path) -> impl FnOnce(io::Error) -> StartError {
    let path = path.to_owned();
    move |error| StartError::Io { path, error }
}
