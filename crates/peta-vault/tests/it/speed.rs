//! What sealing costs: `cargo test -p peta-vault --release --test it -- --ignored --nocapture speed`.

use std::{hint::black_box, time::Instant};

use peta_model::{InstallId, Moment, TenantId};
use peta_vault::{
    Kind, NoRandom, Place, Random,
    keyring::Keyring,
    keys::{BLOCK, KekRow, Purpose, reserve},
    passphrase::{Derivation, Passphrase},
    root::LocalRoot,
};

/// Cheap bytes, so that only sealing is measured.
struct Cheap(u64);

impl Random for Cheap {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

fn best(name: &str, times: u32, mut work: impl FnMut()) {
    let round = |_| {
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed() / times
    };
    let best = (0..10).map(round).min().expect("ten rounds");
    #[expect(clippy::print_stdout, reason = "it measures, and is run by hand")]
    {
        println!("{name}: {best:?}");
    }
}

#[test]
#[ignore = "measures, and proves nothing"]
fn speed() {
    let (install, tenant) = (InstallId::from_bytes([1; 16]), TenantId::from_bytes([2; 16]));
    let mut random = Cheap(1);
    let root = LocalRoot::random(&mut random).expect("bytes");
    let now = Moment::from_micros(0);
    let rows: Vec<KekRow> = (0..100)
        .map(|_| KekRow::make(&root, (install, tenant, Purpose::Vault), now, &mut random).expect("a row").0)
        .collect();
    let mut ring = Keyring::locked(install);
    best("unlock 100 keys", 10, || drop(ring.unlock(&root, &rows)));
    let place = Place { install, tenant, kind: Kind::Credential, object: [3; 16], version: 1 };
    for (name, length) in [("40 B", 40), ("1 KiB", 1 << 10), ("64 KiB", 1 << 16), ("1 MiB", 1 << 20)] {
        let value = vec![7; length];
        let mut reserved = 0;
        let id = ring.current(tenant, Purpose::Vault).expect("a key");
        let mut sealed = Vec::new();
        let times = if length > 1 << 16 { 20 } else { BLOCK / 8 };
        best(&format!("seal {name}"), times, || {
            if ring.wraps_left(id) == 0 {
                let (next, block) = reserve(id, reserved).expect("far from the limit");
                reserved = next;
                ring.grant(block).expect("its key is here");
            }
            sealed = ring.seal(&place, &[("token", &value)], &mut random).expect("it can be sealed");
        });
        let mut out = vec![0; length];
        best(&format!("open {name}"), times, || {
            let opened = ring.open(black_box(&sealed), &place).expect("it opens");
            opened.open_into("token", &mut out).expect("it opens");
        });
    }
    let passphrase = Passphrase::new("correct horse battery staple").expect("long enough");
    let derivation = Derivation::new(0, &mut random).expect("bytes");
    best("derive, 600,000 rounds", 1, || drop(black_box(passphrase.derive(&derivation))));
}
