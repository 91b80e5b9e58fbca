//! Tiles of C2SP tlog-tiles: 256 hashes of one level side by side in a file, and the entries themselves in bundles of 256.
//! A tile that is full never changes; one that is not says its width in its name.

use std::fmt::Write as _;

use super::{hash::Hash, tree::Nodes};

/// Hashes of a full tile, and entries of a full bundle.
pub const TILE: u64 = 256;
/// Levels of the tree that one tile holds the way over.
const LEVELS: u8 = 8;
/// The longest entry of a bundle: its length is a u16.
pub const BUNDLE_ENTRY: usize = 65_535;

/// Which tile: hash `i` of it is the node of level `8 * level` at `256 * number + i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath {
    pub level: u8,
    pub number: u64,
    /// 1 to 256.
    pub width: u16,
}

/// Bytes are no tile, or no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTile {
    #[error("{0} bytes are no row of hashes of 32 bytes each")]
    Size(usize),
    #[error("there are {has} where the name says {needs}")]
    Width { has: usize, needs: u16 },
    #[error("the bundle breaks off in entry {0}")]
    Cut(usize),
}

/// The entries of a bundle.
pub struct Bundle<'a>(pub Vec<&'a [u8]>);

impl TilePath {
    /// The tiles of a tree of this size, those of the entries' hashes first.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        let level_of = move |level: u8| {
            let count = size.checked_shr(u32::from(level) * u32::from(LEVELS)).unwrap_or(0);
            let tile = move |number| Self { level, number, width: (count - number * TILE).min(TILE) as u16 };
            (0..count.div_ceil(TILE)).map(tile)
        };
        (0..8).flat_map(level_of)
    }

    /// The tile that holds this node's subtree in a tree of this size.
    fn over(level: u8, index: u64, size: u64) -> Self {
        let (tile_level, above) = (level / LEVELS, level % LEVELS);
        let number = (index << above) / TILE;
        let count = size >> (u32::from(tile_level) * u32::from(LEVELS));
        Self { level: tile_level, number, width: (count - (number * TILE).min(count)).min(TILE) as u16 }
    }

    /// The hashes of a tile.
    pub fn read(&self, bytes: &[u8]) -> Result<Vec<Hash>, NoTile> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(NoTile::Size(bytes.len()));
        }
        if hashes.len() != usize::from(self.width) {
            return Err(NoTile::Width { has: hashes.len(), needs: self.width });
        }
        Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
    }
}

/// Where a tile lies: `tile/0/x001/x234/067`, and `.p/WIDTH` behind it if it is not full.
pub fn tile_path(tile: &TilePath) -> String {
    path(&tile.level.to_string(), tile.number, tile.width)
}

/// Where the bundle with these entries lies: `tile/entries/…`.
pub fn entries_path(number: u64, width: u16) -> String {
    path("entries", number, width)
}

fn path(kind: &str, number: u64, width: u16) -> String {
    let mut groups = Vec::new();
    let mut rest = number;
    loop {
        groups.push(rest % 1_000);
        rest /= 1_000;
        if rest == 0 {
            break;
        }
    }
    let mut path = format!("tile/{kind}");
    while let Some(group) = groups.pop() {
        let more = if groups.is_empty() { "" } else { "x" };
        // Writing to a string does not fail.
        let _ = write!(path, "/{more}{group:03}");
    }
    if u64::from(width) < TILE {
        let _ = write!(path, ".p/{width}");
    }
    path
}

impl<'a> Bundle<'a> {
    pub fn read(bytes: &'a [u8], width: u16) -> Result<Self, NoTile> {
        let (mut entries, mut rest) = (Vec::new(), bytes);
        while let Some((length, behind)) = rest.split_first_chunk::<2>() {
            let split = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)));
            let (entry, behind) = split.ok_or(NoTile::Cut(entries.len()))?;
            entries.push(entry);
            rest = behind;
        }
        match (rest.is_empty(), entries.len() == usize::from(width)) {
            (false, _) => Err(NoTile::Cut(entries.len())),
            (true, false) => Err(NoTile::Width { has: entries.len(), needs: width }),
            (true, true) => Ok(Self(entries)),
        }
    }

    /// One entry more. `None` if it is too long for a bundle.
    pub fn write(out: &mut Vec<u8>, entry: &[u8]) -> Option<()> {
        let length = u16::try_from(entry.len()).ok()?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
        Some(())
    }
}

/// Nodes of a tree of this size, out of its tiles.
pub struct Tiled<F> {
    pub size: u64,
    pub read: F,
}

impl<E, F: Fn(&TilePath) -> Result<Vec<Hash>, E>> Nodes for Tiled<F>
where
    E: From<NoTile>,
{
    type Error = E;

    fn node(&self, level: u8, index: u64) -> Result<Hash, E> {
        let tile = TilePath::over(level, index, self.size);
        let hashes = (self.read)(&tile)?;
        let above = level % LEVELS;
        let first = ((index << above) % TILE) as usize;
        let row = hashes.get(first..first + (1 << above));
        let row = row.ok_or(NoTile::Width { has: hashes.len(), needs: tile.width })?;
        Ok(root(row))
    }
}

/// Over a row whose length is a power of two.
pub fn root(row: &[Hash]) -> Hash {
    match row {
        [] => Hash::of_nothing(),
        [one] => *one,
        row => {
            let (left, right) = row.split_at(row.len() / 2);
            Hash::of_node(&root(left), &root(right))
        }
    }
}

#[cfg(test)]
mod tests;
