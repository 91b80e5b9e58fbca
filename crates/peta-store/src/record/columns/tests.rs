//! Columns in memory and in a file, held against each other; and files that are not as they were written.

use std::{fs, path::Path};

use peta_audit::{Ending, Intent};
use peta_model::{BootId, Code, Id, Moment, Outcome};

use super::{shape::GROUP, *};
use crate::record::{Entry, Log, Owner, Place, Privy, Told, start, walk::Gap};

const BOOT: BootId = Id::from_bytes([3; 16]);
const OWNER: Owner = Owner { install: Id::from_bytes([1; 16]), tenant: Id::from_bytes([2; 16]) };

fn open(dir: &Path, limit: u64) -> std::sync::Arc<Log> {
    start(Place { dir: dir.join("record"), owner: OWNER, limit }, Moment::from_micros(0)).unwrap().log
}

fn intent(number: usize) -> Intent {
    let mut intent =
        Intent::of_core(Id::from_bytes([number as u8; 16]), Moment::from_micros(0), "core.start", String::new());
    intent.time = Moment::from_micros(number as i64 * 1_500);
    intent.capability = [Some("read"), Some("file:///a"), None][number % 3].map(str::to_owned);
    intent.session = Some(format!("s{}", number % 70_000));
    intent.reasons = vec!["fs".into(), "git/tool:push".into()];
    intent
}

/// A file with more events than a group has, one of which ends in the next file.
fn fill(dir: &Path) -> Vec<std::path::PathBuf> {
    let log = open(dir, 3_000_000);
    let late = log.append(&Entry::Intent(Told::of(&intent(0), Privy::Plain))).unwrap();
    log.append(&Entry::Boot(BOOT, Moment::from_micros(0))).unwrap();
    let mut number = 1;
    while log.full().len() < 2 {
        let told = intent(number);
        let ending = Ending { code: (number % 5 == 0).then_some(Code::SERVER_GARBAGE), ..Ending::of(Outcome::Error) };
        if number % 2 == 0 {
            log.append(&Entry::Whole(Told::of(&told, Privy::Plain), ending)).unwrap();
        } else {
            let event = log.append(&Entry::Intent(Told::of(&told, Privy::Plain))).unwrap();
            log.append(&Entry::Ending(event, ending)).unwrap();
        }
        if log.full().len() == 1 && number % 1_000 == 0 {
            log.append(&Entry::Ending(late, ending)).unwrap();
        }
        number += 1;
    }
    log.full().iter().map(|part| part.path.clone()).collect()
}

/// All that columns say, as text.
fn all(columns: &dyn Columns) -> std::io::Result<String> {
    let mut told = format!("{:?} {:?} {:?}", columns.groups(), columns.gaps(), columns.boots());
    let mut column = Vec::new();
    for group in 0..columns.groups().len() {
        for which in EVERY {
            columns.column(group, which, &mut column)?;
            told += &format!("{which:?} {column:?}");
        }
    }
    for dictionary in WORDS {
        told += &format!("{:?}", columns.words(dictionary)?);
    }
    Ok(told)
}

const EVERY: [Column; 14] = [
    Column::Number,
    Column::Intent,
    Column::End,
    Column::Time,
    Column::Id,
    Column::Decision,
    Column::Outcome,
    Column::Kind,
    Column::Agent,
    Column::Server,
    Column::Capability,
    Column::Session,
    Column::Reasons,
    Column::Code,
];

const WORDS: [Dictionary; 7] = [
    Dictionary::Kind,
    Dictionary::Agent,
    Dictionary::Server,
    Dictionary::Capability,
    Dictionary::Session,
    Dictionary::Reasons,
    Dictionary::Code,
];

fn made(log: &Path) -> (Builder, Of) {
    let (file, length) = (fs::File::open(log).unwrap(), log.metadata().unwrap().len());
    let mut made = Builder::new(64);
    // In steps, as the end of the record is read.
    for to in [64, 64] {
        made.read(&file, to).unwrap();
    }
    made.read(&file, length).unwrap();
    (made, Of::entries(&file, length).unwrap())
}

#[test]
fn a_file_says_what_memory_says() {
    let dir = tempfile::tempdir().unwrap();
    let logs = fill(dir.path());
    for (at, log) in logs.iter().enumerate() {
        let ((made, of), path) = (made(log), ColumnFile::path(log).unwrap());
        ColumnFile::keep(&path, of, &made).unwrap();
        let kept = ColumnFile::open(&path, of).unwrap();
        assert!(all(&kept).unwrap() == all(&made).unwrap());
        assert_eq!(kept.groups().len(), 2, "more than a group, {GROUP}");
        // The first event's ending is found where it is, and only there.
        assert_eq!((kept.late(1).is_some(), made.late(1).is_some()), (at == 1, at == 1));
        assert_eq!(kept.late(3), None);
        // The run is told where it began, and where a later file did.
        let [(from, boot)] = *kept.boots() else { panic!("{:?}", kept.boots()) };
        assert_eq!((boot, from == 2), (BOOT, at == 0), "{from}");
        // What is not public, and what is not there, is one word.
        let capabilities = kept.words(Dictionary::Capability).unwrap().into_owned();
        assert_eq!(capabilities.all().filter(|word| !word.is_empty()).collect::<Vec<_>>(), [b"read"]);
        assert_eq!(kept.words(Dictionary::Reasons).unwrap().all().last().unwrap(), b"fs\ngit/tool:push");
        let length = path.metadata().unwrap().len();
        assert!(length < log.metadata().unwrap().len() / 2, "{length}");
    }
}

#[test]
fn a_changed_file_is_unfit_wherever_it_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 2_000);
    while log.full().is_empty() {
        log.append(&Entry::Whole(Told::of(&intent(1), Privy::Plain), Ending::of(Outcome::Ok))).unwrap();
    }
    let log = log.full()[0].path.clone();
    let ((made, of), path) = (made(&log), ColumnFile::path(&log).unwrap());
    ColumnFile::keep(&path, of, &made).unwrap();
    let (whole, bytes) = (all(&made).unwrap(), fs::read(&path).unwrap());
    let read = || ColumnFile::open(&path, of).and_then(|kept| all(&kept));
    assert_eq!(read().unwrap(), whole);
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x10;
        fs::write(&path, &other).unwrap();
        assert!(is_unfit(&read().unwrap_err()), "flipped at {at}");
        fs::write(&path, &bytes[..at]).unwrap();
        assert!(is_unfit(&read().unwrap_err()), "cut at {at}");
    }
    fs::write(&path, &bytes).unwrap();
    assert_eq!(read().unwrap(), whole);
    // Other entries: of another file, fewer, or with another end.
    let file = fs::File::open(&log).unwrap();
    let length = log.metadata().unwrap().len();
    assert!(is_unfit(&ColumnFile::open(&path, Of::entries(&file, length - 1).unwrap()).unwrap_err()));
    let mut entries = fs::read(&log).unwrap();
    *entries.last_mut().unwrap() ^= 1;
    fs::write(&log, entries).unwrap();
    assert!(is_unfit(&ColumnFile::open(&path, Of::entries(&file, length).unwrap()).unwrap_err()));
}

#[test]
fn damage_is_noted_and_an_ending_without_its_intent_is_late() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 500);
    let event = log.append(&Entry::Intent(Told::of(&intent(1), Privy::Plain))).unwrap();
    let at = log.view().end().unwrap().to;
    while log.full().is_empty() {
        log.append(&Entry::Ending(event, Ending::of(Outcome::Ok))).unwrap();
    }
    let path = log.full()[0].path.clone();
    let mut bytes = fs::read(&path).unwrap();
    let hit = usize::try_from(at).unwrap() - 3;
    bytes[hit] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (made, _) = made(&path);
    assert!(made.groups().is_empty());
    assert!(made.late(event).is_some());
    let [Gap { offset, bytes }] = made.gaps() else { panic!("{:?}", made.gaps()) };
    assert_eq!(offset + bytes, at);
}
