//! What the task does in one of its turns.

use std::{fs, path::Path};

use peta_audit::{Ending, Intent};
use peta_model::{EventId, Id, Moment, Outcome};

use super::*;
use crate::record::{Owner, Place, Told, start};

fn full(dir: &Path, damaged: bool) -> Arc<Log> {
    let owner = Owner { install: Id::from_bytes([1; 16]), tenant: Id::from_bytes([2; 16]) };
    let place = Place { dir: dir.to_owned(), owner, limit: 2_000 };
    let log = start(place, Moment::from_micros(0)).unwrap().log;
    let told = Intent::of_core(EventId::from_bytes([3; 16]), Moment::from_micros(1), "core.start", String::new());
    while log.full().len() < 3 {
        log.append(&Entry::Whole(Told::of_core(&told), Ending::of(Outcome::Ok))).unwrap();
    }
    if damaged {
        let path = log.full()[1].path.clone();
        let mut bytes = fs::read(&path).unwrap();
        bytes[1_000] ^= 1;
        fs::write(path, bytes).unwrap();
    }
    log
}

fn files(dir: &Path) -> usize {
    fs::read_dir(dir.join("index")).unwrap().count()
}

#[tokio::test]
async fn full_files_get_columns_and_their_damage_is_told() {
    for damaged in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let log = full(dir.path(), damaged);
        let (next, closing) = (log.next(), watch::Sender::new(false));
        assert_eq!(make_columns(&log, &closing.subscribe()).await, 0);
        assert!(log.full().iter().all(|part| part.has_columns()));
        assert_eq!(files(dir.path()), 3);
        // An event of two numbers for one place, and none the second time.
        assert_eq!(log.next() - next, if damaged { 2 } else { 0 });
        assert_eq!(make_columns(&log, &closing.subscribe()).await, 0);
        assert_eq!(log.next() - next, if damaged { 2 } else { 0 });
    }
}

#[tokio::test]
async fn where_columns_cannot_be_kept_they_are_not_made_each_second() {
    let dir = tempfile::tempdir().unwrap();
    let log = full(dir.path(), false);
    fs::write(dir.path().join("index"), "in the way").unwrap();
    let closing = watch::Sender::new(false);
    assert_eq!(make_columns(&log, &closing.subscribe()).await, PAUSE);
    // Whoever searches has some all the same.
    assert_eq!(log.full()[0].columns().unwrap().groups().len(), 1);
    fs::remove_file(dir.path().join("index")).unwrap();
    assert_eq!(make_columns(&log, &closing.subscribe()).await, 0);
    assert_eq!(files(dir.path()), 3);
}

#[tokio::test]
async fn a_store_that_closes_is_not_held_up() {
    let dir = tempfile::tempdir().unwrap();
    let log = full(dir.path(), false);
    let closing = watch::Sender::new(true);
    assert_eq!(make_columns(&log, &closing.subscribe()).await, 0);
    assert!(!dir.path().join("index").exists());
}
