use super::*;
use crate::arena::{Arena, Unlocked};

fn arena(bytes: usize) -> Arena {
    Arena::new(bytes, Unlocked::Tell).unwrap()
}

/// Fills a slot with so many bytes of one kind.
fn of(arena: &Arena, len: usize, byte: u8) -> Result<Slot, FillError<()>> {
    arena.fill(len, |bytes| {
        bytes.fill(byte);
        Ok(len)
    })
}

#[test]
fn bytes_are_made_and_read_in_place() {
    let arena = arena(1);
    let mut made = None;
    let slot = arena
        .fill(5, |bytes| {
            made = Some(bytes.as_ptr().addr());
            assert_eq!(bytes, [0; 5]);
            bytes.copy_from_slice(b"peta!");
            Ok::<_, ()>(4)
        })
        .unwrap();
    assert_eq!((slot.len(), slot.is_empty()), (4, false));
    slot.with(|bytes| {
        assert_eq!(bytes, b"peta");
        assert_eq!(Some(bytes.as_ptr().addr()), made);
    });
}

#[test]
fn what_is_not_used_is_wiped_and_given_back() {
    let arena = arena(4096);
    let slot = arena
        .fill(arena.size(), |bytes| {
            bytes.fill(7);
            Ok::<_, ()>(65)
        })
        .unwrap();
    assert_eq!(arena.free(), arena.size() - 128);
    let rest = of(&arena, arena.size() - 128, 0).unwrap();
    let next = rest.with(|bytes| bytes.as_ptr().addr());
    slot.with(|bytes| {
        assert_eq!(bytes, [7; 65]);
        assert_eq!(bytes.as_ptr().addr() + 128, next);
    });
}

#[test]
fn a_full_arena_says_so_and_recovers() {
    let arena = arena(4096);
    let piece = arena.size() / 64;
    let mut slots: Vec<Slot> = (0..64).map(|byte| of(&arena, piece, byte).unwrap()).collect();
    assert_eq!(arena.free(), 0);
    assert_eq!(of(&arena, 1, 1).err(), Some(FillError::Full { wanted: 1 }));
    assert_eq!(of(&arena, usize::MAX, 1).err(), Some(FillError::Full { wanted: usize::MAX }));
    for (byte, slot) in slots.iter().enumerate() {
        slot.with(|bytes| assert_eq!(bytes, vec![u8::try_from(byte).unwrap(); piece]));
    }
    // Enough room, but in no one piece.
    for at in (0..64).step_by(2) {
        slots[at].wipe();
    }
    assert_eq!(arena.free(), arena.size() / 2);
    assert_eq!(of(&arena, piece + 1, 1).err(), Some(FillError::Full { wanted: piece + 1 }));
    slots.clear();
    assert_eq!(arena.free(), arena.size());
    assert_eq!(of(&arena, arena.size(), 1).unwrap().len(), arena.size());
}

#[test]
fn a_megabyte_fits() {
    let arena = arena(1 << 20);
    let slot = of(&arena, 1 << 20, 0xA5).unwrap();
    slot.with(|bytes| assert!(bytes.len() == 1 << 20 && bytes.iter().all(|byte| *byte == 0xA5)));
}

#[test]
fn a_wiped_slot_is_empty() {
    let arena = arena(4096);
    let mut slot = of(&arena, 100, 1).unwrap();
    slot.wipe();
    slot.wipe();
    assert_eq!((slot.len(), slot.is_empty(), arena.free()), (0, true, arena.size()));
    slot.with(|bytes| assert_eq!(bytes, b""));
}

#[test]
fn an_empty_secret_is_one() {
    let arena = arena(4096);
    let slot = of(&arena, 0, 1).unwrap();
    assert!(slot.is_empty());
    slot.with(|bytes| assert_eq!(bytes, b""));
}

#[test]
fn what_failed_leaves_nothing_behind() {
    let arena = arena(4096);
    let spoil = |bytes: &mut [u8]| bytes.fill(9);
    let failed = arena.fill(arena.size(), |bytes| {
        spoil(bytes);
        Err("no such key")
    });
    assert_eq!(failed.err(), Some(FillError::Fill("no such key")));
    let overrun = arena.fill(100, |bytes| {
        spoil(bytes);
        Ok::<_, ()>(101)
    });
    assert_eq!(overrun.err(), Some(FillError::Overrun { filled: 101, len: 100 }));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = arena.fill(200, |bytes| -> Result<usize, ()> {
            spoil(bytes);
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(arena.free(), arena.size());
    let clean = arena.fill(arena.size(), |bytes| if bytes.iter().all(|byte| *byte == 0) { Ok(1) } else { Err(()) });
    assert!(clean.is_ok());
}

#[test]
fn slots_outlive_the_arena_s_handle() {
    let slot = of(&arena(1), 3, 3).unwrap();
    slot.with(|bytes| assert_eq!(bytes, [3; 3]));
}

#[test]
fn sizes_that_nobody_can_have() {
    for bytes in [usize::MAX, usize::MAX / 2, isize::MAX.unsigned_abs()] {
        assert!(Arena::new(bytes, Unlocked::Tell).is_err());
    }
}
