use proptest::prelude::*;

use super::*;
use crate::sanitize::{
    digester::Digester,
    fingerprints::Fingerprints,
    forms::{self, Secret},
};

const SECRETS: [&[u8]; 5] = [
    b"sk_live_9aX2vQ7LmT4c",
    b"k7Qp2xZ9",
    b"sk_live_9aX2vQ7LmT4c-and-more-of-it",
    b"\xff\xfe0123456789abcdef\x80",
    b"4929107483625817",
];

fn handed(number: u8) -> Handed {
    Handed { credential: [number; 16], version: u64::from(number) }
}

fn live() -> Arc<LiveSet> {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let prints = SECRETS.map(|bytes| {
        let forms = forms::forms(&Secret { bytes, user: None, header: None }).unwrap();
        Fingerprints::of(&forms, &digester)
    });
    let mut all = (0..).map(handed).zip(&prints);
    let set = LiveSet::new(digester, all.by_ref().take(1));
    // The others come later, one by one.
    let grown = all.fold(set, |set, one| set.with([one]));
    assert!(grown.layers() > 1, "the first has more forms than the last");
    Arc::new(grown)
}

fn search(live: &Arc<LiveSet>, pieces: &[&[u8]]) -> Vec<Found> {
    let mut scanner = Scanner::new(Arc::clone(live));
    let (mut out, mut settled) = (Vec::new(), 0);
    for piece in pieces {
        scanner.push(piece);
        assert!(scanner.settled() >= settled && scanner.kept.len() <= 4 * super::super::live::LONGEST_FORM);
        while let Some(found) = scanner.next_found() {
            assert!(found.range.start >= settled, "nothing is found where all was settled");
            out.push(found);
        }
        settled = scanner.settled();
    }
    scanner.end();
    while let Some(found) = scanner.next_found() {
        assert!(found.range.start >= settled);
        out.push(found);
    }
    assert!(out.is_sorted_by_key(|found| found.range.start));
    out
}

/// Slowly, with the plaintext.
fn expected(text: &[u8]) -> Vec<(Range<u64>, Handed)> {
    let mut out = Vec::new();
    for (number, bytes) in (0..).zip(SECRETS) {
        for form in forms::forms(&Secret { bytes, user: None, header: None }).unwrap().iter() {
            let at = memchr::memmem::find_iter(text, form.reveal());
            // Finds none that overlap itself, as these do not.
            out.extend(at.map(|at| (at as u64..(at + form.reveal().len()) as u64, handed(number))));
        }
    }
    out.sort_by_key(|(range, handed)| (range.start, range.end, *handed));
    out
}

#[test]
fn every_form_is_found_where_it_is_and_nothing_else() {
    let live = live();
    for bytes in SECRETS {
        for form in forms::forms(&Secret { bytes, user: None, header: None }).unwrap().iter() {
            let text = [b"before ", form.reveal(), b" and behind"].concat();
            let mut found: Vec<_> =
                search(&live, &[&text]).into_iter().map(|found| (found.range, found.handed)).collect();
            found.sort_by_key(|(range, handed)| (range.start, range.end, *handed));
            assert_eq!(found, expected(&text), "{:?}", form.kind());
            assert!(!found.is_empty());
        }
    }
}

/// Forms, near misses and noise, one after the other.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let form = (0..SECRETS.len(), any::<prop::sample::Index>()).prop_map(|(number, form)| {
        let forms = forms::forms(&Secret { bytes: SECRETS[number], user: None, header: None }).unwrap();
        let all: Vec<_> = forms.iter().map(|form| form.reveal().to_vec()).collect();
        form.get(&all).clone()
    });
    let miss = (form.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut form, at, byte)| {
        let at = at.index(form.len());
        form[at] ^= byte;
        form
    });
    let half = (form.clone(), any::<prop::sample::Index>()).prop_map(|(mut form, at)| {
        form.truncate(at.index(form.len()));
        form
    });
    let noise = prop::collection::vec(any::<u8>(), 0..40);
    prop::collection::vec(prop_oneof![form, miss, half, noise], 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_chunks_find_the_same(text in texts(), size in 1_usize..70) {
        let live = live();
        let whole = search(&live, &[&text]);
        let mut ranges: Vec<_> = whole.iter().map(|found| (found.range.clone(), found.handed)).collect();
        ranges.sort_by_key(|(range, handed)| (range.start, range.end, *handed));
        prop_assert_eq!(ranges, expected(&text));
        prop_assert_eq!(&search(&live, &text.chunks(size).collect::<Vec<_>>()), &whole);
        prop_assert_eq!(&search(&live, &text.chunks(1).collect::<Vec<_>>()), &whole);
    }
}

#[test]
fn nothing_is_found_in_what_only_looks_alike() {
    let live = live();
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let random: Vec<u8> = (0..1 << 20).map(|_| u8::try_from(noise() & 255).unwrap()).collect();
    let words = ["the", "server", "answers", "sk_live_", "9aX2vQ7LmT", "issues", "and", "4929", "k7Qp2xZ"];
    let prose: String =
        (0..1 << 17).map(|_| format!("{} ", words[usize::try_from(noise()).unwrap() % words.len()])).collect();
    assert_eq!((search(&live, &[&random]), search(&live, &[prose.as_bytes()])), (vec![], vec![]));
}

#[test]
fn what_is_held_back_is_a_window_or_a_candidate() {
    let live = live();
    let mut scanner = Scanner::new(Arc::clone(&live));
    scanner.push(&[b'x'; 1_000]);
    assert_eq!(scanner.settled(), 985);
    scanner.push(b"sk_live_9aX2vQ7LmT4c-and-more");
    assert_eq!(scanner.settled(), 1_000, "the longer one may still come");
    scanner.push(&[b'y'; 100]);
    assert_eq!((scanner.next_found().unwrap().range, scanner.settled()), (1_000..1_020, 1_114));
}

#[test]
fn fingerprints_of_another_key_are_told_of() {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let forms = forms::forms(&Secret { bytes: SECRETS[0], user: None, header: None }).unwrap();
    let prints = Fingerprints::of(&forms, &Digester::new(&[8; 32]));
    let live = LiveSet::new(digester, [(handed(1), &prints)]);
    assert!(live.is_empty() && live.left_out() == [handed(1)]);
}

#[test]
fn what_comes_one_by_one_is_found_like_what_comes_at_once() {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let secrets: Vec<String> = (0..4_000).map(|n| format!("token-{n:05}-{}", n * 7_919 + 104_729)).collect();
    let prints: Vec<Fingerprints> = secrets
        .iter()
        .map(|bytes| forms::forms(&Secret { bytes: bytes.as_bytes(), user: None, header: None }).unwrap())
        .map(|forms| Fingerprints::of(&forms, &digester))
        .collect();
    let handed = |n: usize| Handed { credential: [1; 16], version: n as u64 };
    let mut set = LiveSet::new(Arc::clone(&digester), []);
    for (number, one) in prints.iter().enumerate() {
        set = set.with([(handed(number), one)]);
    }
    let whole = LiveSet::new(Arc::clone(&digester), (0..).map(handed).zip(&prints));
    assert!(set.layers() < 12, "they are put together: {}", set.layers());
    assert_eq!(
        (set.forms(), set.shortest(), set.longest_whole()),
        (whole.forms(), whole.shortest(), whole.longest_whole())
    );
    let (set, whole) = (Arc::new(set), Arc::new(whole));
    for (number, secret) in secrets.iter().enumerate().step_by(97) {
        let found = search(&set, &[b"here: ", secret.as_bytes(), b"."]);
        assert_eq!(found.first().map(|found| found.handed), Some(handed(number)));
        assert_eq!(found, search(&whole, &[b"here: ", secret.as_bytes(), b"."]));
    }
}
