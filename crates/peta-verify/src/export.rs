//! Checks a log that somebody handed over as a folder: `checkpoint`, `keys`, `tile/…`, `tile/entries/…`, `cosigned/…`. Where
//! entries are not there, the log itself tells that they expired, or `left-out` names them.
//! Everything is worked out from the entries up; nothing is believed because it stands there. What is told is the first
//! fault, and where it is.

use std::{collections::BTreeMap, fmt};

use super::{
    checkpoint::Checkpoint,
    fault::Fault,
    folder::Folder,
    hash::Hash,
    key::Verifier,
    keys::Keys,
    left_out,
    note::{NoNote, Note},
    said::{PAYLOADS, Said},
    story::Story,
    subject::{OfSubject, SUBJECT, Subject},
    tile::{Bundle, TILE, TilePath, entries_path, tile_path},
    tree::{Edge, subtree},
};

/// Whom an auditor believes, and what was kept from before.
#[derive(Default)]
pub struct Trusted {
    /// The log's keys, from another hand than the export. Without them the export's own are taken, which shows only that
    /// it fits itself.
    pub keys: Option<Keys>,
    /// Notes of checkpoints that were kept.
    pub checkpoints: Vec<Note>,
    /// Witnesses whose cosignatures count.
    pub witnesses: Vec<Verifier>,
}

/// What was found to be whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub checkpoint: Checkpoint,
    /// Entries that are there.
    pub entries: u64,
    /// Entries of which only the hashes are there, in bundles of whose first one the log tells that it has expired.
    pub expired: u64,
    /// So many of the log's first entries have expired, as it tells.
    pub expired_to: u64,
    /// Entries that whoever exported it left out, and says so: their hashes are there.
    pub left_out: u64,
    /// Witness by witness: the largest size that it cosigned, and when, in seconds.
    pub cosigned: BTreeMap<String, (u64, u64)>,
    /// Arguments and results that are there and are what the entries commit to.
    pub payloads: u64,
    /// The events of one person, if it is an export of these.
    pub subject: Option<OfSubject>,
}

impl fmt::Display for Whole {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checkpoint, entries, expired, expired_to, left_out, cosigned, payloads, subject } = self;
        write!(f, "{}, {entries} entries", checkpoint.origin)?;
        if *expired > 0 {
            write!(f, ", {expired} expired to their hashes (the log tells it of the first {expired_to})")?;
        }
        if *left_out > 0 {
            write!(f, ", {left_out} left out of this export")?;
        }
        if *payloads > 0 {
            write!(f, ", {payloads} payloads")?;
        }
        if let Some(subject) = subject {
            write!(f, ", {subject}")?;
        }
        cosigned.iter().try_for_each(|(witness, (size, time))| write!(f, "; {witness} saw the first {size} at {time}"))
    }
}

/// Checks all of it. `progress` is told after each bundle how many entries were read.
pub fn check_export(folder: &impl Folder, trusted: &Trusted, mut progress: impl FnMut(u64)) -> Result<Whole, Fault> {
    let note: Note = text_of(folder, "checkpoint")?.parse().map_err(|why| Fault::of("checkpoint", why))?;
    let checkpoint = checkpoint_of(&note, "checkpoint")?;
    let theirs = text_of(folder, "keys")?;
    let theirs = Keys::read(&theirs).map_err(|why| Fault::of("keys", why))?;
    let keys = trusted.keys.as_ref().unwrap_or(&theirs);
    keys.check(&note, &checkpoint).map_err(|why| Fault::of("checkpoint", why))?;

    let names = folder.list(PAYLOADS).map_err(|why| Fault::of(PAYLOADS, why))?;
    let said = Said::of(names).map_err(|name| Fault::of(&format!("{PAYLOADS}/{name}"), "it is no payload"))?;
    let lines = folder.read(SUBJECT).map_err(|why| Fault::of(SUBJECT, why))?;
    let subject = lines.map(|lines| Subject::of(&lines)).transpose().map_err(|why| Fault::of(SUBJECT, why))?;
    let mut tree = Rebuilt { said, subject, ..Rebuilt::default() };
    for number in 0..checkpoint.size.div_ceil(TILE) {
        tree.bundle(folder, number, checkpoint.size)?;
        progress(tree.edge.size());
    }
    tree.tiles(folder, checkpoint.size)?;
    let (expired, left_out) = tree.not_there(folder, checkpoint.size)?;
    if tree.edge.root() != checkpoint.root {
        let what = format!("its root is {}, that of the entries is {}", checkpoint.root, tree.edge.root());
        return Err(Fault::of("checkpoint", what));
    }

    for (number, kept) in trusted.checkpoints.iter().enumerate() {
        let name = format!("the kept checkpoint {}", number + 1);
        let old = checkpoint_of(kept, &name)?;
        keys.check(kept, &old).map_err(|why| Fault::of(&name, why))?;
        tree.follows(&old, &checkpoint).map_err(|why| Fault::of(&name, why))?;
    }
    let payloads = tree.payloads(folder)?;
    let subject = tree.of_subject()?;
    let (entries, expired_to) = (tree.read, tree.story.expired);
    let cosigned = BTreeMap::new();
    let mut whole = Whole { entries, expired, expired_to, left_out, cosigned, payloads, subject, checkpoint };
    tree.cosigned(folder, trusted, keys, &mut whole)?;
    Ok(whole)
}

/// The tree, worked out anew.
#[derive(Default)]
struct Rebuilt {
    edge: Edge,
    /// All complete nodes of the levels that tiles hold, which is every eighth.
    levels: Vec<Vec<Hash>>,
    read: u64,
    /// The bundles that are not there.
    missing: Vec<u64>,
    story: Story,
    said: Said,
    subject: Option<Subject>,
}

impl Rebuilt {
    /// The entries of one bundle; of one that is not there, the hashes of its tile.
    fn bundle(&mut self, folder: &impl Folder, number: u64, size: u64) -> Result<(), Fault> {
        let (first, width) = (number * TILE, (size - number * TILE).min(TILE) as u16);
        let path = entries_path(number, width);
        let read = folder.read(&path).map_err(|why| Fault::of(&path, why).at(first))?;
        let Some(bytes) = read else {
            let tile = TilePath { level: 0, number, width };
            let hashes = tile_of(folder, &tile).map_err(|fault| fault.at(first))?;
            hashes
                .ok_or_else(|| Fault::of(&path, "it is missing, and so are its hashes").at(first))?
                .into_iter()
                .for_each(|hash| self.push(hash));
            self.missing.push(number);
            self.story.skip(first + u64::from(width));
            return Ok(());
        };
        let bundle = Bundle::read(&bytes, width).map_err(|why| Fault::of(&path, why).at(first))?;
        // Held against the tile at once, so that the entry can be named.
        let tile = TilePath { level: 0, number, width };
        let hashes = tile_of(folder, &tile).map_err(|fault| fault.at(first))?;
        let hashes = hashes.ok_or_else(|| Fault::of(&tile_path(&tile), "it is missing").on(0).at(first))?;
        for ((entry, hash), index) in bundle.0.iter().zip(hashes).zip(first..) {
            let leaf = Hash::of_leaf(entry);
            if leaf != hash {
                let what = format!("the entry's hash is {leaf}, its tile says {hash}");
                return Err(Fault::of(&path, what).at(index));
            }
            self.push(leaf);
            self.said.read(index, entry);
            if let Some(subject) = &mut self.subject {
                subject.read(index, entry);
            }
            self.story.read(index, entry).map_err(|why| Fault::of(&path, why).at(index))?;
        }
        self.read += u64::from(width);
        Ok(())
    }

    fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.edge.push(leaf, |level, _, hash| {
            if level % 8 != 0 {
                return;
            }
            let at = usize::from(level / 8);
            if levels.len() == at {
                levels.push(Vec::new());
            }
            if let Some(level) = levels.get_mut(at) {
                level.push(hash);
            }
        });
    }

    /// The tiles above the entries.
    fn tiles(&self, folder: &impl Folder, size: u64) -> Result<(), Fault> {
        for tile in TilePath::all(size).filter(|tile| tile.level > 0) {
            let path = tile_path(&tile);
            let missing = || Fault::of(&path, "it is missing").on(tile.level);
            let hashes = tile_of(folder, &tile)?.ok_or_else(missing)?;
            let first = usize::try_from(tile.number * TILE).unwrap_or(usize::MAX);
            let ours =
                self.levels.get(usize::from(tile.level)).and_then(|level| level.get(first..)).unwrap_or_default();
            let differs = hashes.iter().zip(ours).position(|(theirs, ours)| theirs != ours);
            if let Some(at) = differs {
                let index = (tile.number * TILE + at as u64) << (8 * u32::from(tile.level));
                return Err(Fault::of(&path, format!("hash {at} is not that of what is below it"))
                    .on(tile.level)
                    .at(index));
            }
        }
        Ok(())
    }

    /// How many entries expired, and how many were left out: of what is not there, one of both must be told.
    fn not_there(&self, folder: &impl Folder, size: u64) -> Result<(u64, u64), Fault> {
        let ranges = left_out::read(folder)?;
        let (mut expired, mut left_out) = (0, 0);
        for number in &self.missing {
            let (first, width) = (number * TILE, (size - number * TILE).min(TILE));
            if first < self.story.expired {
                expired += width;
            } else if ranges.iter().any(|range| range.contains(number)) {
                left_out += width;
            } else {
                let what = "it is missing, and neither has it expired nor was it left out";
                return Err(Fault::of(&entries_path(*number, width as u16), what).at(first));
            }
        }
        Ok((expired, left_out))
    }

    /// What was said, as far as it is there: how many files.
    fn payloads(&self, folder: &impl Folder) -> Result<u64, Fault> {
        for name in self.said.files() {
            let file = format!("{PAYLOADS}/{name}");
            let bytes = folder.read(&file).map_err(|why| Fault::of(&file, why))?;
            let bytes = bytes.ok_or_else(|| Fault::of(&file, "it is missing"))?;
            self.said.check(name, &bytes).map_err(|why| Fault::of(&file, why))?;
        }
        Ok(self.said.files().len() as u64)
    }

    /// The events of one person, if they are there.
    fn of_subject(&self) -> Result<Option<OfSubject>, Fault> {
        let checked = self.subject.as_ref().map(Subject::check).transpose();
        checked.map_err(|(place, why)| Fault::of(SUBJECT, why).at(place))
    }

    /// Whether this log begins with that of an older checkpoint.
    fn follows(&self, old: &Checkpoint, new: &Checkpoint) -> Result<(), String> {
        if old.origin != new.origin {
            return Err(format!("it is of another log, {}", old.origin));
        }
        if old.size > new.size {
            return Err(format!("it has {} entries, and the export only {}: it was cut off", old.size, new.size));
        }
        let root = self.root(old.size);
        if root == old.root { Ok(()) } else { Err(format!("its {} entries are not those of the export", old.size)) }
    }

    fn root(&self, size: u64) -> Hash {
        let node = |level: u8, index: u64| -> Result<Hash, std::convert::Infallible> {
            let level_of = self.levels.get(usize::from(level / 8)).map(Vec::as_slice).unwrap_or_default();
            let row = 1_usize << (level % 8);
            let first = usize::try_from(index << (level % 8)).unwrap_or(usize::MAX);
            Ok(super::tile::root(level_of.get(first..first.saturating_add(row)).unwrap_or_default()))
        };
        if size == 0 {
            return Hash::of_nothing();
        }
        let Ok(root) = subtree(&Reader(node), 0, size);
        root
    }

    /// Each cosignature of a witness that is believed: of this log, and of a tree that this one begins with.
    fn cosigned(&self, folder: &impl Folder, trusted: &Trusted, keys: &Keys, whole: &mut Whole) -> Result<(), Fault> {
        for name in folder.list("cosigned").map_err(|why| Fault::of("cosigned", why))? {
            let file = format!("cosigned/{name}");
            let note: Note = text_of(folder, &file)?.parse().map_err(|why| Fault::of(&file, why))?;
            let checkpoint = checkpoint_of(&note, &file)?;
            keys.check(&note, &checkpoint).map_err(|why| Fault::of(&file, why))?;
            self.follows(&checkpoint, &whole.checkpoint).map_err(|why| Fault::of(&file, why))?;
            for witness in &trusted.witnesses {
                match note.check(witness) {
                    Ok(time) => {
                        let seen = (checkpoint.size, time.unwrap_or(0));
                        let newest = whole.cosigned.entry(witness.name().to_owned()).or_insert(seen);
                        *newest = (*newest).max(seen);
                    }
                    Err(NoNote::Unsigned { .. }) => {}
                    Err(why) => return Err(Fault::of(&file, why)),
                }
            }
        }
        Ok(())
    }
}

struct Reader<F>(F);

impl<E, F: Fn(u8, u64) -> Result<Hash, E>> super::tree::Nodes for Reader<F> {
    type Error = E;

    fn node(&self, level: u8, index: u64) -> Result<Hash, E> {
        (self.0)(level, index)
    }
}

fn tile_of(folder: &impl Folder, tile: &TilePath) -> Result<Option<Vec<Hash>>, Fault> {
    let path = tile_path(tile);
    let wrong = |why: &dyn fmt::Display| Fault::of(&path, why).on(tile.level);
    let Some(bytes) = folder.read(&path).map_err(|why| wrong(&why))? else { return Ok(None) };
    tile.read(&bytes).map(Some).map_err(|why| wrong(&why))
}

fn text_of(folder: &impl Folder, file: &str) -> Result<String, Fault> {
    let bytes = folder.read(file).map_err(|why| Fault::of(file, why))?;
    let bytes = bytes.ok_or_else(|| Fault::of(file, "it is missing"))?;
    String::from_utf8(bytes).map_err(|_| Fault::of(file, "it is no text"))
}

fn checkpoint_of(note: &Note, file: &str) -> Result<Checkpoint, Fault> {
    note.text().parse().map_err(|why| Fault::of(file, why))
}
