use peta_model::Moment;
use proptest::prelude::*;

use super::*;
use crate::sample::{Counting, INSTALL, TENANT, key};

fn file(keks: usize) -> KeyFile {
    let root = LocalRoot::new(key(0xab));
    let mut random = Counting(0);
    let row = |_| {
        let now = Moment::from_micros(1_700_000_000_000_000);
        KekRow::make(&root, (INSTALL, TENANT, Purpose::Payload), now, &mut random).ok().unwrap().0
    };
    let keks = (0..keks).map(row).collect();
    KeyFile { install: INSTALL, root, keks }
}

fn refused(text: &str) -> Option<KeyFileError> {
    KeyFile::parse(text).err()
}

/// Lines with a right checksum behind them.
fn closed(lines: &str) -> String {
    let mut text = lines.to_owned();
    lines::finish(&mut text);
    text
}

#[test]
fn what_is_written_is_read() {
    let mut file = file(2);
    file.keks[0].state = KekState::Retiring;
    file.keks[1].reserved = 4_096;
    let text = file.write();
    assert!(text.capacity() > text.len(), "it was not moved");
    let read = KeyFile::parse(&text).ok().unwrap();
    assert_eq!((read.install, &read.keks), (INSTALL, &file.keks));
    assert!(read.root.key().with(|bytes| *bytes == [0xab; 32]));
    assert!(read.keks[0].unwrap(&read.root, INSTALL).is_ok());
    assert_eq!(read.write().as_str(), text.as_str());
}

#[test]
fn its_lines() {
    let text = file(0).write();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "peta key file 1");
    assert!(lines[1].starts_with("# "));
    assert_eq!(lines[2], "install 11111111111111111111111111111111");
    assert_eq!(lines[3], format!("root {}", "ab".repeat(32)));
    assert!(lines[4].starts_with("check ") && lines[4].len() == 22 && lines.len() == 5);
}

#[test]
fn a_line_is_never_longer_than_its_room() {
    let mut file = file(1);
    file.keks[0].state = KekState::Retiring;
    file.keks[0].made = Moment::from_micros(i64::MIN);
    file.keks[0].reserved = u64::MAX;
    let text = file.write();
    assert!(text.lines().all(|line| line.len() < LINE), "{:?}", text.lines().map(str::len).max());
    assert!(KeyFile::parse(&text).is_ok());
}

#[test]
fn any_changed_byte_is_noticed() {
    let text = file(1).write();
    // A comment may hold anything, but not unnoticed.
    for at in 0..text.len() {
        for other in [b'0', b'x', b'\n', b' ', b'#'] {
            let mut bytes = text.as_bytes().to_vec();
            if std::mem::replace(&mut bytes[at], other) != other {
                assert!(refused(&String::from_utf8(bytes).unwrap()).is_some(), "at {at}");
            }
        }
    }
    for length in 0..text.len() {
        assert!(refused(&text[..length]).is_some(), "cut at {length}");
    }
}

#[test]
fn what_is_no_key_file() {
    let head = format!("{FIRST}\ninstall {}\nroot {}\n", "11".repeat(16), "ab".repeat(32));
    assert_eq!(refused(&closed(&head)), None);
    assert_eq!(refused(""), Some(KeyFileError::OtherForm));
    assert_eq!(refused("peta key file 10\n"), Some(KeyFileError::OtherForm));
    assert_eq!(refused(&"x".repeat(LIMIT + 1)), Some(KeyFileError::TooLong));
    assert_eq!(refused(&head), Some(KeyFileError::NoChecksum));
    assert_eq!(refused("peta key file 1\n"), Some(KeyFileError::NoChecksum));
    assert_eq!(refused(closed(&head).trim_end()), Some(KeyFileError::NoChecksum));
    assert_eq!(refused(&closed(&head).replace('\n', "\r\n")), Some(KeyFileError::OtherForm));
    assert_eq!(refused(&closed(&head).replace("root", "Root")), Some(KeyFileError::Checksum));
    assert_eq!(refused(&closed(&format!("{FIRST}\n"))), Some(KeyFileError::Missing("install")));
    let no_root = format!("{FIRST}\ninstall {}\n", "11".repeat(16));
    assert_eq!(refused(&closed(&no_root)), Some(KeyFileError::Missing("root")));
    let lines = [
        ("", KeyFileError::Line(4)),
        ("more", KeyFileError::Line(4)),
        ("more things", KeyFileError::Line(4)),
        ("install 11", KeyFileError::Twice(4)),
        ("root 11", KeyFileError::Twice(4)),
        ("kek", KeyFileError::Line(4)),
        ("kek a b c", KeyFileError::Line(4)),
    ];
    for (line, why) in lines {
        assert_eq!(refused(&closed(&format!("{head}{line}\n"))), Some(why), "{line}");
    }
    let text = file(1).write();
    let kek = text.lines().find(|line| line.starts_with("kek")).unwrap();
    assert_eq!(refused(&closed(&format!("{head}{kek}\n"))), None);
    assert_eq!(refused(&closed(&format!("{head}{kek}\n{kek}\n"))), Some(KeyFileError::Twice(5)));
    assert_eq!(refused(&closed(&format!("{FIRST}\n{kek}\n"))), Some(KeyFileError::Missing("root")));
    let spoilt = [
        format!("{kek} 0"),
        kek.replace(" payload ", " thing "),
        kek.replace(" current ", " new "),
        kek.replace(" 0 ", " 00 "),
        kek.replace(" 0 ", " +0 "),
        kek.replace(" 17", " 1 7"),
        kek[..kek.len() - 2].to_owned(),
    ];
    for kek in spoilt {
        assert_eq!(refused(&closed(&format!("{head}{kek}\n"))), Some(KeyFileError::Line(4)), "{kek}");
    }
}

#[test]
fn an_error_says_nothing_of_the_key() {
    let text = closed(&format!("{FIRST}\ninstall {}\nroot {}x\n", "11".repeat(16), "ab".repeat(32)));
    let why = refused(&text).unwrap();
    assert_eq!((why, why.to_string().contains("ab")), (KeyFileError::Line(3), false));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}", lines in "(install|root|kek|check|#)[ 0-9a-f\n]{0,80}") {
        let _ = KeyFile::parse(&text);
        let _ = KeyFile::parse(&closed(&format!("{FIRST}\n{lines}\n")));
    }
}
