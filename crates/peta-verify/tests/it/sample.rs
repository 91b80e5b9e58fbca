//! A log that was exported, made for tests: with the library's own tree, and files in memory.

use std::collections::BTreeMap;

use peta_verify::{
    Bundle, Checkpoint, Edge, Folder, Hash, Keys, Note, Signer, TILE, TilePath, Trusted, entries_path, tile_path,
};

pub(crate) const LOG: &str = "peta.example.com/acme/record";
pub(crate) const WITNESS: &str = "witness.example.org";
pub(crate) const SEEN: u64 = 1_790_000_000;

#[derive(Clone, Default)]
pub(crate) struct Files(pub(crate) BTreeMap<String, Vec<u8>>);

impl Folder for Files {
    fn read(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(path).cloned())
    }

    fn list(&self, folder: &str) -> std::io::Result<Vec<String>> {
        let names = self.0.keys().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        Ok(names.map(str::to_owned).collect())
    }
}

pub(crate) fn signer() -> Signer {
    Signer::new(LOG, &[7; 32]).unwrap()
}

pub(crate) fn witness() -> Signer {
    Signer::witness(WITNESS, &[9; 32]).unwrap()
}

pub(crate) fn entry(index: u64) -> Vec<u8> {
    format!(r#"{{"kind":"call","n":{index}}}"#).into_bytes()
}

pub(crate) fn head(size: u64, entry: impl Fn(u64) -> Vec<u8>, signers: &[&Signer]) -> Note {
    let mut edge = Edge::default();
    (0..size).for_each(|index| edge.push(Hash::of_leaf(&entry(index)), |_, _, _| ()));
    let mut note = Note::new(&Checkpoint { origin: LOG.into(), size, root: edge.root() }.to_string()).unwrap();
    signers.iter().for_each(|signer| note.sign(signer, SEEN));
    note
}

/// Of these entries, with a cosignature of the first half of them.
pub(crate) fn export_of(size: u64, entry: impl Fn(u64) -> Vec<u8>) -> Files {
    let mut files = Files::default();
    let (mut edge, mut levels) = (Edge::default(), vec![Vec::new(); 64]);
    (0..size).for_each(|index| {
        edge.push(Hash::of_leaf(&entry(index)), |level, _, hash| levels[usize::from(level)].push(hash));
    });
    for tile in TilePath::all(size) {
        let first = usize::try_from(tile.number * TILE).unwrap();
        let row = &levels[usize::from(8 * tile.level)][first..first + usize::from(tile.width)];
        files.0.insert(tile_path(&tile), row.iter().flat_map(|hash| hash.0).collect());
        if tile.level == 0 {
            let mut bundle = Vec::new();
            (first as u64..).take(row.len()).for_each(|index| Bundle::write(&mut bundle, &entry(index)).unwrap());
            files.0.insert(entries_path(tile.number, tile.width), bundle);
        }
    }
    files.0.insert("checkpoint".into(), head(size, &entry, &[&signer()]).to_string().into_bytes());
    files.0.insert("keys".into(), keys().into_bytes());
    files.0.insert("cosigned/1".into(), head(size / 2, &entry, &[&signer(), &witness()]).to_string().into_bytes());
    files
}

pub(crate) fn export(size: u64) -> Files {
    export_of(size, entry)
}

/// What the log tells when its first entries go.
pub(crate) fn expired(to: u64) -> Vec<u8> {
    let detail = format!(r#"{{\"before\":\"2026-01-01T00:00:00Z\",\"from\":1,\"to\":{to}}}"#);
    format!(r#"{{"detail":"{detail}","door":"core","kind":"record.expired","what":"intent"}}"#).into_bytes()
}

/// Without the bundles whose first entries have expired, which the entry at `told` tells; and the entries.
pub(crate) fn pruned(size: u64, to: u64, told: u64) -> (Files, impl Fn(u64) -> Vec<u8> + Copy) {
    // One round earlier, a smaller one.
    let entries = move |index: u64| match index {
        _ if index == told => expired(to),
        _ if index + 1 == told => expired(to / 2),
        _ => entry(index),
    };
    let mut files = export_of(size, entries);
    for number in 0..to.div_ceil(TILE) {
        files.0.remove(&entries_path(number, u16::try_from((size - number * TILE).min(TILE)).unwrap()));
    }
    (files, entries)
}

pub(crate) fn keys() -> String {
    format!("{} 0 -\n", signer().verifier())
}

/// An auditor who has the key from elsewhere, a checkpoint of before, and a witness.
pub(crate) fn auditor(kept: u64) -> Trusted {
    auditor_of(kept, &entry)
}

/// The same of a log of other entries.
pub(crate) fn auditor_of(kept: u64, entries: &impl Fn(u64) -> Vec<u8>) -> Trusted {
    Trusted {
        keys: Some(Keys::read(&keys()).unwrap()),
        checkpoints: vec![head(kept, entries, &[&signer()])],
        witnesses: vec![witness().verifier().clone()],
    }
}

/// Changes a byte, drops one, adds one, or cuts a file off; gives its name, none if nothing changed.
pub(crate) fn change(files: &mut Files, (file, at, how, bit): (usize, usize, u8, u8)) -> Option<String> {
    let name = files.0.keys().nth(file % files.0.len()).unwrap().clone();
    let bytes = files.0.get_mut(&name).unwrap();
    let (was, at) = (bytes.clone(), at % bytes.len());
    match how % 4 {
        0 => bytes[at] ^= 1 << (bit % 8),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, b'0' + bit % 8),
        _ => bytes.truncate(at),
    }
    (*bytes != was).then_some(name)
}
