use peta_model::{InstallId, TenantId};

use super::{CHUNK, HEAD, Head, TAG};

const KEY: [u8; 32] = [7; 32];

fn head() -> Head {
    let (install, tenant) = (InstallId::from_bytes([1; 16]), TenantId::from_bytes([2; 16]));
    Head { install, tenant, key: [3; 16], first: 5, last: 900 }
}

fn file(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

#[test]
fn what_was_sealed_is_opened_whatever_its_length() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77] {
        let (plain, chunks) = (file(length), length.div_ceil(CHUNK).max(1));
        let sealed = head().seal(&KEY, &plain).unwrap();
        assert_eq!(sealed.len(), HEAD + length + chunks * TAG, "{length}");
        assert_eq!(head().open(&KEY, &sealed).unwrap(), plain, "{length}");
        assert!(head().open(&[8; 32], &sealed).is_none());
    }
}

/// The bytes that `docs/formats/archive.md` gives: whoever writes another reader has something to hold it against.
#[test]
fn the_form_is_the_one_of_the_page() {
    let sealed = head().seal(&KEY, b"PETA").unwrap();
    let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
    let page = include_str!("../../../../../docs/formats/archive.md");
    let said: String = page.split("```hex").nth(1).unwrap().split("```").next().unwrap().split_whitespace().collect();
    assert_eq!(said, hex);
}

#[test]
fn any_flipped_bit_is_found() {
    let sealed = head().seal(&KEY, &file(300)).unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(head().open(&KEY, &changed).is_none(), "byte {at}");
    }
}

#[test]
fn chunks_are_not_dropped_swapped_repeated_or_cut() {
    let sealed = head().seal(&KEY, &file(3 * CHUNK + 77)).unwrap();
    let (start, body) = sealed.split_at(HEAD);
    let chunks: Vec<&[u8]> = body.chunks(CHUNK + TAG).collect();
    let made = |order: &[usize]| [start, &order.iter().map(|at| chunks[*at]).collect::<Vec<_>>().concat()].concat();
    assert_eq!(made(&[0, 1, 2, 3]), sealed);
    for order in [&[0, 1, 2][..], &[0, 1, 3], &[1, 2, 3], &[3], &[], &[1, 0, 2, 3], &[0, 2, 1, 3], &[0, 0, 1, 2, 3]] {
        assert!(head().open(&KEY, &made(order)).is_none(), "{order:?}");
    }
    assert!(head().open(&KEY, &made(&[0, 1, 2, 3, 3])).is_none());
    for length in
        [0, 10, HEAD - 1, HEAD, HEAD + 1, HEAD + TAG, HEAD + CHUNK + TAG, sealed.len() - TAG, sealed.len() - 1]
    {
        assert!(head().open(&KEY, &sealed[..length]).is_none(), "cut at {length}");
    }
    assert!(head().open(&KEY, &[&sealed[..], &[0]].concat()).is_none(), "longer");
}

#[test]
fn a_file_does_not_pass_for_another() {
    let sealed = head().seal(&KEY, &file(10)).unwrap();
    let others = [
        Head { first: 6, ..head() },
        Head { last: 901, ..head() },
        Head { key: [4; 16], ..head() },
        Head { install: InstallId::from_bytes([9; 16]), ..head() },
        Head { tenant: TenantId::from_bytes([9; 16]), ..head() },
    ];
    for other in others {
        assert!(other.open(&KEY, &sealed).is_none(), "{other:?}");
        // Not even with the other's head in front.
        let moved = [&other.to_bytes()[..], &sealed[HEAD..]].concat();
        assert!(other.open(&KEY, &moved).is_none(), "{other:?}");
    }
}
