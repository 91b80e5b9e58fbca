use peta_model::{InstallId, TenantId};
use proptest::prelude::*;

use super::*;
use crate::{
    Kind, NoRandom, Place,
    keys::{Kek, KekId, Purpose},
    sample::{Counting, Empty, PLACE, kek, key, wrap},
};

const FIELDS_OF_ONE: [(&str, &[u8]); 3] = [("token", b"s3cret"), ("note", b""), ("X-Api-Key", &[0, 255, 10])];

fn sealed() -> Vec<u8> {
    sealed_in(&PLACE, &FIELDS_OF_ONE, &mut Counting(0))
}

fn sealed_in(place: &Place, fields: &[(&str, &[u8])], random: &mut Counting) -> Vec<u8> {
    let kek = kek(9);
    let wrap = wrap(&kek);
    seal((&kek, wrap), place, fields, random).unwrap()
}

fn opened<'a>(bytes: &'a [u8], kek: &Kek, place: &Place) -> Result<Opened<'a>, OpenError> {
    Envelope::parse(bytes)?.open(kek, place)
}

/// Opens all fields, as values; or says why one of them does not open.
fn all(bytes: &[u8], place: &Place) -> Result<Vec<(String, Vec<u8>)>, OpenError> {
    let opened = opened(bytes, &kek(9), place)?;
    opened.fields().map(|(name, _)| Ok((name.to_owned(), opened.open(name)?.to_vec()))).collect()
}

#[test]
fn what_was_sealed_is_opened() {
    let bytes = sealed();
    assert_eq!(bytes.capacity(), bytes.len(), "written without being moved");
    let values = all(&bytes, &PLACE).unwrap();
    let expected: Vec<_> = FIELDS_OF_ONE.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
    assert_eq!(values, expected);
    assert!(!bytes.windows(6).any(|window| window == b"s3cret"));
}

#[test]
fn a_field_is_opened_where_it_is_wanted() {
    let bytes = sealed();
    let opened = opened(&bytes, &kek(9), &PLACE).ok().unwrap();
    let mut room = [7; 8];
    assert_eq!(opened.open_into("token", &mut room), Ok(6));
    assert_eq!(&room, b"s3cret\x07\x07");
    assert_eq!(opened.open_into("token", &mut room[..5]), Err(OpenError::Room(6)));
    assert_eq!(opened.open_into("Token", &mut room), Err(OpenError::NoField));
    assert_eq!((opened.length("note"), opened.length("other")), (Some(0), None));
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let mut bytes = sealed();
    // The last byte of the first field's tag: all of its text is decrypted before the tag is compared.
    let at = HEAD + 1 + 5 + 12 + 4 + 6 + 15;
    bytes[at] ^= 1;
    let opened = opened(&bytes, &kek(9), &PLACE).ok().unwrap();
    let mut room = [7; 8];
    assert_eq!(opened.open_into("token", &mut room), Err(OpenError::Field));
    assert_eq!(room, [0, 0, 0, 0, 0, 0, 7, 7], "nothing of it is readable");
    assert_eq!(opened.open("X-Api-Key").unwrap().as_slice(), [0, 255, 10]);
}

#[test]
fn any_flipped_bit_is_refused() {
    let bytes = sealed();
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(all(&bytes, &PLACE).is_err(), "bit {bit}");
    }
}

#[test]
fn row_swap() {
    let bytes = sealed();
    let elsewhere = [
        Place { install: InstallId::from_bytes([0; 16]), ..PLACE },
        Place { object: [0; 16], ..PLACE },
        Place { version: 6, ..PLACE },
        Place { version: 8, ..PLACE },
        Place { kind: Kind::Fingerprints, ..PLACE },
    ];
    for place in elsewhere {
        assert_eq!(all(&bytes, &place), Err(OpenError::Head), "{place:?}");
    }
    // Another tenant, or another purpose, has other keys; even with the same bytes of a key it is refused.
    for (tenant, kind) in [([1; 16], PLACE.kind), (*PLACE.tenant.as_bytes(), Kind::SubjectKey)] {
        let place = Place { tenant: TenantId::from_bytes(tenant), kind, ..PLACE };
        assert_eq!(all(&bytes, &place), Err(OpenError::OtherKey(kek(9).id)));
        let theirs = Kek { tenant: place.tenant, purpose: place.kind.purpose(), ..kek(9) };
        assert_eq!(opened(&bytes, &theirs, &place).err(), Some(OpenError::Head));
    }
}

#[test]
fn fields_do_not_move() {
    // Two fields of the same length: what stands behind their names is exchanged, or their names are.
    let bytes = sealed_in(&PLACE, &[("a", b"one"), ("b", b"two")], &mut Counting(0));
    let field = 1 + 1 + 12 + 4 + 3 + 16;
    let (first, second) = (HEAD..HEAD + field, HEAD + field..HEAD + 2 * field);
    let reorder = |parts: [&[u8]; 3]| parts.concat();
    let exchanged = reorder([&bytes[..HEAD], &bytes[second.clone()], &bytes[first.clone()]]);
    assert_eq!(all(&exchanged, &PLACE), Err(OpenError::Field));
    let mut renamed = bytes.clone();
    renamed[HEAD + 1] = b'b';
    renamed[HEAD + field + 1] = b'a';
    assert_eq!(all(&renamed, &PLACE), Err(OpenError::Field));
    let mut fewer = bytes[..HEAD + field].to_vec();
    fewer[5] = 1;
    assert_eq!(all(&fewer, &PLACE), Err(OpenError::Field));
    // A field of another envelope of the same place.
    let other = sealed_in(&PLACE, &[("a", b"eno"), ("b", b"owt")], &mut Counting(100));
    let mixed = [&bytes[..second.start], &other[second]].concat();
    assert_eq!(all(&mixed, &PLACE), Err(OpenError::Field));
    let beheaded = [&bytes[..8], &other[WRAP], &bytes[HEAD..]].concat();
    assert_eq!(all(&beheaded, &PLACE), Err(OpenError::Field));
}

#[test]
fn another_key_does_not_open() {
    let bytes = sealed();
    assert_eq!(opened(&bytes, &kek(8), &PLACE).err(), Some(OpenError::NoKey(kek(9).id)));
    let same_name = Kek { key: key(8), ..kek(9) };
    assert_eq!(opened(&bytes, &same_name, &PLACE).err(), Some(OpenError::Head));
}

#[test]
fn rewrap_writes_bytes_8_to_83_alone() {
    let before = sealed();
    let (old, new) = (kek(9), kek(10));
    let mut after = before.clone();
    let leave = wrap(&new);
    rewrap(&mut after, &PLACE, &old, (&new, leave), &mut Counting(50)).unwrap();
    assert_eq!((&after[..8], &after[HEAD..]), (&before[..8], &before[HEAD..]));
    assert_ne!(after[WRAP], before[WRAP]);
    assert_eq!(after[8..24], [10; 16]);
    let opened = opened(&after, &new, &PLACE).ok().unwrap();
    assert_eq!(opened.open("token").unwrap().as_slice(), b"s3cret");
    assert!(all(&after, &PLACE).is_err(), "the old key opens it no more");
}

#[test]
fn a_rewrap_that_fails_writes_nothing() {
    let before = sealed();
    let new = kek(10);
    let mut bytes = before.clone();
    let elsewhere = Place { version: 8, ..PLACE };
    let tries = [
        rewrap(&mut bytes, &elsewhere, &kek(9), (&new, wrap(&new)), &mut Counting(0)),
        rewrap(&mut bytes, &PLACE, &kek(8), (&new, wrap(&new)), &mut Counting(0)),
        rewrap(&mut bytes, &PLACE, &kek(9), (&new, wrap(&kek(9))), &mut Counting(0)),
        rewrap(&mut bytes, &PLACE, &kek(9), (&new, wrap(&new)), &mut Empty),
        rewrap(&mut bytes[..90], &PLACE, &kek(9), (&new, wrap(&new)), &mut Counting(0)),
    ];
    assert!(tries.iter().all(Result::is_err), "{tries:?}");
    assert_eq!(bytes, before);
}

#[test]
fn what_cannot_be_sealed() {
    let kek = kek(9);
    let names: Vec<String> = (0..65).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    let long = "n".repeat(256);
    let huge = vec![0; LIMIT];
    type Fields<'a> = &'a [(&'a str, &'a [u8])];
    let cases: [(Fields<'_>, SealError); 7] = [
        (&[], SealError::Count(0)),
        (&many, SealError::Count(65)),
        (&[("", b"")], SealError::Name(0)),
        (&[("a", b""), ("b c", b"")], SealError::Name(1)),
        (&[(&long, b"")], SealError::Name(0)),
        (&[("a", b""), ("a", b"")], SealError::Twin(1)),
        (&[("a", &huge)], SealError::TooLong),
    ];
    for (fields, why) in cases {
        assert_eq!(seal((&kek, wrap(&kek)), &PLACE, fields, &mut Counting(0)).err(), Some(why));
    }
    let widest = sealed_in(&PLACE, &many[..64], &mut Counting(0));
    assert_eq!(all(&widest, &PLACE).unwrap().len(), 64);
    let longest = sealed_in(&PLACE, &[(&long[..255], b"x")], &mut Counting(0));
    assert_eq!(all(&longest, &PLACE).unwrap()[0].0.len(), 255);
}

#[test]
fn each_seal_needs_leave_and_randomness() {
    let kek = kek(9);
    let other = Kek { id: KekId::from_bytes([8; 16]), ..crate::sample::kek(9) };
    let field: [(&str, &[u8]); 2] = [("a", b""), ("b", b"")];
    let sealing = |leave, random: &mut dyn crate::Random| seal((&kek, leave), &PLACE, &field, random).err();
    assert_eq!(sealing(wrap(&other), &mut Counting(0)), Some(SealError::NoWraps(kek.id)));
    assert_eq!(sealing(wrap(&kek), &mut Empty), Some(SealError::Random(NoRandom)));
    struct Stuck;
    impl crate::Random for Stuck {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
            out.fill(1);
            Ok(())
        }
    }
    assert_eq!(sealing(wrap(&kek), &mut Stuck), Some(SealError::Random(NoRandom)));
    let theirs = Kek { purpose: Purpose::Sign, ..crate::sample::kek(9) };
    let leave = wrap(&theirs);
    let refused = seal((&theirs, leave), &PLACE, &field, &mut Counting(0));
    assert_eq!(refused.err(), Some(SealError::OtherKey(theirs.id)));
}

fn places() -> impl Strategy<Value = Place> {
    (any::<[u8; 16]>(), any::<[u8; 16]>(), 0..Kind::ALL.len(), any::<[u8; 16]>(), any::<u64>()).prop_map(
        |(install, tenant, kind, object, version)| Place {
            install: InstallId::from_bytes(install),
            tenant: TenantId::from_bytes(tenant),
            kind: Kind::ALL[kind],
            object,
            version,
        },
    )
}

fn fields() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    proptest::collection::btree_map("[!-~]{1,12}", proptest::collection::vec(any::<u8>(), 0..80), 1..6)
        .prop_map(|map| map.into_iter().collect())
}

fn of(place: &Place) -> Kek {
    Kek { id: KekId::from_bytes([9; 16]), tenant: place.tenant, purpose: place.kind.purpose(), key: key(9) }
}

proptest! {
    #[test]
    fn row_swap_anywhere(place in places(), other in places(), fields in fields(), seed: u64, at: usize, flip in 1..=255_u8) {
        let fields: Vec<(&str, &[u8])> = fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let kek = of(&place);
        let mut random = Counting(seed >> 1);
        let bytes = seal((&kek, wrap(&kek)), &place, &fields, &mut random).unwrap();
        {
            let opened = opened(&bytes, &kek, &place).ok().unwrap();
            for (name, value) in &fields {
                let found = opened.open(name).unwrap();
                prop_assert_eq!(found.as_slice(), *value);
            }
        }
        // One part of the place at a time, and all of it.
        let swapped = [
            Place { install: other.install, ..place },
            Place { tenant: other.tenant, ..place },
            Place { object: other.object, ..place },
            Place { version: other.version, ..place },
            Place { kind: other.kind, ..place },
            other,
        ];
        for elsewhere in swapped.into_iter().filter(|elsewhere| *elsewhere != place) {
            prop_assert!(opened(&bytes, &of(&elsewhere), &elsewhere).is_err());
        }
        let mut damaged = bytes.clone();
        let at = at % damaged.len();
        damaged[at] ^= flip;
        let whole = opened(&damaged, &kek, &place).and_then(|opened| {
            opened.fields().map(|(name, _)| opened.open(name).map(|_| ())).collect::<Result<Vec<_>, _>>()
        });
        prop_assert!(whole.is_err(), "byte {} ^ {}", at, flip);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(envelope) = Envelope::parse(&bytes) {
            prop_assert!(envelope.open(&kek(9), &PLACE).is_err());
        }
        let headed = [b"PSV1\x01\x02\0\0".as_slice(), &bytes].concat();
        if let Ok(envelope) = Envelope::parse(&headed) {
            prop_assert!(envelope.open(&kek(9), &PLACE).is_err());
        }
    }
}
