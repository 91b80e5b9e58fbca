//! The mapping: guards, flags, lock, and what a forked child sees.

use std::{os::unix::process::ExitStatusExt, ptr};

use peta_arena::{Arena, ArenaError, Locked, Slot, Unlocked, harden_process};
use rustix::{
    process::{Resource, Rlimit, Signal, WaitOptions, setrlimit, waitpid},
    thread::{CapabilitySet, CapabilitySets, set_capabilities},
};

use crate::{child, memory};

/// An arena and a slot that takes up all of it.
fn full(bytes: usize) -> (Arena, Slot) {
    let arena = Arena::new(bytes, Unlocked::Tell).unwrap();
    let slot = arena.fill(arena.size(), |bytes| {
        bytes.fill(0x5A);
        Ok::<_, ()>(bytes.len())
    });
    (arena, slot.unwrap())
}

fn address(slot: &Slot) -> usize {
    slot.with(|bytes| bytes.as_ptr().addr())
}

/// Of the pages.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// Reads one byte next to a slot.
fn touch(slot: &Slot, side: Side) {
    let byte = slot.with(|bytes| match side {
        Side::Before => bytes.as_ptr().wrapping_sub(1),
        Side::After => bytes.as_ptr().wrapping_add(bytes.len()),
    });
    #[expect(unsafe_code, reason = "the byte must not be readable")]
    // SAFETY: none: in a process of its own, to see it die.
    let read = unsafe { ptr::read_volatile(byte) };
    panic!("there is a byte before or after the arena: {read}");
}

fn dies_of_a_fault(test: &str, side: Side) {
    let Some(output) = child::again(test) else {
        harden_process();
        let (_arena, slot) = full(8192);
        // The last byte is there.
        slot.with(|bytes| assert_eq!(bytes.last(), Some(&0x5A)));
        touch(&slot, side);
        return;
    };
    assert_eq!(output.status.signal(), Some(Signal::SEGV.as_raw()), "{output:?}");
}

#[test]
fn the_byte_before_faults() {
    dies_of_a_fault("pages::the_byte_before_faults", Side::Before);
}

#[test]
fn the_byte_after_faults() {
    dies_of_a_fault("pages::the_byte_after_faults", Side::After);
}

#[test]
fn the_kernel_says_what_was_asked() {
    let (arena, slot) = full(100_000);
    assert!(matches!(arena.locked(), Locked::Yes), "{:?}", arena.locked());
    let start = address(&slot);
    let region = memory::region(start);
    assert_eq!(region.rights, "rw-p");
    assert_eq!(region.kib * 1024, arena.size());
    assert_eq!(region.locked_kib, region.kib);
    for flag in ["dd", "lo", "wf"] {
        assert!(region.flags.iter().any(|has| has == flag), "{flag}: {region:?}");
    }
    // A kernel without names for such pages leaves it empty.
    assert!(matches!(region.name.as_str(), "[anon:peta-arena]" | ""), "{region:?}");
    for guard in [start - 1, start + arena.size()] {
        assert_eq!(memory::region(guard).rights, "---p");
    }
}

#[test]
fn the_lock_covers_all_of_it() {
    if child::passes("pages::the_lock_covers_all_of_it") {
        return;
    }
    let before = memory::status_kib("VmLck");
    let (arena, _slot) = full(1 << 20);
    assert_eq!(memory::status_kib("VmLck") - before, arena.size() / 1024);
    drop((arena, _slot));
    assert_eq!(memory::status_kib("VmLck"), before);
}

#[test]
fn without_the_right_to_lock_it_is_told_or_refused() {
    if child::passes("pages::without_the_right_to_lock_it_is_told_or_refused") {
        return;
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none }).unwrap();
    setrlimit(Resource::Memlock, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
    let (arena, slot) = full(4096);
    assert!(matches!(arena.locked(), Locked::No(_)));
    slot.with(|bytes| assert_eq!(bytes, vec![0x5A; arena.size()]));
    let refused = Arena::new(4096, Unlocked::Refuse).err();
    assert!(matches!(&refused, Some(ArenaError::Unlocked(error)) if error.raw_os_error().is_some()), "{refused:?}");
}

#[test]
fn whoever_insists_on_a_lock_gets_one() {
    let arena = Arena::new(4096, Unlocked::Refuse);
    assert!(matches!(arena.unwrap().locked(), Locked::Yes));
}

#[test]
fn a_forked_child_sees_nothing() {
    let (_arena, slot) = full(8192);
    // Beside it, memory like any other, which a child does see.
    let other = std::hint::black_box(vec![0x5A_u8; 8192]);
    assert!(in_a_fork(|| other.iter().all(|byte| *byte == 0x5A)));
    assert!(in_a_fork(|| slot.with(|bytes| !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0))));
    assert!(!in_a_fork(|| false));
    slot.with(|bytes| assert!(bytes.iter().all(|byte| *byte == 0x5A)));
}

/// What a forked child says. It may look at memory and do nothing else: the locks of other threads stay locked there.
#[expect(unsafe_code, reason = "a fork, which the product never makes")]
fn in_a_fork(look: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child reads memory and ends.
    let process = unsafe { libc::fork() };
    if process == 0 {
        let code = i32::from(!look());
        // SAFETY: it runs nothing of ours any more.
        unsafe { libc::_exit(code) };
    }
    let process = rustix::process::Pid::from_raw(process).expect("it could fork");
    let (_, status) = waitpid(Some(process), WaitOptions::empty()).unwrap().unwrap();
    status.exit_status() == Some(0)
}
