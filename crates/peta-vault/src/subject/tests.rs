use peta_model::SubjectId;

use super::{LOW, NotSealed, SubjectKey};
use crate::sample;

fn key(byte: u8) -> SubjectKey {
    SubjectKey::new(SubjectId::from_bytes([byte; 16]), &sample::key(byte)).unwrap()
}

#[test]
fn what_is_sealed_opens_as_it_was_sealed_and_no_other_way() {
    let key = key(1);
    key.grant(4);
    let sealed = key.seal(b"beside", b"who it was", [7; 12]).unwrap();
    assert_eq!((sealed.len(), sealed.first_chunk::<12>()), (12 + 10 + 16, Some(&[7; 12])));
    assert_eq!(key.open(b"beside", &sealed).as_deref(), Some(b"who it was".as_slice()));
    assert_eq!(key.open(b"besides", &sealed), None);
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(key.open(b"beside", &changed), None, "byte {at}");
        assert_eq!(key.open(b"beside", &sealed[..at]), None, "cut at {at}");
    }
    assert_eq!(super::tests::key(2).open(b"beside", &sealed), None);
    let empty = key.seal(b"", b"", [8; 12]).unwrap();
    assert_eq!(key.open(b"", &empty), Some(Vec::new()));
}

#[test]
fn it_seals_what_was_reserved_and_no_more() {
    let key = key(1);
    assert_eq!(key.seal(b"", b"x", [0; 12]), Err(NotSealed::Spent));
    key.grant(2);
    assert!(!key.has_seals());
    let sealed = key.seal(b"", b"x", [0; 12]).unwrap();
    key.seal(b"", b"x", [1; 12]).unwrap();
    assert_eq!(key.seal(b"", b"x", [2; 12]), Err(NotSealed::Spent));
    assert!(key.open(b"", &sealed).is_some(), "opening is not counted");
    key.grant(LOW);
    assert!(key.has_seals());
    key.grant(u32::MAX);
    assert!(key.has_seals(), "a sum too large is held at its end");
}

#[test]
fn a_wiped_key_does_nothing_and_nothing_of_it_is_printed() {
    let key = key(9);
    key.grant(1);
    let sealed = key.seal(b"", b"x", [0; 12]).unwrap();
    assert_eq!(format!("{key:?}"), format!("SubjectKey({})", "09".repeat(16)));
    key.grant(9);
    key.wipe();
    assert_eq!(key.seal(b"", b"x", [1; 12]), Err(NotSealed::Wiped));
    assert_eq!(key.open(b"", &sealed), None);
}
