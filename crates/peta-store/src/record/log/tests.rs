//! Files as they are after kills, power cuts and accidents, and what a start makes of them.

use std::{fs, os::unix::fs::FileExt, path::Path, sync::Arc};

use peta_audit::{Caller, Ending, Intent};
use peta_model::{Decision, EventId, EventKind, Id, Outcome};

use super::*;
use crate::record::{
    Privy,
    entry::Told,
    frame::HEAD,
    segment::{self, Owner},
    start::{StartError, Started, start},
};

const OWNER: Owner = Owner { install: Id::from_bytes([1; 16]), tenant: Id::from_bytes([2; 16]) };

fn place(dir: &Path, limit: u64) -> Place {
    Place { dir: dir.join("record"), owner: OWNER, limit }
}

fn open(dir: &Path, limit: u64) -> Started {
    start(place(dir, limit), Moment::from_micros(0)).unwrap()
}

fn intent(time: i64) -> Intent {
    Intent {
        id: EventId::from_bytes([9; 16]),
        time: Moment::from_micros(time),
        kind: EventKind::ToolCall,
        caller: Caller::default(),
        session: None,
        server: None,
        capability: Some("a tool".into()),
        decision: Decision::Allow,
        reasons: vec![],
        request_bytes: 0,
        detail: None,
        concerns: None,
        facts: Default::default(),
    }
}

fn begin(log: &Log, time: i64) -> u64 {
    log.append(&Entry::Intent(Told::of(&intent(time), Privy::Plain))).unwrap()
}

fn finish(log: &Log, event: u64) -> u64 {
    log.append(&Entry::Ending(event, Ending { duration_us: 10, ..Ending::of(Outcome::Ok) })).unwrap()
}

/// The numbers of what is open.
fn left(started: &Started) -> Vec<u64> {
    started.open.iter().map(|open| open.event).collect()
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    segment::list(&dir.join("record")).unwrap().into_iter().map(|segment| segment.path).collect()
}

#[test]
fn a_start_finds_the_end_and_what_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), u64::MAX).log;
    let (first, second) = (begin(&log, 100), begin(&log, 200));
    finish(&log, first);
    drop(log);
    let started = open(dir.path(), u64::MAX);
    assert_eq!((left(&started), started.log.next(), started.sign), (vec![second], 4, 200));
    // After a good end nothing is read but the last entry; a start that looks finds the same.
    finish(&started.log, second);
    started.log.close(Moment::from_micros(300)).unwrap();
    assert!(matches!(started.log.append(&Entry::Mark(Moment::from_micros(0))), Err(Unwritten::Closed)));
    let started = open(dir.path(), u64::MAX);
    assert_eq!((left(&started), started.log.next(), started.sign), (vec![], 6, 300));
    begin(&started.log, 400);
    drop(started);
    let started = open(dir.path(), u64::MAX);
    assert_eq!((left(&started), started.log.next(), started.sign), (vec![6], 7, 400));
}

#[test]
fn a_cut_at_any_byte_loses_nothing_that_was_whole() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), u64::MAX).log;
    let event = begin(&log, 100);
    let whole = files(dir.path())[0].metadata().unwrap().len();
    finish(&log, event);
    drop(log);
    let path = &files(dir.path())[0];
    let bytes = fs::read(path).unwrap();
    for cut in usize::try_from(whole).unwrap()..bytes.len() {
        // Cut, and cut with what a power cut leaves: zeros, or garbage.
        for tail in [vec![], vec![0; 5000], vec![0xA5; 5000]] {
            fs::write(path, [&bytes[..cut], &tail].concat()).unwrap();
            let started = open(dir.path(), u64::MAX);
            assert_eq!((left(&started), started.log.next()), (vec![event], 2), "{cut}");
            assert!(started.damage.is_empty());
            assert_eq!(path.metadata().unwrap().len(), whole);
            // What comes next is written in its place.
            assert_eq!(finish(&started.log, event), 2);
            drop(started);
            assert_eq!(left(&open(dir.path(), u64::MAX)), [0; 0]);
        }
    }
}

#[test]
fn damage_in_the_middle_is_told_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), u64::MAX).log;
    let first = begin(&log, 100);
    let at = files(dir.path())[0].metadata().unwrap().len();
    let lost = begin(&log, 200);
    let until = files(dir.path())[0].metadata().unwrap().len();
    let third = begin(&log, 300);
    drop(log);
    let path = &files(dir.path())[0];
    let bytes = fs::read(path).unwrap();
    for hit in usize::try_from(at).unwrap()..usize::try_from(until).unwrap() {
        let mut damaged = bytes.clone();
        damaged[hit] ^= 0x10;
        fs::write(path, &damaged).unwrap();
        let started = open(dir.path(), u64::MAX);
        assert_eq!((left(&started), started.log.next()), (vec![first, third], 4), "{hit}");
        let damage = Damage { path: path.clone(), offset: at, bytes: until - at };
        assert_eq!(started.damage, [damage]);
        // The damaged file stays as it is; the next entries go to another.
        finish(&started.log, third);
        assert_eq!(fs::read(path).unwrap(), damaged);
        let next = &files(dir.path())[1];
        assert!(next.ends_with("00000000000000000004.log"));
        fs::remove_file(next).unwrap();
    }
    assert_eq!(lost, 2);
}

#[test]
fn full_files_are_followed_by_others_that_know_what_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 1000).log;
    let (slow, act) = (begin(&log, 5), intent(6));
    let act = log.append(&Entry::Intent(Told { act: true, ..Told::of(&act, Privy::Plain) })).unwrap();
    for time in 10..100 {
        let event = begin(&log, time);
        finish(&log, event);
    }
    assert!(files(dir.path()).len() > 5);
    let next = log.next();
    drop(log);
    // Only the last file is needed.
    for path in &files(dir.path())[..files(dir.path()).len() - 1] {
        fs::write(path, &fs::read(path).unwrap()[..segment::HEAD]).unwrap();
    }
    let started = open(dir.path(), 1000);
    assert_eq!((left(&started), started.log.next()), (vec![slow, act], next));
    assert_eq!((started.open[0].act, started.open[1].act, started.open[0].time), (false, true, 5));
    assert!(started.sign >= 100);
}

#[test]
fn a_file_that_was_not_finished_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), u64::MAX).log;
    let event = begin(&log, 100);
    drop(log);
    let whole = fs::read(&files(dir.path())[0]).unwrap();
    let other = dir.path().join("record/00000000000000000002.log");
    for cut in 0..segment::HEAD + 20 {
        fs::write(&other, &whole[..cut]).unwrap();
        let started = open(dir.path(), u64::MAX);
        assert_eq!((left(&started), started.log.next(), other.exists()), (vec![event], 2, false), "{cut}");
    }
    // Larger than a beginning can be: kept under another name, and told.
    fs::write(&other, vec![0; 100_000]).unwrap();
    let started = open(dir.path(), u64::MAX);
    assert_eq!((left(&started), started.damage.len(), other.exists()), (vec![event], 1, false));
    assert!(other.with_extension("log.damaged").exists());
}

#[test]
fn what_was_open_is_known_though_the_start_of_the_last_file_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 400).log;
    let slow = begin(&log, 5);
    while files(dir.path()).len() < 2 {
        let event = begin(&log, 6);
        finish(&log, event);
    }
    drop(log);
    let file = fs::OpenOptions::new().write(true).open(files(dir.path()).last().unwrap()).unwrap();
    file.write_all_at(&[0xFF; HEAD], u64::try_from(segment::HEAD).unwrap()).unwrap();
    let started = open(dir.path(), 400);
    assert!(left(&started).contains(&slow) && started.damage.len() == 1, "{started:?}");
}

#[test]
fn files_of_others_and_of_later_versions_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), u64::MAX).log;
    begin(&log, 1);
    drop(log);
    let other = Owner { install: Id::from_bytes([3; 16]), ..OWNER };
    let foreign = start(Place { owner: other, ..place(dir.path(), 1) }, Moment::from_micros(0));
    assert!(matches!(foreign, Err(StartError::Foreign(_))));
    let path = &files(dir.path())[0];
    let mut bytes = fs::read(path).unwrap();
    bytes[8] = 2;
    let sum = crate::record::frame::checksum(&bytes[..60]).to_le_bytes();
    bytes[60..64].copy_from_slice(&sum);
    fs::write(path, bytes).unwrap();
    assert!(matches!(start(place(dir.path(), 1), Moment::from_micros(0)), Err(StartError::Newer(_))));
}

#[test]
fn a_text_that_looks_like_an_entry_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), u64::MAX).log;
    let mut fake = Vec::new();
    encode::put(&mut fake, 2, &Entry::Closed(Moment::from_micros(1)));
    // Not even the detail of an act, which may be any text, ends an entry.
    let text = String::from_utf8_lossy(&fake).into_owned();
    let told = Intent { detail: Some(text.clone()), reasons: vec![text], ..intent(1) };
    let event = log.append(&Entry::Intent(Told::of(&told, Privy::Plain))).unwrap();
    drop(log);
    assert_eq!(left(&open(dir.path(), u64::MAX)), [event]);
}

#[test]
fn an_unfinished_write_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), u64::MAX).log;
    let event = begin(&log, 1);
    let path = &files(dir.path())[0];
    let whole = path.metadata().unwrap().len();
    // Half an entry came to the disk, then it was full.
    let file = log.exchange(Arc::new(fs::OpenOptions::new().write(true).open("/dev/full").unwrap()));
    file.write_all_at(&[7; 300], whole).unwrap();
    assert!(log.append(&Entry::Ending(event, Ending::of(Outcome::Ok))).is_err());
    assert!(!log.writable());
    log.exchange(file);
    assert_eq!(finish(&log, event), 2);
    drop(log);
    let started = open(dir.path(), u64::MAX);
    assert_eq!((left(&started), started.log.next(), started.damage.len()), (vec![], 3, 0));
}
