//! The tree held against one that is worked out anew, through growing, starting, cutting and changing.

use std::{fs, path::Path, sync::Arc};

use peta_audit::{Ending, Intent};
use peta_model::{EventId, Moment, Outcome};
use peta_verify::{Checkpoint, Hash, Nodes as _, Signer, TilePath, Tiled, check_inclusion, prove_inclusion, root_of};

use super::*;
use crate::record::{Entry, Log, Owner, Place, Told, start};

fn at(seconds: i64) -> Moment {
    Moment::from_micros(seconds * 1_000_000)
}

fn log(dir: &Path) -> Arc<Log> {
    let owner = Owner { install: peta_model::Id::from_bytes([1; 16]), tenant: peta_model::Id::from_bytes([2; 16]) };
    start(Place { dir: dir.to_owned(), owner, limit: 20_000 }, at(0)).unwrap().log
}

fn write(log: &Log, count: u64) {
    for number in 0..count {
        let id = EventId::from_bytes(u128::from(log.next() + number).to_be_bytes());
        let intent = Intent::of_core(id, at(1), "record.test", format!("{{\"n\":{number}}}"));
        if number % 3 == 0 {
            log.append(&Entry::Whole(Told::of_core(&intent), Ending::of(Outcome::Ok))).unwrap();
        } else {
            let event = log.append(&Entry::Intent(Told::of_core(&intent))).unwrap();
            log.append(&Entry::Ending(event, Ending::of(Outcome::Ok))).unwrap();
        }
    }
}

fn tree(dir: &Path, log: &Arc<Log>) -> Result<Tree, TreeError> {
    Tree::open(Arc::clone(log), dir.join("tree"), "peta.test/record", (&[], &[]))
}

/// Signed, so that the next start knows of it.
async fn sign(tree: &Tree) -> Checkpoint {
    let checkpoint = tree.grow().await.unwrap();
    let mut note = peta_verify::Note::new(&checkpoint.to_string()).unwrap();
    note.sign(&Signer::new("peta.test/record", &[7; 32]).unwrap(), 0);
    tree.publish(note.to_string()).await.unwrap();
    checkpoint
}

#[tokio::test]
async fn it_is_the_tree_of_its_entries() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(dir.path());
    let tree = tree(dir.path(), &log).unwrap();
    for more in [0, 1, 2, 60, 130, 700] {
        write(&log, more);
        let checkpoint = tree.grow().await.unwrap();
        assert_eq!(checkpoint.size, log.next() - 1);
        let entries = tree.entries(0..checkpoint.size).await.unwrap().unwrap();
        let mut edge = peta_verify::Edge::default();
        entries.iter().for_each(|entry| edge.push(Hash::of_leaf(entry.as_bytes()), |_, _, _| ()));
        assert_eq!(edge.root(), checkpoint.root);
    }
    // The tiles are those of C2SP: root and proofs come out of them alone.
    let size = tree.size();
    let mut tiles = std::collections::BTreeMap::new();
    for tile in TilePath::all(size) {
        tiles.insert(tile, tree.tile(tile.level, tile.number, tile.width).await.unwrap().unwrap());
    }
    let read = |tile: &TilePath| Ok::<_, peta_verify::NoTile>(tiles[tile].clone());
    let tiled = Tiled { size, read };
    let root = root_of(&tiled, size).unwrap();
    assert_eq!(root, tree.grow().await.unwrap().root);
    for place in [0, 1, 255, 256, size - 1] {
        let leaf = tiled.node(0, place).unwrap();
        check_inclusion(leaf, place, size, root, &prove_inclusion(&tiled, place, size).unwrap()).unwrap();
    }
    assert!(tree.tile(0, size / 256, 256).await.unwrap().is_none());
    assert!(tree.entries(0..size + 1).await.unwrap().is_none());
}

#[tokio::test]
async fn it_goes_on_after_a_start_whatever_a_kill_left_of_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let checkpoint = {
        let log = log(dir.path());
        let tree = tree(dir.path(), &log).unwrap();
        write(&log, 400);
        sign(&tree).await
    };
    let level = |number: u8| dir.path().join(format!("tree/level-{number}"));
    let whole: Vec<Vec<u8>> = (0..2).map(|number| fs::read(level(number)).unwrap()).collect();
    for (number, keep) in [(0, 5 * 32 + 7), (0, 0), (1, 0), (1, 40)] {
        fs::write(level(0), &whole[0]).unwrap();
        fs::write(level(1), &whole[1]).unwrap();
        fs::OpenOptions::new().write(true).open(level(number)).unwrap().set_len(keep).unwrap();
        let log = log(dir.path());
        let again = tree(dir.path(), &log).unwrap();
        assert_eq!(again.grow().await.unwrap(), checkpoint, "{number} {keep}");
        assert_eq!(fs::read(level(1)).unwrap(), whole[1]);
    }
}

#[tokio::test]
async fn a_record_that_lost_its_end_or_was_changed_is_not_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    {
        let log = log(dir.path());
        let tree = tree(dir.path(), &log).unwrap();
        write(&log, 10);
        sign(&tree).await;
    }
    let segment = dir.path().join("00000000000000000001.log");
    let whole = fs::read(&segment).unwrap();

    // The end is gone.
    fs::write(&segment, &whole[..whole.len() - 40]).unwrap();
    let fault = tree(dir.path(), &log(dir.path())).err().unwrap();
    assert!(matches!(fault, TreeError::Shorter { has: 18, .. }), "{fault}");

    // A byte that nothing but the entry holds: the checksum of the frame is made to fit.
    fs::write(&segment, &whole).unwrap();
    let at = whole.windows(6).rposition(|window| window == b"{\"n\":9").unwrap() + 5;
    let mut other = whole.clone();
    other[at] = b'8';
    let frame = (0..at).rev().find(|start| {
        let length = u32::from_le_bytes(other[*start..start + 4].try_into().unwrap()) as usize;
        let body = other.get(start + 8..start + 8 + length);
        body.is_some_and(|body| {
            body.len() > at - start - 8 && crc(&whole[start + 8..start + 8 + length]) == whole[start + 4..start + 8]
        })
    });
    let frame = frame.unwrap();
    let length = u32::from_le_bytes(other[frame..frame + 4].try_into().unwrap()) as usize;
    let sum = crc(&other[frame + 8..frame + 8 + length]);
    other[frame + 4..frame + 8].copy_from_slice(&sum);
    fs::write(&segment, &other).unwrap();
    let fault = tree(dir.path(), &log(dir.path())).err().unwrap();
    assert!(matches!(fault, TreeError::Changed(18)), "{fault}");

    // An older copy of everything but the checkpoint.
    fs::write(&segment, &whole).unwrap();
    let newer = {
        let log = log(dir.path());
        let tree = tree(dir.path(), &log).unwrap();
        write(&log, 1);
        sign(&tree).await
    };
    assert_eq!(newer.size, 22);
    fs::write(&segment, &whole).unwrap();
    let fault = tree(dir.path(), &log(dir.path())).err().unwrap();
    assert!(matches!(fault, TreeError::Shorter { has: 20, .. }), "{fault}");
}

/// An entry that no checkpoint speaks of may be lost: a power cut takes it where the disk was not waited for.
#[tokio::test]
async fn what_was_not_signed_may_be_lost() {
    let dir = tempfile::tempdir().unwrap();
    {
        let log = log(dir.path());
        let tree = tree(dir.path(), &log).unwrap();
        write(&log, 4);
        sign(&tree).await;
        write(&log, 2);
        tree.grow().await.unwrap();
    }
    let segment = dir.path().join("00000000000000000001.log");
    let file = fs::OpenOptions::new().write(true).open(&segment).unwrap();
    file.set_len(file.metadata().unwrap().len() - 30).unwrap();
    let log = log(dir.path());
    let tree = tree(dir.path(), &log).unwrap();
    assert_eq!((tree.size(), log.next()), (11, 12));
    write(&log, 1);
    assert_eq!(tree.grow().await.unwrap().size, 13);
    // And the start after that finds what it should.
    drop(tree);
    assert_eq!(Tree::open(log, dir.path().join("tree"), "peta.test/record", (&[], &[])).unwrap().size(), 13);
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(bytes).to_le_bytes()
}

/// What a witness said that it has stops a start as long as the record is the one that it did not know.
#[tokio::test]
async fn what_a_witness_said_is_held_against_the_record_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(dir.path());
    write(&log, 30);
    let first = sign(&tree(dir.path(), &log).unwrap()).await;
    write(&log, 10);
    let ours = tree(dir.path(), &log).unwrap();
    let root = |size| ours.root(size);
    let (first_root, other) = (root(first.size).await.unwrap(), Hash([1; 32]));
    assert_eq!(first_root, first.root);
    let size = ours.size();
    drop(ours);
    let held = |log_name: &str, size: u64, root: Option<Hash>| {
        let (witness, root) = ("w".to_owned(), root.map(|root| root.to_string()));
        let apart = Apart { witness, log: log_name.to_owned(), size, root };
        Tree::open(Arc::clone(&log), dir.path().join("tree"), "peta.test/record", (&[], &[apart])).map(drop)
    };
    let is_apart = |found| matches!(found, Err(TreeError::Apart(_)));
    assert!(is_apart(held("peta.test/record", size + 1, None)), "more than there is");
    assert!(is_apart(held("peta.test/record", first.size, Some(first.root))), "still the one that was not known");
    // The newest record was put back: the witness is asked again.
    assert!(held("peta.test/record", size, None).is_ok());
    assert!(held("peta.test/record", first.size, Some(other)).is_ok());
    // Of another log, such as the one before a fork.
    assert!(held("peta.test/record-2", size + 1, None).is_ok());
}

/// Every proof of a log that grows, out of its files.
#[tokio::test]
async fn it_proves_that_it_only_grew() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(dir.path());
    let tree = tree(dir.path(), &log).unwrap();
    let mut known = vec![tree.grow().await.unwrap()];
    for more in [1, 1, 3, 90, 170, 400] {
        write(&log, more);
        let new = tree.grow().await.unwrap();
        for old in &known {
            let proof = tree.prove_consistency(old.size, new.size).await.unwrap();
            let (old, new) = ((old.size, old.root), (new.size, new.root));
            assert_eq!(peta_verify::check_consistency(old, new, &proof), Ok(()), "{old:?} {new:?}");
            assert!(peta_verify::check_consistency((old.0, Hash([1; 32])), new, &proof).is_err());
        }
        known.push(new);
    }
}
