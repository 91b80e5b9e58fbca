//! What is left of a secret in the arena: looked for in the memory of the process, not through the crate.

use std::{fmt::Debug, time::Duration};

use peta_arena::{Arena, Lease, Leases, Slot, Unlocked};

use crate::memory;

/// More than a page, and no multiple of anything.
const LEN: usize = 5_003;

fn arena() -> Arena {
    Arena::new(1 << 16, Unlocked::Tell).unwrap()
}

fn secret(bytes: &mut [u8]) -> Result<usize, ()> {
    bytes.fill(0xC3);
    Ok(bytes.len())
}

fn slot(arena: &Arena) -> Slot {
    arena.fill(LEN, secret).unwrap()
}

fn lend(leases: &Leases, deadline: u64) -> Lease {
    leases.lend(LEN, Duration::from_secs(deadline), secret).unwrap()
}

fn address(lease: &Lease) -> usize {
    lease.with(Duration::ZERO, |bytes| bytes.as_ptr().addr()).unwrap()
}

#[track_caller]
fn is_there(address: usize) {
    assert_eq!(memory::read(address, LEN).unwrap(), [0xC3; LEN]);
}

/// Whole units are wiped, not only what was filled.
#[track_caller]
fn is_gone(address: usize) {
    let bytes = memory::read(address, LEN.next_multiple_of(peta_arena::UNIT)).unwrap();
    assert!(bytes.iter().all(|byte| *byte == 0));
}

#[test]
fn after_a_drop() {
    let arena = arena();
    let slot = slot(&arena);
    let address = slot.with(|bytes| bytes.as_ptr().addr());
    is_there(address);
    drop(slot);
    is_gone(address);
}

#[test]
fn after_a_wipe() {
    let arena = arena();
    let mut slot = slot(&arena);
    let address = slot.with(|bytes| bytes.as_ptr().addr());
    slot.wipe();
    is_gone(address);
}

#[test]
fn after_what_was_too_much() {
    let arena = arena();
    let slot = arena.fill(LEN, |bytes| secret(bytes).map(|_| 10)).unwrap();
    let address = slot.with(|bytes| bytes.as_ptr().addr());
    assert_eq!(memory::read(address, 11).unwrap(), [&[0xC3; 10][..], &[0]].concat());
    is_gone(address + 10);
}

#[test]
fn after_a_failure_and_a_panic() {
    let arena = arena();
    let mut address = 0;
    let failed = arena.fill(LEN, |bytes| {
        address = bytes.as_ptr().addr();
        secret(bytes)?;
        is_there(address);
        Err::<usize, _>(())
    });
    assert!(failed.is_err());
    is_gone(address);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = arena.fill(LEN, |bytes| -> Result<usize, ()> {
            address = bytes.as_ptr().addr();
            secret(bytes)?;
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err());
    is_gone(address);
}

#[test]
fn after_the_deadline_though_it_is_held() {
    let leases = Leases::new(arena());
    let (over, open) = (lend(&leases, 30), lend(&leases, 31));
    let (first, second) = (address(&over), address(&open));
    assert_eq!(leases.sweep(Duration::from_secs(30)), 1);
    is_gone(first);
    is_there(second);
    drop(over);
}

#[test]
fn after_an_end_a_drop_and_the_end_of_all() {
    let leases = Leases::new(arena());
    let [ended, dropped, last] = std::array::from_fn(|_| lend(&leases, 30));
    let addresses = [address(&ended), address(&dropped), address(&last)];
    addresses.into_iter().for_each(is_there);
    ended.end();
    is_gone(addresses[0]);
    drop(dropped);
    is_gone(addresses[1]);
    is_there(addresses[2]);
    assert_eq!(leases.end_all(), 1);
    is_gone(addresses[2]);
}

/// A loan is wiped before it leaves the count: whoever sees none open finds nothing.
#[test]
fn before_it_is_no_longer_counted() {
    let large = 1 << 20;
    let leases = Leases::new(Arena::new(large, Unlocked::Tell).unwrap());
    for _ in 0..100 {
        let lease = leases.lend(large, Duration::MAX, secret).unwrap();
        let last = address(&lease) + large - 64;
        std::thread::scope(|scope| {
            scope.spawn(|| lease.end());
            while leases.open() > 0 {
                std::hint::spin_loop();
            }
            assert_eq!(memory::read(last, 64).unwrap(), [0; 64]);
        });
    }
}

/// What can be printed says nothing of what was filled.
#[test]
fn what_is_printed_holds_nothing() {
    fn shown(what: impl Debug) -> String {
        format!("{what:?}")
    }
    let leases = Leases::new(arena());
    let lease = lend(&leases, 30);
    lease.end();
    assert_eq!(shown(lease.with(Duration::ZERO, <[u8]>::to_vec)), "Err(Expired)");
    assert_eq!(shown(arena().fill(1 << 17, secret).err()), "Some(Full { wanted: 131072 })");
}
