//! The record's tree, read from Core a piece at a time, into memory or a folder.

use std::{cell::RefCell, collections::BTreeMap};

use peta_api::{
    audit::{EntriesQuery, TileQuery},
    endpoint::{ReadEntries, ReadTile},
};
use peta_verify::{Hash, NoTile, TilePath, Tiled};

use super::{head::unreadable, source::Source};
use crate::fault::Fault;

/// Entries of one request.
const ENTRIES: u16 = 4_096;

/// The hashes of a tile.
pub(super) async fn tile(from: Source<'_>, tile: &TilePath) -> Result<Vec<Hash>, Fault> {
    let query = TileQuery { level: tile.level, number: tile.number, width: tile.width, log: from.name() };
    let answer = from.client.call::<ReadTile>(&[], &query, &()).await?;
    answer.hashes.iter().map(|hash| hash.parse().map_err(|error| unreadable(&error))).collect()
}

/// Entries from a place on.
pub(super) async fn entries(of: Source<'_>, from: u64, count: u64) -> Result<Vec<String>, Fault> {
    let count = u16::try_from(count).unwrap_or(ENTRIES).min(ENTRIES);
    let query = EntriesQuery { from, count, log: of.name() };
    Ok(of.client.call::<ReadEntries>(&[], &query, &()).await?.entries)
}

/// Why a proof is not made yet.
enum Wants {
    Tile(TilePath),
    Broken(NoTile),
}

impl From<NoTile> for Wants {
    fn from(why: NoTile) -> Self {
        Self::Broken(why)
    }
}

/// The proof that an entry is in the tree of this size; reads the tiles that it needs.
pub(super) async fn prove(of: Source<'_>, place: u64, size: u64) -> Result<Vec<Hash>, Fault> {
    let read: RefCell<BTreeMap<TilePath, Vec<Hash>>> = RefCell::default();
    loop {
        let at_hand = |tile: &TilePath| read.borrow().get(tile).cloned().ok_or(Wants::Tile(*tile));
        let wanted = match peta_verify::prove_inclusion(&Tiled { size, read: at_hand }, place, size) {
            Ok(proof) => return Ok(proof),
            Err(Wants::Tile(wanted)) => wanted,
            Err(Wants::Broken(why)) => return Err(unreadable(&why)),
        };
        let hashes = tile(of, &wanted).await?;
        read.borrow_mut().insert(wanted, hashes);
    }
}
