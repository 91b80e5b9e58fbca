//! The files: what is put into one is never changed, and each goes as a whole. A run of Core begins a file of its own, and
//! another one each hour, so none holds more than an hour's.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use peta_model::Moment;

use crate::record::{Ahead, Disk, Frame, HEAD, LARGEST, Owner, file_head, first_frame, put_frame};

/// The folder of payloads.
#[derive(Debug)]
pub(crate) struct Files {
    dir: PathBuf,
    owner: Owner,
    /// A file that is larger is followed by the next one.
    limit: u64,
    /// Locked before the state, if both are.
    disk: Mutex<Disk>,
    state: Mutex<State>,
    failing: AtomicBool,
}

/// Files whose time is over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Old {
    pub(crate) names: Vec<u64>,
    pub(crate) bytes: u64,
}

#[derive(Debug, Default)]
struct State {
    writing: Option<Writing>,
    /// Full files that may not be on the disk yet, and where they end.
    full: Vec<(Arc<File>, u64)>,
}

#[derive(Debug)]
struct Writing {
    file: Arc<File>,
    /// When it was begun, in microseconds since 1970: its name.
    name: u64,
    end: u64,
}

const MAGIC: &[u8; 8] = b"PETAPAYL";
/// No file is written to for longer, in microseconds.
pub(crate) const SPAN: u64 = 3_600_000_000;
/// If a name is taken, so many others are tried.
const NAMES: u64 = 100;

impl Files {
    pub(crate) fn new(dir: PathBuf, owner: Owner, limit: u64) -> Self {
        Self { dir, owner, limit, disk: Mutex::default(), state: Mutex::default(), failing: AtomicBool::new(false) }
    }

    /// Writes the body, whole or not at all; gives the number of the file and the place in it. When this returns, the
    /// operating system has it.
    pub(crate) fn put(&self, now: Moment, body: &[u8]) -> io::Result<(u64, u64)> {
        let written = self.write(now, body);
        if self.failing.swap(written.is_err(), Ordering::Relaxed) != written.is_err() {
            match &written {
                Ok(_) => tracing::info!("payloads can be kept again"),
                Err(error) => {
                    tracing::error!(%error, "payloads cannot be kept: calls that they are kept of are refused until they can");
                }
            }
        }
        written
    }

    fn write(&self, now: Moment, body: &[u8]) -> io::Result<(u64, u64)> {
        let mut frame = Vec::with_capacity(HEAD + body.len());
        put_frame(&mut frame, |to| to.extend_from_slice(body));
        if body.len() > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let (now, mut state) = (micros(now), self.state());
        let is_full = |writing: &Writing| writing.end >= self.limit || now >= writing.name.saturating_add(SPAN);
        let full = state.writing.take_if(|writing| is_full(writing));
        state.full.extend(full.map(|full| (full.file, full.end)));
        let writing = match &mut state.writing {
            Some(writing) => writing,
            none => none.insert(self.begin(now)?),
        };
        let at = writing.end;
        if let Err(error) = writing.file.write_all_at(&frame, at) {
            // What an unfinished write left is cut off, or written over by the next.
            writing.file.set_len(at).ok();
            return Err(error);
        }
        writing.end += frame.len() as u64;
        Ok((writing.name, at))
    }

    fn begin(&self, now: u64) -> io::Result<Writing> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let mut name = now;
        let file = loop {
            let path = self.path(name);
            match OpenOptions::new().mode(0o600).create_new(true).read(true).write(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && name < now.saturating_add(NAMES) => {
                    name += 1
                }
                made => break made?,
            }
        };
        let head = file_head(MAGIC, &self.owner, name);
        file.write_all_at(&head, 0).inspect_err(|_| {
            // It holds nothing; if it stays, it goes when its time is over.
            fs::remove_file(self.path(name)).ok();
        })?;
        Ok(Writing { file: Arc::new(file), name, end: head.len() as u64 })
    }

    /// What stands at a place; none if its file is not there any more. What is no whole body is an error of kind
    /// `InvalidData`.
    pub(crate) fn read(&self, (name, at): (u64, u64)) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let ended = |error: io::Error| if error.kind() == io::ErrorKind::UnexpectedEof { broken() } else { error };
        let mut bytes = vec![0; HEAD];
        file.read_exact_at(&mut bytes, at).map_err(ended)?;
        if let Frame::Cut(whole) = first_frame(&bytes) {
            bytes.resize(whole, 0);
            file.read_exact_at(&mut bytes, at).map_err(ended)?;
        }
        match first_frame(&bytes) {
            Frame::Body(body) => Ok(Some(body.to_vec())),
            _ => Err(broken()),
        }
    }

    /// Files in which nothing is younger than this moment.
    pub(crate) fn older_than(&self, moment: Moment) -> io::Result<Old> {
        let mut old = Old::default();
        for found in list(&self.dir)? {
            let (name, bytes) = found?;
            if name.saturating_add(SPAN) <= micros(moment) {
                old.names.push(name);
                old.bytes += bytes;
            }
        }
        old.names.sort_unstable();
        Ok(old)
    }

    /// Takes files away. What is put in from now on goes elsewhere.
    pub(crate) fn remove(&self, old: &Old) -> io::Result<()> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = self.state().writing.take_if(|writing| old.names.contains(&writing.name)) {
            // As long as it is open, the disk keeps what was in it.
            disk.forget(&written.file);
        }
        drop(disk);
        old.names.iter().try_for_each(|name| fs::remove_file(self.path(*name)))
    }

    fn path(&self, name: u64) -> PathBuf {
        self.dir.join(format!("{name:020}.log"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ahead for Files {
    /// All that was put in so far. Full files are let go with it.
    fn bring_to_disk(&self) -> io::Result<()> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        for (file, end) in state.full.drain(..) {
            disk.reach(file, end);
        }
        if let Some(writing) = &state.writing {
            disk.reach(Arc::clone(&writing.file), writing.end);
        }
        drop(state);
        disk.bring()
    }
}

/// Names and sizes; nothing if there is no such folder.
fn list(dir: &Path) -> io::Result<Vec<io::Result<(u64, u64)>>> {
    let found = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let named = |found: io::Result<fs::DirEntry>| match found {
        Err(error) => Some(Err(error)),
        Ok(found) => {
            let name = found.file_name();
            let digits = name.to_str()?.strip_suffix(".log").filter(|digits| digits.len() == 20)?;
            let name = digits.parse().ok()?;
            Some(found.metadata().map(|data| (name, data.len())))
        }
    };
    Ok(found.filter_map(named).collect())
}

fn micros(moment: Moment) -> u64 {
    u64::try_from(moment.micros()).unwrap_or(0)
}
