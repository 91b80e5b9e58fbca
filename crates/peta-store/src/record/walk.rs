//! Goes through a stretch of a file, entry by entry, a piece at a time. Where bytes are no entry it looks for the next
//! one behind them and says what it left out.

use std::{fs::File, io, os::unix::fs::FileExt};

use super::{
    decode::{Item, item},
    frame::{self, Frame, HEAD},
};

/// Bytes that are no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

const PIECE: usize = 1024 * 1024;
/// Most entries are no longer.
const ENTRY: usize = 1024;

/// Gives each entry between two places of the file, with its offset and number.
pub(crate) fn walk(
    file: &File,
    (from, to): (u64, u64),
    mut each: impl FnMut(u64, u64, Item<'_>),
) -> io::Result<Vec<Gap>> {
    let (mut at, mut last, mut need) = (from, 0, 0);
    let mut gaps = Vec::new();
    let mut piece = Vec::new();
    while at < to {
        read(file, &mut piece, at, (to - at).min(long(PIECE.max(need))))?;
        let (used, ended) = split(&piece, &mut |offset, number, item| {
            last = number;
            each(at + long(offset), number, item);
        });
        at += long(used);
        match ended {
            Ended::Short(bytes) if long(bytes) <= to - at => need = bytes,
            Ended::Short(_) | Ended::Broken => {
                read(file, &mut piece, at, to - at)?;
                let bytes = find(&piece, last).map_or(to - at, long);
                gaps.push(Gap { offset: at, bytes });
                at += bytes;
                need = 0;
            }
        }
    }
    Ok(gaps)
}

/// The entry at a place, read into the buffer; none if there is none.
pub(crate) fn entry_at<'b>(file: &File, at: u64, buffer: &'b mut Vec<u8>) -> io::Result<Option<(u64, Item<'b>)>> {
    let mut need = ENTRY;
    loop {
        buffer.resize(need, 0);
        let read = read_up_to(file, buffer, at)?;
        match frame::first(buffer.get(..read).unwrap_or_default()) {
            Frame::Cut(bytes) if bytes > need => need = bytes,
            Frame::Body(body) => {
                let body = HEAD..HEAD + body.len();
                return Ok(buffer.get(body).and_then(item));
            }
            Frame::Cut(_) | Frame::End | Frame::Broken => return Ok(None),
        }
    }
}

/// Fewer bytes than the buffer has only at the end of the file.
fn read_up_to(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at + long(read)) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

enum Ended {
    /// The next frame needs so many bytes.
    Short(usize),
    Broken,
}

/// Gives the entries at the start of the bytes; says how far they go and why no further.
fn split(bytes: &[u8], each: &mut impl FnMut(usize, u64, Item<'_>)) -> (usize, Ended) {
    let mut at = 0;
    loop {
        match frame::first(bytes.get(at..).unwrap_or_default()) {
            Frame::Body(body) => match item(body) {
                Some((number, item)) => {
                    each(at, number, item);
                    at += HEAD + body.len();
                }
                None => return (at, Ended::Broken),
            },
            Frame::End => return (at, Ended::Short(0)),
            Frame::Cut(bytes) => return (at, Ended::Short(bytes)),
            Frame::Broken => return (at, Ended::Broken),
        }
    }
}

/// The next entry behind a broken one at the start of the bytes. If the length of the broken one is right, it is there;
/// looked for elsewhere, a text in the broken one could be taken for an entry.
fn find(bytes: &[u8], last: u64) -> Option<usize> {
    let length = bytes.first_chunk().and_then(|length| usize::try_from(u32::from_le_bytes(*length)).ok());
    let behind = length.and_then(|length| length.checked_add(HEAD)).filter(|at| fits(bytes, *at, last));
    behind.or_else(|| (1..bytes.len()).find(|at| fits(bytes, *at, last)))
}

/// Whether an entry is there whose number can follow.
fn fits(bytes: &[u8], at: usize, last: u64) -> bool {
    let Some(bytes) = bytes.get(at..) else { return false };
    // The number first: cheap, and seldom right by accident.
    let number = bytes.get(HEAD + 1..).and_then(|rest| rest.first_chunk()).map(|number| u64::from_le_bytes(*number));
    number.is_some_and(|number| number > last && (last == 0 || number - last <= u64::from(u32::MAX)))
        && matches!(frame::first(bytes), Frame::Body(body) if item(body).is_some())
}

fn read(file: &File, into: &mut Vec<u8>, at: u64, bytes: u64) -> io::Result<()> {
    into.resize(usize::try_from(bytes).unwrap_or(usize::MAX), 0);
    file.read_exact_at(into, at)
}

fn long(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
