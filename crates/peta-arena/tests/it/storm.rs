//! Many threads that lend, read and end leases of each other at random, in an arena that is too small for all.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use peta_arena::{Arena, Expired, FillError, Lease, Leases, Unlocked};

use crate::memory;

const THREADS: u64 = 64;
const STEPS: u64 = 2_000;
const LONGEST: u64 = 4_000;

/// What the threads share.
struct Storm {
    arena: Arena,
    leases: Leases,
    places: Vec<Mutex<Option<Lease>>>,
    clock: AtomicU64,
    /// Read, expired, full: each must have been seen.
    read: AtomicUsize,
    expired: AtomicUsize,
    full: AtomicUsize,
}

/// The same numbers at each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

impl Storm {
    fn step(&self, dice: &mut Dice) {
        let now = Duration::from_millis(self.clock.fetch_add(1, SeqCst));
        let place = &self.places[usize::try_from(dice.below(40)).unwrap()];
        match dice.below(16) {
            0..=4 => {
                let lease = self.lend(now, dice);
                let before = std::mem::replace(&mut *place.lock().unwrap(), lease);
                if dice.below(2) == 0 {
                    drop(before);
                }
            }
            5..=11 => {
                let lease = place.lock().unwrap().clone();
                lease.iter().for_each(|lease| self.read(lease, now));
            }
            12..=13 => {
                let lease = place.lock().unwrap().clone();
                for lease in lease.iter() {
                    lease.end();
                    assert_eq!(lease.with(Duration::ZERO, <[u8]>::len), Err(Expired));
                }
            }
            14 if dice.below(50) == 0 => drop(self.leases.end_all()),
            _ => drop(self.leases.sweep(now)),
        }
    }

    /// A lease of bytes that are all the same, and not zero.
    fn lend(&self, now: Duration, dice: &mut Dice) -> Option<Lease> {
        let len = usize::try_from(1 + dice.below(LONGEST)).unwrap();
        let byte = u8::try_from(1 + dice.below(255)).unwrap();
        let deadline = now + Duration::from_millis(dice.below(300));
        let lent = self.leases.lend(len, deadline, |bytes| {
            assert!(bytes.iter().all(|byte| *byte == 0), "what others had was not wiped");
            bytes.fill(byte);
            Ok::<_, ()>(len)
        });
        match lent {
            Ok(lease) => Some(lease),
            Err(FillError::Full { .. }) => {
                self.full.fetch_add(1, SeqCst);
                None
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn read(&self, lease: &Lease, now: Duration) {
        let whole = lease.with(now, |bytes| {
            let first = bytes.first().copied().unwrap_or(0);
            first != 0 && bytes.iter().all(|byte| *byte == first)
        });
        match whole {
            Ok(whole) => {
                assert!(whole, "half-wiped bytes, or somebody else's");
                assert!(now < lease.deadline());
                self.read.fetch_add(1, SeqCst);
            }
            Err(Expired) => drop(self.expired.fetch_add(1, SeqCst)),
        }
    }
}

#[test]
fn sixty_four_threads() {
    let arena = Arena::new(1 << 16, Unlocked::Tell).unwrap();
    let start = arena.fill(1, |_| Ok::<_, ()>(1)).unwrap().with(|bytes| bytes.as_ptr().addr());
    let storm = Storm {
        leases: Leases::new(arena.clone()),
        arena,
        places: (0..40).map(|_| Mutex::default()).collect(),
        clock: AtomicU64::new(0),
        read: AtomicUsize::new(0),
        expired: AtomicUsize::new(0),
        full: AtomicUsize::new(0),
    };
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let storm = &storm;
            scope.spawn(move || {
                let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ (thread + 1));
                (0..STEPS).for_each(|_| storm.step(&mut dice));
            });
        }
    });
    for count in [&storm.read, &storm.expired, &storm.full] {
        assert!(count.load(SeqCst) > 0);
    }
    storm.leases.end_all();
    assert_eq!((storm.leases.open(), storm.leases.next_deadline()), (0, None));
    assert_eq!(storm.arena.free(), storm.arena.size());
    assert!(memory::read(start, storm.arena.size()).unwrap().iter().all(|byte| *byte == 0));
}
