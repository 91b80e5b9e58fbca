use super::*;
use crate::{
    proof::{check_consistency, check_inclusion, prove_consistency, prove_inclusion},
    tree::{root_of, tests::Kept},
};

#[test]
fn paths_are_those_of_tlog_tiles() {
    let path = |level, number, width| tile_path(&TilePath { level, number, width });
    assert_eq!(path(0, 0, 256), "tile/0/000");
    assert_eq!(path(1, 5, 7), "tile/1/005.p/7");
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(entries_path(1_000, 256), "tile/entries/x001/000");
    assert_eq!(entries_path(273_063, 1), "tile/entries/x273/063.p/1");
}

#[test]
fn a_tree_has_these_tiles() {
    let all = |size| TilePath::all(size).map(|tile| tile_path(&tile)).collect::<Vec<_>>();
    assert!(all(0).is_empty());
    assert_eq!(all(1), ["tile/0/000.p/1"]);
    assert_eq!(all(256), ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(all(513), ["tile/0/000", "tile/0/001", "tile/0/002.p/1", "tile/1/000.p/2"]);
    // As the example of the specification: a tree of 70,000.
    let many = all(70_000);
    assert_eq!(many.iter().filter(|path| path.starts_with("tile/0/")).count(), 274);
    for path in ["tile/0/x000/272", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"] {
        assert_eq!(many.iter().any(|other| other == path), path != "tile/0/x000/272", "{path}");
    }
}

#[test]
fn everything_is_proven_out_of_tiles_alone() {
    for size in [1_u64, 2, 255, 256, 257, 700, 66_000] {
        let kept = Kept::of((0..size).map(u64::to_be_bytes));
        let read = |tile: &TilePath| -> Result<Vec<Hash>, NoTile> {
            let first = usize::try_from(tile.number * TILE).unwrap();
            let row = &kept.levels[usize::from(tile.level * LEVELS)];
            let bytes: Vec<u8> = row[first..first + usize::from(tile.width)].iter().flat_map(|hash| hash.0).collect();
            tile.read(&bytes)
        };
        let tiled = Tiled { size, read };
        let root = kept.edge.root();
        assert_eq!(root_of(&tiled, size), Ok(root));
        for index in [0, size / 2, size - 1] {
            let proof = prove_inclusion(&tiled, index, size).unwrap();
            assert_eq!(check_inclusion(Hash::of_leaf(&index.to_be_bytes()), index, size, root, &proof), Ok(()));
            let was = root_of(&tiled, index + 1).unwrap();
            let proof = prove_consistency(&tiled, index + 1, size).unwrap();
            assert_eq!(check_consistency((index + 1, was), (size, root), &proof), Ok(()));
        }
    }
}

#[test]
fn bundles_are_rows_of_entries() {
    let mut bytes = Vec::new();
    for entry in [b"one".as_slice(), b"", b"three"] {
        assert!(Bundle::write(&mut bytes, entry).is_some());
    }
    assert_eq!(Bundle::read(&bytes, 3).unwrap().0, [b"one".as_slice(), b"", b"three"]);
    assert_eq!(Bundle::read(&bytes, 4).err(), Some(NoTile::Width { has: 3, needs: 4 }));
    assert_eq!(Bundle::read(&bytes[..bytes.len() - 1], 3).err(), Some(NoTile::Cut(2)));
    assert_eq!(Bundle::read(&[bytes.as_slice(), &[0]].concat(), 3).err(), Some(NoTile::Cut(3)));
    assert!(Bundle::write(&mut bytes, &vec![0; BUNDLE_ENTRY + 1]).is_none());
    let tile = TilePath { level: 0, number: 0, width: 2 };
    assert_eq!(tile.read(&[0; 63]), Err(NoTile::Size(63)));
    assert_eq!(tile.read(&[0; 32]), Err(NoTile::Width { has: 1, needs: 2 }));
}
