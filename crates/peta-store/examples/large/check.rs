//! Checks the record as an export is checked. The export's files are made as they are read, so that nobody needs room
//! for them; what that takes is left out of the figure.

use std::{cell::Cell, collections::HashMap, io, path::Path, time::Duration};

use peta_model::Moment;
use peta_store::{Config, Store, Tree};
use peta_verify::{Bundle, Folder, Note, Signer, TILE, TilePath, Trusted, check_export, entries_path, tile_path};
use tokio::runtime::Handle;

use crate::{
    figures::{Watch, memory, row},
    year::{START, YEAR},
};

/// An export that is made as it is read.
struct Made {
    tree: Tree,
    size: u64,
    note: String,
    keys: String,
    tiles: HashMap<String, TilePath>,
    took: Cell<Duration>,
    /// The bundle that was not made yet; they are read in their order.
    next: Cell<u64>,
    /// Bundles that were made ahead: reading the record one by one would take longer than checking it.
    ahead: Cell<Vec<(String, Vec<u8>)>>,
}

const AHEAD: u64 = 256;

pub(crate) async fn check(dir: &Path) {
    let store = Store::open(Config::new(dir), Moment::from_micros(START + YEAR)).await.unwrap();
    let tree = store.tree().clone();
    let checkpoint = tree.grow().await.unwrap();
    let signer = Signer::new(&checkpoint.origin, &[1; 32]).unwrap();
    let mut note = Note::new(&checkpoint.to_string()).unwrap();
    note.sign(&signer, 0);
    let made = Made {
        tree,
        size: checkpoint.size,
        note: note.to_string(),
        keys: format!("{} 0 -\n", signer.verifier()),
        tiles: TilePath::all(checkpoint.size).map(|tile| (tile_path(&tile), tile)).collect(),
        took: Cell::default(),
        next: Cell::default(),
        ahead: Cell::default(),
    };
    let (size, took, watch) = tokio::task::spawn_blocking(move || {
        let watch = Watch::start();
        let whole = check_export(&made, &Trusted::default(), |_| {}).unwrap();
        (whole.entries, made.took.get(), watch.wall())
    })
    .await
    .unwrap();
    let took = watch.saturating_sub(took).as_secs_f64();
    row("entries checked", &format!("{:.0} a second, {:.2} µs each", size as f64 / took, took * 1e6 / size as f64));
    row("memory of who checks, and makes what is checked", &memory());
    store.close(Moment::from_micros(START + YEAR)).await;
}

impl Made {
    fn make(&self, path: &str) -> Option<Vec<u8>> {
        match path {
            "checkpoint" => return Some(self.note.clone().into_bytes()),
            "keys" => return Some(self.keys.clone().into_bytes()),
            _ => {}
        }
        if !path.starts_with("tile/entries/") {
            let tile = self.tiles.get(path)?;
            let hashes = Handle::current().block_on(self.tree.tile(tile.level, tile.number, tile.width)).unwrap()?;
            return Some(hashes.iter().flat_map(|hash| hash.0).collect());
        }
        let mut ahead = self.ahead.take();
        if !ahead.iter().any(|(name, _)| name == path) {
            ahead = self.bundles(self.next.get());
            self.next.set(self.next.get() + AHEAD);
        }
        let at = ahead.iter().position(|(name, _)| name == path)?;
        let (_, bytes) = ahead.remove(at);
        self.ahead.set(ahead);
        Some(bytes)
    }

    fn bundle(&self, number: u64) -> String {
        entries_path(number, u16::try_from(TILE.min(self.size - number * TILE)).unwrap())
    }

    fn bundles(&self, first: u64) -> Vec<(String, Vec<u8>)> {
        let places = first * TILE..((first + AHEAD) * TILE).min(self.size);
        let entries = Handle::current().block_on(self.tree.entries(places)).unwrap().unwrap();
        let bundles = entries.chunks(usize::try_from(TILE).unwrap()).zip(first..);
        let made = bundles.map(|(entries, number)| {
            let mut bytes = Vec::new();
            entries.iter().for_each(|entry| Bundle::write(&mut bytes, entry.as_bytes()).unwrap());
            (self.bundle(number), bytes)
        });
        made.collect()
    }
}

impl Folder for Made {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let watch = Watch::start();
        let made = self.make(path);
        self.took.set(self.took.get() + watch.wall());
        Ok(made)
    }

    fn list(&self, _: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}
