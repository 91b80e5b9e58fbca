use peta_model::{Moment, SubjectId};
use proptest::prelude::*;

use super::{ErasedSubject, KEEP, PayloadFile, PayloadFileError, PayloadKek, night_after};
use crate::{
    keys::{KekId, KekRow, Purpose, ROTATE_AT},
    root::LocalRoot,
    sample::{Counting, INSTALL, TENANT, key},
};

const NOON: i64 = 1_700_049_600_000_000;
const DAY: i64 = 86_400_000_000;

fn at(micros: i64) -> Moment {
    Moment::from_micros(micros)
}

fn row(byte: u64) -> KekRow {
    let root = LocalRoot::new(key(3));
    KekRow::make(&root, (INSTALL, TENANT, Purpose::Payload), at(NOON), &mut Counting(byte)).unwrap().0
}

fn subject(byte: u8) -> SubjectId {
    SubjectId::from_bytes([byte; 16])
}

fn file() -> PayloadFile {
    let keks = vec![PayloadKek { row: row(0), until: None }];
    PayloadFile { install: INSTALL, keks, erased: vec![], destroyed: vec![] }
}

#[test]
fn what_is_written_is_read_again() {
    let mut file = file();
    assert_eq!(PayloadFile::parse(&file.write()), Ok(file.clone()));
    file.erase(subject(1), file.keks[0].row.id, at(NOON));
    file.exchange(row(100), at(NOON + DAY));
    file.erase(subject(2), file.keks[1].row.id, at(-5));
    file.destroyed = vec![KekId::from_bytes([9; 16]), KekId::from_bytes([8; 16])];
    assert_eq!(PayloadFile::parse(&file.write()), Ok(file));
}

#[test]
fn what_was_changed_is_refused_wherever_it_was() {
    let mut file = file();
    file.erase(subject(1), file.keks[0].row.id, at(NOON));
    let text = file.write();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let changed = String::from_utf8(bytes).unwrap();
        assert!(PayloadFile::parse(&changed).is_err(), "byte {at}");
        assert!(PayloadFile::parse(&text[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(PayloadFile::parse("peta key file 1\n"), Err(PayloadFileError::OtherForm));
    assert_eq!(PayloadFile::parse(&" ".repeat(super::LIMIT + 1)), Err(PayloadFileError::TooLong));
}

#[test]
fn what_may_stand_once_stands_once() {
    let mut twice = file();
    twice.keks.push(twice.keks[0].clone());
    assert_eq!(PayloadFile::parse(&twice.write()), Err(PayloadFileError::Twice(5)));
    // Two current keys would be two answers to one question.
    twice.keks[1].row = row(100);
    assert_eq!(PayloadFile::parse(&twice.write()), Err(PayloadFileError::Twice(5)));
    let mut erased = file();
    let one = ErasedSubject { subject: subject(1), kek: erased.keks[0].row.id, at: at(1) };
    erased.erased = vec![one, one];
    assert_eq!(PayloadFile::parse(&erased.write()), Err(PayloadFileError::Twice(6)));
}

#[test]
fn a_night_lies_behind_every_moment() {
    let two = NOON - 10 * 3_600_000_000;
    assert_eq!(night_after(at(NOON)), at(two + DAY));
    assert_eq!(night_after(at(two)), at(two + DAY), "at two it is the next one");
    assert_eq!(night_after(at(two - 1)), at(two));
    assert_eq!(night_after(at(-1)), at(7_200_000_000));
    assert!(night_after(at(i64::MIN)) < at(0) && night_after(at(i64::MAX)) == at(i64::MAX));
}

/// The whole life of a key, by the clock.
#[test]
fn an_erasure_exchanges_the_key_and_thirty_days_later_it_is_gone() {
    let mut file = file();
    let old = file.keks[0].row.id;
    assert!(!file.is_due(at(i64::MAX)), "nobody was erased");
    let promised = file.erase(subject(1), old, at(NOON));
    let night = night_after(at(NOON));
    assert_eq!(promised, night.after(KEEP));
    assert_eq!(file.erase(subject(1), old, at(NOON + 5)), promised, "once is enough");
    assert!(!file.is_due(at(night.micros() - 1)) && file.is_due(night));

    file.exchange(row(100), night);
    let new = file.current().unwrap().row.id;
    assert!(new != old && !file.is_due(at(i64::MAX)), "it is exchanged once");
    assert_eq!((file.over(at(promised.micros() - 1)), file.over(promised)), (vec![], vec![old]));
    assert_eq!(PayloadFile::parse(&file.write()), Ok(file.clone()));

    // Another one, meanwhile: under the new key, and one whose key was not wrapped anew yet.
    let later = at(night.micros() + DAY);
    assert_eq!(file.erase(subject(2), new, later), night_after(later).after(KEEP));
    assert_eq!(file.erase(subject(3), old, later), promised);
    file.exchange(row(200), night_after(later));
    assert_eq!(file.kek(old).unwrap().until, Some(promised), "it is not kept longer for that");

    file.destroy(old);
    assert!(file.kek(old).is_none() && file.destroyed == [old]);
    assert_eq!(file.erased.iter().map(|one| one.subject).collect::<Vec<_>>(), [subject(2)]);
    assert_eq!(file.erase(subject(4), old, later), later, "nothing opens it any more");
}

/// A clock that was ahead at an exchange, and is right again at the next: what is promised is when the last backup closes.
#[test]
fn keys_go_in_the_order_in_which_they_came_whatever_the_clock_said() {
    let mut file = file();
    let first = file.keks[0].row.id;
    let ahead = at(NOON + 400 * DAY);
    file.exchange(row(100), ahead);
    let second = file.current().unwrap().row.id;
    let promised = file.erase(subject(1), second, at(NOON));
    file.exchange(row(200), night_after(at(NOON)));
    assert_eq!(promised, ahead.after(KEEP), "a backup of before the first exchange opens until then");
    assert_eq!((file.kek(first).unwrap().until, file.kek(second).unwrap().until), (Some(promised), Some(promised)));
    assert_eq!(file.over(at(promised.micros() - 1)), []);
    assert_eq!(file.over(promised), [first, second]);
}

#[test]
fn a_key_that_wrapped_much_is_exchanged_too() {
    let mut file = file();
    file.keks[0].row.reserved = ROTATE_AT - 1;
    assert!(!file.is_due(at(NOON)));
    file.keks[0].row.reserved = ROTATE_AT;
    assert!(file.is_due(at(NOON)));
}

/// Lines with a right checksum behind them.
fn closed(lines: &str) -> String {
    let mut text = lines.to_owned();
    crate::lines::finish(&mut text);
    text
}

#[test]
fn a_line_is_as_the_page_says_or_refused() {
    let mut file = file();
    file.erase(subject(1), file.keks[0].row.id, at(NOON));
    let text = file.write();
    let lines: Vec<&str> = text.lines().collect();
    let (head, kek, erased) = (lines[..3].join("\n"), lines[3], lines[4]);
    let refused = |line: &str| PayloadFile::parse(&closed(&format!("{head}\n{line}\n"))).err();
    for good in [kek, erased, "# a note", &format!("destroyed {}", "0".repeat(32))] {
        assert_eq!(refused(good), None, "{good}");
    }
    let spoilt = [
        String::new(),
        "more".into(),
        "kek".into(),
        format!("{kek} 0"),
        kek.replace(" - ", " "),
        kek.replace(" - ", " -- "),
        kek.replace(" - ", " 01 "),
        kek.replace(" 0 ", " +0 "),
        kek.replace(" 0 ", " -1 "),
        kek[..kek.len() - 2].to_owned(),
        kek.to_uppercase().replace("KEK", "kek"),
        format!("{erased} 1"),
        erased.replace(" 17", " 1 7"),
        format!("destroyed {}", "0".repeat(31)),
    ];
    for line in spoilt {
        assert_eq!(refused(&line), Some(PayloadFileError::Line(4)), "{line}");
    }
    assert_eq!(refused(&format!("install {}", "11".repeat(16))), Some(PayloadFileError::Twice(4)));
    assert_eq!(PayloadFile::parse(&closed("peta payload keys 1\n")), Err(PayloadFileError::NoInstall));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}", lines in "(install|kek|erased|destroyed|check|#)[ 0-9a-f\n-]{0,200}") {
        let _ = PayloadFile::parse(&text);
        let head = format!("peta payload keys 1\ninstall {}\n{lines}\n", "11".repeat(16));
        if let Ok(file) = PayloadFile::parse(&closed(&head)) {
            prop_assert_eq!(PayloadFile::parse(&file.write()), Ok(file));
        }
    }
}
