use std::sync::{Barrier, atomic::AtomicBool, atomic::Ordering};

use super::*;
use crate::arena::Unlocked;

const fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn leases() -> Leases {
    Leases::new(Arena::new(1 << 16, Unlocked::Tell).unwrap())
}

fn lend(leases: &Leases, deadline: u64, text: &[u8]) -> Lease {
    let filled = leases.lend(text.len(), at(deadline), |bytes| {
        bytes.copy_from_slice(text);
        Ok::<_, ()>(text.len())
    });
    filled.expect("there is room")
}

fn read(lease: &Lease, now: u64) -> Result<Vec<u8>, Expired> {
    lease.with(at(now), <[u8]>::to_vec)
}

#[test]
fn a_lease_is_read_until_its_deadline() {
    let leases = leases();
    let lease = lend(&leases, 30, b"secret");
    assert_eq!(lease.deadline(), at(30));
    assert_eq!(read(&lease, 0), Ok(b"secret".to_vec()));
    assert_eq!(read(&lease, 29), Ok(b"secret".to_vec()));
    assert_eq!(read(&lease, 30), Err(Expired));
    // Whoever comes too late wipes it, without waiting for a sweep.
    assert_eq!((leases.open(), read(&lease, 29)), (0, Err(Expired)));
}

#[test]
fn a_sweep_ends_what_is_over_under_its_holders() {
    let leases = leases();
    let (short, long) = (lend(&leases, 10, b"short"), lend(&leases, 20, b"long"));
    assert_eq!((leases.open(), leases.next_deadline()), (2, Some(at(10))));
    assert_eq!(leases.sweep(at(9)), 0);
    assert_eq!(leases.sweep(at(10)), 1);
    assert_eq!(read(&short, 0), Err(Expired));
    assert_eq!(read(&long, 0), Ok(b"long".to_vec()));
    assert_eq!((leases.open(), leases.next_deadline()), (1, Some(at(20))));
    assert_eq!(leases.sweep(Duration::MAX), 1);
    assert_eq!((leases.open(), leases.next_deadline()), (0, None));
    assert_eq!(leases.arena.free(), leases.arena.size());
}

#[test]
fn anybody_who_holds_it_can_end_it() {
    let leases = leases();
    let lease = lend(&leases, 10, b"shared");
    let other = lease.clone();
    other.end();
    other.end();
    assert_eq!(read(&lease, 0), Err(Expired));
    assert_eq!((leases.open(), leases.arena.free()), (0, leases.arena.size()));
}

#[test]
fn it_ends_with_its_last_holder() {
    let leases = leases();
    let lease = lend(&leases, 10, b"shared");
    let other = lease.clone();
    drop(lease);
    assert_eq!(read(&other, 0), Ok(b"shared".to_vec()));
    drop(other);
    assert_eq!((leases.open(), leases.arena.free()), (0, leases.arena.size()));
    assert_eq!(leases.sweep(Duration::MAX), 0);
}

#[test]
fn all_end_at_once_even_those_with_one_deadline() {
    let leases = leases();
    let held: Vec<Lease> = (0..100_u8).map(|byte| lend(&leases, 10, &[byte])).collect();
    assert_eq!(leases.open(), 100);
    assert_eq!(leases.end_all(), 100);
    assert!(held.iter().all(|lease| read(lease, 0) == Err(Expired)));
    assert_eq!(leases.end_all(), 0);
    // The door is not closed for good.
    assert_eq!(read(&lend(&leases, 10, b"next"), 0), Ok(b"next".to_vec()));
}

#[test]
fn leases_end_with_the_book() {
    let leases = leases();
    let lease = lend(&leases, 10, b"left");
    drop(leases);
    assert_eq!(read(&lease, 0), Err(Expired));
}

#[test]
fn a_loan_that_was_not_filled_is_in_no_book() {
    let leases = leases();
    assert!(matches!(leases.lend(1, at(10), |_| Err("sealed")), Err(FillError::Fill("sealed"))));
    assert!(matches!(leases.lend(1 << 20, at(10), |_| Ok::<_, ()>(0)), Err(FillError::Full { wanted: 1_048_576 })));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = leases.lend(1, at(10), |_| -> Result<usize, ()> { panic!("on purpose") });
    }));
    assert!(panicked.is_err());
    assert_eq!((leases.open(), leases.arena.free()), (0, leases.arena.size()));
}

#[test]
fn a_reader_that_panics_spoils_nothing() {
    let leases = leases();
    let lease = lend(&leases, 10, b"whole");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = lease.with(at(0), |_| -> u8 { panic!("on purpose") });
    }));
    assert!(panicked.is_err());
    assert_eq!(read(&lease, 0), Ok(b"whole".to_vec()));
    assert_eq!(leases.end_all(), 1);
}

/// Who ends a lease waits for its readers, and nobody reads afterwards.
#[test]
fn a_reader_reads_to_the_end() {
    let leases = leases();
    let lease = lend(&leases, 10, &[7; 64]);
    let (reads, ended) = (Barrier::new(2), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let read = lease.with(at(0), |bytes| {
                reads.wait();
                // Gives the other time to end the lease, which it must not.
                for _ in 0..1_000 {
                    std::thread::yield_now();
                    assert_eq!(bytes, [7; 64]);
                    assert!(!ended.load(Ordering::SeqCst));
                }
            });
            assert_eq!(read, Ok(()));
        });
        reads.wait();
        assert_eq!(leases.end_all(), 1);
        ended.store(true, Ordering::SeqCst);
    });
    assert_eq!(read(&lease, 0), Err(Expired));
}

/// A reader that takes its time holds up no other wipe, and a late look at its lease does not wait for it.
#[test]
fn a_slow_reader_is_waited_for_last() {
    let leases = leases();
    let (slow, other) = (lend(&leases, 10, b"slow"), lend(&leases, 11, b"other"));
    std::thread::scope(|scope| {
        let read = slow.with(at(0), |bytes| {
            scope.spawn(|| leases.sweep(at(11)));
            while leases.open() > 1 {
                std::thread::yield_now();
            }
            assert_eq!(read(&other, 0), Err(Expired));
            assert_eq!(read(&slow, 10), Err(Expired));
            assert_eq!(bytes, b"slow");
        });
        assert_eq!(read, Ok(()));
    });
    assert_eq!((leases.open(), read(&slow, 0)), (0, Err(Expired)));
}

/// What is being filled when all leases are ended does not slip through.
#[test]
fn a_loan_that_is_being_filled_ends_too() {
    let leases = leases();
    let filling = Barrier::new(2);
    std::thread::scope(|scope| {
        let lease = scope.spawn(|| {
            leases.lend(1, at(10), |bytes| {
                filling.wait();
                (0..1_000).for_each(|_| std::thread::yield_now());
                bytes.fill(1);
                Ok::<_, ()>(1)
            })
        });
        filling.wait();
        assert_eq!(leases.open(), 1);
        assert_eq!(leases.end_all(), 1);
        assert_eq!(read(&lease.join().unwrap().unwrap(), 0), Err(Expired));
    });
    assert_eq!(leases.open(), 0);
}

#[test]
fn a_lease_goes_to_other_threads() {
    fn is<T: Send + Sync + Clone + 'static>() {}
    is::<Lease>();
}
