//! What the memory of a running Core holds. A small program runs Core as its child and reads its memory through
//! `/proc/PID/mem`, as a core file would not show what was left out of it. Both run in one user namespace, where the reader
//! may do that. It is told over a socket what to seek, and answers where it stands.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{
        fs::FileExt as _,
        net::{UnixListener, UnixStream},
        process::CommandExt as _,
    },
    path::Path,
    process::{Child, Command, ExitCode},
};

use serde::{Deserialize, Serialize};

/// So many bytes in a row are a find.
const WINDOW: usize = 16;
/// What is read at once.
const PIECE: usize = 4 << 20;

/// What is sought: each by a name, as raw bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Wanted {
    needles: Vec<(String, Vec<u8>)>,
}

/// A find.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hit {
    pub what: String,
    /// The name of the mapping, or its rights.
    pub region: String,
    /// Whether it is memory that is locked and left out of core files.
    pub locked: bool,
    pub address: u64,
}

/// What was read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Found {
    pub hits: Vec<Hit>,
    pub read: u64,
    pub pid: u32,
    /// Bytes that are locked.
    pub locked: u64,
}

/// Seeks every window of each needle in the memory of the Core that listens for it.
pub fn seek(socket: &Path, needles: Vec<(String, Vec<u8>)>) -> Found {
    let mut stream = UnixStream::connect(socket).expect("peta-dump listens");
    let mut line = serde_json::to_vec(&Wanted { needles }).expect("JSON");
    line.push(b'\n');
    stream.write_all(&line).expect("the question");
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).expect("the answer");
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

pub fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (Some(socket), Some(program)) = (words.next(), words.next()) else { return ExitCode::from(2) };
    let listener = UnixListener::bind(&socket).expect("a socket");
    #[expect(clippy::disallowed_methods, reason = "the program that is looked into")]
    let mut command = Command::new(program);
    // It must not outlive this one, which a test kills.
    let mut child = command.args(words).process_group(0).spawn().expect("the program");
    let pid = child.id();
    std::thread::spawn(move || serve(&listener, pid));
    wait(&mut child)
}

fn wait(child: &mut Child) -> ExitCode {
    let status = child.wait().expect("a child");
    ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
}

fn serve(listener: &UnixListener, pid: u32) {
    for stream in listener.incoming().flatten() {
        let mut line = String::new();
        let mut reader = BufReader::new(stream);
        if reader.read_line(&mut line).is_err() {
            continue;
        }
        let wanted: Wanted = serde_json::from_str(&line).expect("a question");
        let found = look(pid, &wanted);
        let mut answer = serde_json::to_vec(&found).expect("JSON");
        answer.push(b'\n');
        let _ = reader.into_inner().write_all(&answer);
    }
}

/// Windows by their first eight bytes, and a coarse map of those for speed.
struct Windows<'a> {
    by_start: HashMap<u64, Vec<(usize, &'a [u8])>>,
    coarse: Vec<bool>,
}

impl<'a> Windows<'a> {
    fn of(wanted: &'a Wanted) -> Self {
        let mut by_start: HashMap<u64, Vec<(usize, &[u8])>> = HashMap::new();
        let mut coarse = vec![false; 1 << 20];
        for (at, (_, needle)) in wanted.needles.iter().enumerate() {
            for window in needle.windows(WINDOW) {
                let start = start_of(window);
                coarse[coarse_of(start)] = true;
                by_start.entry(start).or_default().push((at, window));
            }
        }
        Self { by_start, coarse }
    }

    fn at(&self, bytes: &[u8]) -> Option<usize> {
        let start = start_of(bytes);
        if !self.coarse[coarse_of(start)] {
            return None;
        }
        let windows = self.by_start.get(&start)?;
        windows.iter().find(|(_, window)| bytes.starts_with(window)).map(|(at, _)| *at)
    }
}

fn start_of(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))
}

fn coarse_of(start: u64) -> usize {
    (start.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44) as usize
}

fn look(pid: u32, wanted: &Wanted) -> Found {
    let windows = Windows::of(wanted);
    let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps")).expect("the right to read its map");
    let memory = File::open(format!("/proc/{pid}/mem")).expect("the right to read its memory");
    let mut found = Found { hits: Vec::new(), read: 0, pid, locked: 0 };
    let mut piece = vec![0; PIECE + WINDOW];
    for region in regions(&smaps) {
        if region.locked {
            found.locked += region.end - region.begin;
        }
        let mut at = region.begin;
        while at < region.end {
            let length = usize::try_from((region.end - at).min((PIECE + WINDOW) as u64)).expect("a piece");
            // Guard pages, and what the kernel keeps for itself, cannot be read.
            let Ok(count) = memory.read_at(&mut piece[..length], at) else {
                at += 4096;
                continue;
            };
            found.read += count as u64;
            for offset in 0..count.saturating_sub(WINDOW - 1).min(PIECE) {
                if let Some(what) = windows.at(&piece[offset..count]) {
                    found.hits.push(Hit {
                        what: wanted.needles[what].0.clone(),
                        region: region.name.clone(),
                        locked: region.locked,
                        address: at + offset as u64,
                    });
                }
            }
            at += count.clamp(1, PIECE) as u64;
        }
    }
    // A find of each needle in each region is enough to tell.
    found.hits.sort();
    found.hits.dedup_by(|a, b| (&a.what, &a.region, a.locked) == (&b.what, &b.region, b.locked));
    found
}

struct Region {
    begin: u64,
    end: u64,
    name: String,
    locked: bool,
}

fn regions(smaps: &str) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some((begin, end)) = first.split_once('-') {
            let number = |text| u64::from_str_radix(text, 16);
            if let (Ok(begin), Ok(end)) = (number(begin), number(end)) {
                let rights = words.next().unwrap_or_default();
                let name = words.nth(3).unwrap_or(rights).to_owned();
                // The kernel's own pages hold nothing of the program's.
                if rights.starts_with('r') && !name.starts_with("[v") {
                    regions.push(Region { begin, end, name, locked: false });
                }
                continue;
            }
        }
        if let (Some(flags), Some(region)) = (line.strip_prefix("VmFlags:"), regions.last_mut()) {
            let has = |flag| flags.split_whitespace().any(|word| word == flag);
            region.locked = has("lo") && has("dd");
        }
    }
    regions
}
