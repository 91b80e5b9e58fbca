//! The files of the record: their names, and the head that says whose they are.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use peta_model::{InstallId, TenantId};

use super::frame::checksum;

/// Whose record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) install: InstallId,
    pub(crate) tenant: TenantId,
}

/// What the start of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    Of(Owner),
    /// A newer Peta wrote it.
    Newer,
    Damaged,
}

/// A file of the record, by the number of its first entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) first: u64,
    pub(crate) path: PathBuf,
}

pub(crate) const HEAD: usize = 64;
const MAGIC: &[u8; 8] = b"PETARECD";
const VERSION: u32 = 1;

impl Segment {
    pub(crate) fn new(dir: &Path, first: u64) -> Self {
        Self { first, path: dir.join(format!("{first:020}.log")) }
    }

    fn named(path: PathBuf) -> Option<Self> {
        let digits = path.file_name()?.to_str()?.strip_suffix(".log")?;
        let first = digits.parse().ok().filter(|_| digits.len() == 20)?;
        Some(Self { first, path })
    }
}

/// All files of the record, the oldest first; makes the folder if there is none.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<Segment>> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let paths = fs::read_dir(dir)?.map(|found| found.map(|found| found.path())).collect::<io::Result<Vec<_>>>()?;
    let mut segments: Vec<Segment> = paths.into_iter().filter_map(Segment::named).collect();
    segments.sort_by_key(|segment| segment.first);
    Ok(segments)
}

/// Makes the file with its head and first entry, or leaves none.
pub(crate) fn make(segment: &Segment, owner: &Owner, carried: &[u8]) -> io::Result<File> {
    let file = OpenOptions::new().mode(0o600).create_new(true).read(true).write(true).open(&segment.path)?;
    let start = [&head(MAGIC, owner, segment.first)[..], carried].concat();
    file.write_all_at(&start, 0).inspect_err(|_| {
        // It holds nothing. If it cannot be taken away, the next start does it.
        fs::remove_file(&segment.path).ok();
    })?;
    Ok(file)
}

/// What a file begins with.
pub(crate) fn head(magic: &[u8; 8], owner: &Owner, first: u64) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    let said = magic
        .iter()
        .copied()
        .chain(VERSION.to_le_bytes())
        .chain([0; 4])
        .chain(*owner.install.as_bytes())
        .chain(*owner.tenant.as_bytes())
        .chain(first.to_le_bytes());
    head.iter_mut().zip(said).for_each(|(to, from)| *to = from);
    if let Some((said, sum)) = head.split_last_chunk_mut::<4>() {
        *sum = checksum(said).to_le_bytes();
    }
    head
}

/// Reads the head. A file that is shorter has a damaged one.
pub(crate) fn read_head(file: &File) -> io::Result<Head> {
    let mut bytes = [0; HEAD];
    match file.read_exact_at(&mut bytes, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Head::Damaged),
        other => other?,
    }
    Ok(parse(&bytes).unwrap_or(Head::Damaged))
}

fn parse(bytes: &[u8; HEAD]) -> Option<Head> {
    let (said, sum) = bytes.split_last_chunk::<4>()?;
    let rest = said.strip_prefix(MAGIC)?;
    if checksum(said) != u32::from_le_bytes(*sum) {
        return None;
    }
    let (version, rest) = rest.split_first_chunk()?;
    if u32::from_le_bytes(*version) != VERSION {
        return Some(Head::Newer);
    }
    let (_, rest) = rest.split_first_chunk::<4>()?;
    let (install, rest) = rest.split_first_chunk()?;
    let (tenant, _) = rest.split_first_chunk()?;
    Some(Head::Of(Owner { install: InstallId::from_bytes(*install), tenant: TenantId::from_bytes(*tenant) }))
}
