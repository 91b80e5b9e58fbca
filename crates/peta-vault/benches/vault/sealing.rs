//! What it costs to keep a secret and to lend it.

use std::{hint::black_box, time::Duration};

use peta_arena::{Arena, Unlocked};
use peta_model::{InstallId, Moment, TenantId};
use peta_vault::{
    Kind, Place,
    keyring::Keyring,
    keys::{KekRow, Purpose, reserve},
    passphrase::{Derivation, Passphrase},
    root::LocalRoot,
    safe::{Safe, Shape},
    sanitize::Secret,
};

use crate::measure::{Noise, beside_copy, best, copy, micros};

const INSTALL: InstallId = InstallId::from_bytes([1; 16]);
const TENANT: TenantId = TenantId::from_bytes([2; 16]);
const OBJECT: [u8; 16] = [3; 16];
const TIMES: u32 = 500;

pub(crate) fn table(rounds: u32) {
    println!("| what | a secret of 40 bytes |\n|---|--:|");
    safe(rounds);
    unlocking(rounds);
    println!("\n| MB/s (times as long as the copy) | copy | seal | open |\n|---|--:|--:|--:|");
    envelopes(rounds);
}

/// As Core does it for a call.
fn safe(rounds: u32) {
    let arena = Arena::new(1 << 20, Unlocked::Tell).expect("a mebibyte");
    let start = std::time::Instant::now();
    let safe = Safe::locked(INSTALL, arena, Box::new(move || start.elapsed()), Box::new(Noise(1)));
    let root = LocalRoot::random(&mut Noise(2)).expect("bytes");
    safe.unlock(&root, &[row(&root, Purpose::Vault), row(&root, Purpose::Digest)]).expect("its root");
    let (place, bound) = ((TENANT, OBJECT, 1), b"what it is bound to, some hundred bytes of JSON ".repeat(3));
    let token = Noise(4).token(40);
    let secret = Secret { bytes: &token, user: None, header: Some("Bearer {secret}") };

    let mut reserved = 0;
    let sealed = || {
        if let Some(kek) = safe.wants_wraps(TENANT, Purpose::Vault, 2) {
            let (next, block) = reserve(kek, reserved).expect("far from the limit");
            reserved = next;
            safe.grant(block).expect("its key is here");
        }
        safe.seal(place, &bound, &secret).expect("it can be sealed")
    };
    let mut sealed = sealed;
    let kept = sealed();
    line("seal: its forms, their fingerprints, two envelopes", micros(rounds, TIMES, || drop(black_box(sealed()))));
    let check = || safe.check(&kept.envelope, place, &bound).expect("it can be lent");
    line("open: look whether it can be lent", micros(rounds, TIMES, check));
    for (name, shape) in [("as it is", Shape::Plain), ("as a Basic pair", Shape::Basic { user: "ada".to_owned() })] {
        let lend = || {
            let lease = safe.lend(&kept.envelope, place, &bound, &shape).expect("it is lent");
            lease.with(safe.now(), |bytes| black_box(bytes).len()).expect("in time");
            lease.end();
        };
        line(&format!("lease: lend {name}, read, end"), micros(rounds, TIMES, lend));
    }
    let prints = || drop(black_box(safe.prints(&kept.prints, place).expect("they open")));
    line("open its fingerprints, for the search", micros(rounds, TIMES, prints));
    assert_eq!(safe.leases_open(), 0, "all are over");
}

fn unlocking(rounds: u32) {
    let root = LocalRoot::random(&mut Noise(3)).expect("bytes");
    let rows: Vec<KekRow> = (0..100).map(|_| row(&root, Purpose::Vault)).collect();
    let mut ring = Keyring::locked(INSTALL);
    line("unlock with 100 keys", micros(rounds, 1, || drop(ring.unlock(&root, &rows))));
    let passphrase = Passphrase::new("correct horse battery staple").expect("long enough");
    let derivation = Derivation::new(0, &mut Noise(6)).expect("bytes");
    let derived = best(1, || drop(black_box(passphrase.derive(&derivation))));
    line("a passphrase of 600,000 rounds", Duration::from_secs_f64(derived).as_secs_f64() * 1e6);
}

/// One envelope with one field of this length.
fn envelopes(rounds: u32) {
    let mut noise = Noise(5);
    let root = LocalRoot::random(&mut noise).expect("bytes");
    let mut ring = Keyring::locked(INSTALL);
    ring.unlock(&root, &[row(&root, Purpose::Vault)]).expect("its root");
    let kek = ring.current(TENANT, Purpose::Vault).expect("a key");
    let place = Place { install: INSTALL, tenant: TENANT, kind: Kind::Credential, object: OBJECT, version: 1 };
    let mut reserved = 0;
    for (name, length) in [("1 KiB", 1 << 10), ("64 KiB", 64 << 10), ("1 MiB", 1 << 20)] {
        let (value, mut out) = (vec![7; length], vec![0; length]);
        let copied = copy(rounds, &value);
        let mut sealed = Vec::new();
        let seal = best(rounds, || {
            if ring.wraps_left(kek) == 0 {
                let (next, block) = reserve(kek, reserved).expect("far from the limit");
                reserved = next;
                ring.grant(block).expect("its key is here");
            }
            sealed = ring.seal(&place, &[("token", &value)], &mut noise).expect("it can be sealed");
        });
        let open = best(rounds, || {
            let opened = ring.open(black_box(&sealed), &place).expect("it opens");
            opened.open_into("token", &mut out).expect("it opens");
        });
        let [seal, open] = [seal, open].map(|seconds| beside_copy(length, seconds, copied));
        println!("| {name} | {:.0} | {seal} | {open} |", length as f64 / copied / 1e6);
    }
}

fn row(root: &LocalRoot, purpose: Purpose) -> KekRow {
    let mut noise = Noise(purpose as u64 + 10);
    KekRow::make(root, (INSTALL, TENANT, purpose), Moment::from_micros(0), &mut noise).expect("a row").0
}

fn line(what: &str, micros: f64) {
    if micros < 1_000.0 {
        println!("| {what} | {micros:.2} us |");
    } else {
        println!("| {what} | {:.1} ms |", micros / 1_000.0);
    }
}
