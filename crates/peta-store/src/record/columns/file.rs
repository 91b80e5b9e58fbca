//! Columns in a file beside the record: `index/N.col` for `N.log`. Each piece has its checksum, which is looked at when the
//! piece is read; the head says of which entries they are.

use std::{
    borrow::Cow,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use peta_model::BootId;

use super::{
    build::{Builder, find_late},
    bytes::{Bytes, put_long, put_small},
    shape::{COLUMNS, Column, Columns, DICTIONARIES, Dictionary, Group},
    words::Words,
};
use crate::record::{frame::checksum, walk::Gap};

/// Columns that are kept; pieces are read when they are wanted.
#[derive(Debug)]
pub(crate) struct ColumnFile {
    file: File,
    groups: Vec<Group>,
    columns: Vec<[Piece; COLUMNS]>,
    words: [Piece; DICTIONARIES],
    late: Vec<(u64, u64)>,
    gaps: Vec<Gap>,
    boots: Vec<(u64, BootId)>,
}

/// Some bytes of the file.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    at: u64,
    bytes: u32,
    sum: u32,
}

/// Of which entries columns are: how far they go, and a checksum over both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Of {
    to: u64,
    ends: u32,
}

const MAGIC: &[u8; 8] = b"PETACOLS";
const VERSION: u32 = 2;
/// Magic, version, `Of`, where the directory stands, checksum.
const HEAD: usize = 48;
/// So much of each end of the entries goes into the checksum.
const END: u64 = 64;

/// Whether columns cannot be used and are to be made anew: they are cut, damaged, or not of these entries.
pub(crate) fn is_unfit(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

pub(crate) fn unfit() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the columns are not those of the record")
}

impl Of {
    /// Of the entries in a file of the record up to a place.
    pub(crate) fn entries(log: &File, to: u64) -> io::Result<Self> {
        let mut ends = [0; 2 * END as usize];
        let (head, tail) = ends.split_at_mut(END as usize);
        log.read_exact_at(head, 0)?;
        log.read_exact_at(tail, to.saturating_sub(END))?;
        Ok(Self { to, ends: checksum(&ends) })
    }
}

impl ColumnFile {
    /// Where the columns of a file of the record stand.
    pub(crate) fn path(log: &Path) -> Option<PathBuf> {
        Some(log.parent()?.join("index").join(log.file_name()?).with_extension("col"))
    }

    pub(crate) fn open(path: &Path, of: Of) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut head = [0; HEAD];
        file.read_exact_at(&mut head, 0)?;
        let directory = directory_of(&head, of).ok_or_else(unfit)?;
        let bytes = read(&file, directory)?;
        Self::parse(file, &bytes).ok_or_else(unfit)
    }

    fn parse(file: File, directory: &[u8]) -> Option<Self> {
        let mut from = Bytes(directory);
        let count = from.small()?;
        let (mut groups, mut columns) = (Vec::new(), Vec::new());
        for _ in 0..count {
            groups.push(Group {
                rows: from.small()?,
                number: from.long()?,
                offset: from.long()?,
                time: from.signed()?,
                earliest: from.signed()?,
                latest: from.signed()?,
            });
            columns.push(pieces(&mut from)?);
        }
        let words = pieces(&mut from)?;
        let pairs = |from: &mut Bytes<'_>| -> Option<Vec<(u64, u64)>> {
            (0..from.small()?).map(|_| Some((from.long()?, from.long()?))).collect()
        };
        let late = pairs(&mut from)?;
        let gaps = pairs(&mut from)?.into_iter().map(|(offset, bytes)| Gap { offset, bytes }).collect();
        let boots = (0..from.small()?).map(|_| Some((from.long()?, from.id()?))).collect::<Option<_>>()?;
        Some(Self { file, groups, columns, words, late, gaps, boots })
    }

    /// Writes them whole under another name, and puts them in their place.
    pub(crate) fn keep(path: &Path, of: Of, columns: &Builder) -> io::Result<()> {
        let dir = path.parent().ok_or_else(unfit)?;
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let unfinished = path.with_extension("new");
        let options = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished);
        let written = options.and_then(|file| write(&file, of, columns));
        written.and_then(|()| fs::rename(&unfinished, path)).inspect_err(|_| {
            fs::remove_file(&unfinished).ok();
        })
    }
}

impl Columns for ColumnFile {
    fn groups(&self) -> &[Group] {
        &self.groups
    }

    fn column(&self, group: usize, column: Column, into: &mut Vec<u32>) -> io::Result<()> {
        into.clear();
        let Some((group, pieces)) = self.groups.get(group).zip(self.columns.get(group)) else { return Ok(()) };
        let piece = pieces.get(column as usize).copied().unwrap_or_default();
        let bytes = read(&self.file, piece)?;
        // As wide as its greatest number needs.
        match piece.bytes.checked_div(group.rows) {
            Some(1) => into.extend(bytes.iter().map(|byte| u32::from(*byte))),
            Some(2) => into.extend(bytes.as_chunks().0.iter().map(|two| u32::from(u16::from_le_bytes(*two)))),
            _ => into.extend(bytes.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four))),
        }
        Ok(())
    }

    fn words(&self, dictionary: Dictionary) -> io::Result<Cow<'_, Words>> {
        let piece = self.words.get(dictionary as usize).copied().unwrap_or_default();
        let bytes = read(&self.file, piece)?;
        let mut from = Bytes(&bytes);
        let words = from.small().and_then(|count| {
            let ends = (0..count).map(|_| from.small()).collect::<Option<Vec<u32>>>()?;
            Some(Words { ends, bytes: from.0.to_vec() })
        });
        words.map(Cow::Owned).ok_or_else(unfit)
    }

    fn late(&self, event: u64) -> Option<u64> {
        find_late(&self.late, event)
    }

    fn boots(&self) -> &[(u64, BootId)] {
        &self.boots
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }
}

/// The piece that is the directory, if the head is whole, of this version and of these entries.
fn directory_of(head: &[u8; HEAD], of: Of) -> Option<Piece> {
    let (said, sum) = head.split_last_chunk::<4>()?;
    let mut from = Bytes(said.strip_prefix(MAGIC)?);
    let fits = checksum(said) == u32::from_le_bytes(*sum)
        && from.small()? == VERSION
        && Of { to: from.long()?, ends: from.small()? } == of;
    fits.then(|| piece(&mut from)).flatten()
}

fn pieces<const N: usize>(from: &mut Bytes<'_>) -> Option<[Piece; N]> {
    let mut pieces = [Piece::default(); N];
    for place in &mut pieces {
        *place = piece(from)?;
    }
    Some(pieces)
}

fn piece(from: &mut Bytes<'_>) -> Option<Piece> {
    Some(Piece { at: from.long()?, bytes: from.small()?, sum: from.small()? })
}

fn read(file: &File, piece: Piece) -> io::Result<Vec<u8>> {
    // A length from a damaged directory cannot be here: that has its own checksum.
    let mut bytes = vec![0; usize::try_from(piece.bytes).unwrap_or(usize::MAX)];
    file.read_exact_at(&mut bytes, piece.at)?;
    if checksum(&bytes) == piece.sum { Ok(bytes) } else { Err(unfit()) }
}

/// Where the next piece goes.
struct Out<'f> {
    file: BufWriter<&'f File>,
    at: u64,
}

impl Out<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<Piece> {
        self.file.write_all(bytes)?;
        let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let piece = Piece { at: self.at, bytes: length, sum: checksum(bytes) };
        self.at += u64::from(length);
        Ok(piece)
    }
}

fn write(file: &File, of: Of, columns: &Builder) -> io::Result<()> {
    let mut out = Out { file: BufWriter::new(file), at: 0 };
    // The head comes last, so that what is cut has none.
    out.put(&[0; HEAD])?;
    let mut directory = Vec::new();
    put_length(&mut directory, columns.groups().len());
    for (group, columns) in columns.groups().iter().zip(columns.all_columns()) {
        put_small(&mut directory, group.rows);
        put_long(&mut directory, group.number);
        put_long(&mut directory, group.offset);
        for time in [group.time, group.earliest, group.latest] {
            put_long(&mut directory, time.cast_unsigned());
        }
        for column in columns {
            put_piece(&mut directory, out.put(&narrow(column))?);
        }
    }
    for words in columns.all_words() {
        let mut bytes = Vec::new();
        put_length(&mut bytes, words.len());
        words.ends.iter().for_each(|end| put_small(&mut bytes, *end));
        bytes.extend_from_slice(&words.bytes);
        put_piece(&mut directory, out.put(&bytes)?);
    }
    let gaps: Vec<(u64, u64)> = columns.gaps().iter().map(|gap| (gap.offset, gap.bytes)).collect();
    for pairs in [columns.all_late(), &gaps] {
        put_length(&mut directory, pairs.len());
        for (one, other) in pairs {
            put_long(&mut directory, *one);
            put_long(&mut directory, *other);
        }
    }
    put_length(&mut directory, columns.boots().len());
    for (number, boot) in columns.boots() {
        put_long(&mut directory, *number);
        directory.extend_from_slice(boot.as_bytes());
    }
    let directory = out.put(&directory)?;
    out.file.flush()?;
    file.write_all_at(&head(of, directory), 0)
}

fn head(of: Of, directory: Piece) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    put_small(&mut head, VERSION);
    put_long(&mut head, of.to);
    put_small(&mut head, of.ends);
    put_piece(&mut head, directory);
    head.resize(HEAD - 4, 0);
    let sum = checksum(&head);
    put_small(&mut head, sum);
    head
}

fn put_piece(to: &mut Vec<u8>, piece: Piece) {
    put_long(to, piece.at);
    put_small(to, piece.bytes);
    put_small(to, piece.sum);
}

fn put_length(to: &mut Vec<u8>, length: usize) {
    put_small(to, u32::try_from(length).unwrap_or(u32::MAX));
}

/// As many bytes for each as the greatest needs: one, two or four.
fn narrow(column: &[u32]) -> Vec<u8> {
    match column.iter().max().copied().unwrap_or(0) {
        0..=0xFF => column.iter().map(|value| value.to_le_bytes()[0]).collect(),
        0x100..=0xFFFF => column
            .iter()
            .flat_map(|value| {
                let [a, b, ..] = value.to_le_bytes();
                [a, b]
            })
            .collect(),
        _ => column.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}
