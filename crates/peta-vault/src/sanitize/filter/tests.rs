use super::*;
use crate::sanitize::digester::Digester;

fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 29
    }
}

fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut next = noise(seed);
    (0..count).map(|_| next() as u8).collect()
}

/// The places where the filter lets something through, and how it goes on.
fn places(filter: &Filter, digester: &Digester, hash: u64, bytes: &[u8]) -> (Vec<(usize, u64)>, u64) {
    let mut hits = Vec::new();
    let hash = filter.search(digester.gear(), hash, bytes, &mut hits);
    (hits.into_iter().map(|hit| (hit.behind, hit.hash)).collect(), hash)
}

#[test]
fn four_runs_find_what_one_finds() {
    let digester = Digester::new(&[3; 32]);
    for (long, short) in [(40, 0), (40, 40), (3_000, 0), (3_000, 3_000), (50_000, 0)] {
        let mut next = noise(9);
        let mut some = |count: usize| (0..count).map(|_| next() as u32).collect::<Vec<_>>();
        let filter = Filter::new(&some(long), &some(short));
        let text = bytes(5, 20_000);
        let mut slow = Vec::new();
        let mut hash = 77;
        for (at, byte) in text.iter().enumerate() {
            let (hits, next) = places(&filter, &digester, hash, &[*byte]);
            slow.extend(hits.into_iter().map(|(_, hash)| (at + 1, hash)));
            hash = next;
        }
        assert!(!slow.is_empty(), "nothing to compare");
        assert_eq!(places(&filter, &digester, 77, &text), (slow, hash), "{long} and {short}");
    }
}

#[test]
fn what_is_in_it_is_let_through() {
    let digester = Digester::new(&[3; 32]);
    let text = bytes(6, 4_096);
    for at in [0, 1, 500, 1_023, 1_024, 2_047, 3_000, 4_080] {
        let hash = upper(digester.roll(0, &text[at..at + LONG]));
        let filter = Filter::new(&[hash], &[]);
        let (hits, _) = places(&filter, &digester, 0, &text);
        assert!(hits.iter().any(|(behind, _)| *behind == at + LONG), "at {at}");
    }
}

/// What is let through costs a second look, so it must be rare, on noise and on what people write.
#[test]
fn little_else_is_let_through() {
    let digester = Digester::new(&[3; 32]);
    let mut next = noise(11);
    let hashes: Vec<u32> = (0..2_400_000).map(|_| next() as u32).collect();
    let prose: Vec<u8> = (0..40_000)
        .flat_map(|number: u32| format!("line {number}: the quick brown fox, {} times\n", number * 7).into_bytes())
        .collect();
    for (text, name) in [(bytes(8, 1 << 20), "noise"), (prose, "prose")] {
        for (count, most) in [(1_000, 0.01), (12_000, 0.02), (2_400_000, 0.04)] {
            let filter = Filter::new(&hashes[..count], &[]);
            let hits = places(&filter, &digester, 0, &text).0.len();
            let rate = hits as f64 / text.len() as f64;
            assert!(rate < most, "{name}, {count} forms: {rate}");
        }
    }
}
