//! How fast the sanitizer is against a copy of the same bytes: `cargo run --release -p peta-vault --example
//! sanitize_speed [-- NAME]`.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement that is run by hand")]

use std::{hint::black_box, sync::Arc, time::Instant};

use bytes::Bytes;
use peta_vault::sanitize::{Cutter, Digester, Fingerprints, Handed, LiveSet, Rules, Scanner, Secret, forms};

const SIZE: usize = 8 << 20;
const CHUNK: usize = 64 << 10;
/// About so many forms does a secret have.
const FORMS: usize = 9;

fn main() {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let texts = [
        ("random bytes", random(SIZE)),
        ("prose in one string", wrapped(&prose(SIZE))),
        ("text full of escapes", wrapped(&blob(SIZE))),
        ("JSON in a string", wrapped(&escaped(&records(SIZE)))),
        ("JSON of short strings", records(SIZE)),
        ("base64 in one string", wrapped(&base64(SIZE))),
    ];
    let named = std::env::args().nth(1).unwrap_or_default();
    for (name, text) in texts.iter().filter(|(name, _)| name.contains(&named)) {
        let text = Bytes::from(text.clone());
        println!("{name}, {} MiB", text.len() >> 20);
        println!("  copy            {:>7.0} MB/s", best(text.len(), || copy(&text)));
        for credentials in [0, 1_000 / FORMS, 12_000 / FORMS] {
            let live = Arc::new(live(&digester, credentials, 24));
            let scan = best(text.len(), || scan(&live, &text));
            let cut = best(text.len(), || cut(&live, &text));
            println!("  {:>6} forms: search {scan:>7.0} MB/s, cut {cut:>7.0} MB/s", live.forms());
        }
        let live = Arc::new(live(&digester, 12_000 / FORMS, 12));
        let scan = best(text.len(), || scan(&live, &text));
        println!("  {:>6} forms, short ones too: search {scan:>7.0} MB/s", live.forms());
    }
}

fn best(bytes: usize, mut run: impl FnMut()) -> f64 {
    let once = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    let least = (0..40).map(|_| once(&mut run)).fold(f64::MAX, f64::min);
    bytes as f64 / least / 1e6
}

fn copy(text: &Bytes) {
    let mut out = vec![0; CHUNK];
    for piece in text.chunks(CHUNK) {
        out.get_mut(..piece.len()).expect("no longer").copy_from_slice(black_box(piece));
        black_box(&out);
    }
}

fn scan(live: &Arc<LiveSet>, text: &Bytes) {
    let mut scanner = Scanner::new(Arc::clone(live));
    for piece in text.chunks(CHUNK) {
        scanner.push(piece);
        assert!(scanner.next_found().is_none(), "nothing is there");
    }
    scanner.end();
}

fn cut(live: &Arc<LiveSet>, text: &Bytes) {
    let mut cutter = Cutter::json(live, Rules::default());
    let mut at = 0;
    while at < text.len() {
        let end = (at + CHUNK).min(text.len());
        cutter.push(text.slice(at..end)).expect("nothing is refused");
        while let Some(part) = cutter.next_part() {
            black_box(part);
        }
        at = end;
    }
    assert!(cutter.take_cuts().is_empty(), "nothing is there");
}

fn live(digester: &Arc<Digester>, credentials: usize, length: usize) -> LiveSet {
    let mut noise = Noise(1);
    let prints: Vec<_> = (0..credentials)
        .map(|_| {
            let secret: Vec<u8> = (0..length)
                .map(|_| noise.of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!/+"))
                .collect();
            let secret = Secret { bytes: &secret, user: Some("robot"), header: None };
            Fingerprints::of(&forms(&secret).expect("it fits"), digester)
        })
        .collect();
    let handed = prints.iter().map(|prints| (Handed { credential: [1; 16], version: 1 }, prints));
    LiveSet::new(Arc::clone(digester), handed)
}

struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn of(&mut self, set: &[u8]) -> u8 {
        let at = self.next() as usize % set.len();
        set.get(at).copied().unwrap_or(0)
    }
}

fn random(size: usize) -> Vec<u8> {
    let mut noise = Noise(2);
    // No quote, so that it is not taken for the end of a string.
    (0..size).map(|_| noise.next() as u8).map(|byte| if matches!(byte, b'"' | b'\\') { b' ' } else { byte }).collect()
}

fn prose(size: usize) -> Vec<u8> {
    let mut noise = Noise(3);
    let words =
        ["the", "server", "answers", "with", "a", "list", "of", "issues", "and", "their", "authors", "since", "March"];
    let mut out = Vec::with_capacity(size + 16);
    while out.len() < size {
        out.extend_from_slice(
            words.get(noise.next() as usize % words.len()).map_or(b"".as_slice(), |word| word.as_bytes()),
        );
        out.push(b' ');
    }
    out
}

/// As `make bench` answers with: eleven escapes in 64 bytes.
fn blob(size: usize) -> Vec<u8> {
    r#"{\"id\":4711471,\"name\":\"Zoë Ångström\",\"state\":\"ok\"}\n"#.repeat(size / 64).into_bytes()
}

fn records(size: usize) -> Vec<u8> {
    let mut noise = Noise(4);
    let mut out = Vec::with_capacity(size + 256);
    out.push(b'[');
    while out.len() < size {
        let (id, name) = (noise.next(), noise.next());
        out.extend_from_slice(format!(r#"{{"id":{id},"name":"issue {name}","state":"open","labels":["bug","help wanted"],"url":"https://example.com/issues/{id}"}},"#).as_bytes());
    }
    out.extend_from_slice(b"0]");
    out
}

fn base64(size: usize) -> Vec<u8> {
    let mut noise = Noise(5);
    (0..size).map(|_| noise.of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")).collect()
}

fn escaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * text.len());
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}

fn wrapped(text: &[u8]) -> Vec<u8> {
    [b"{\"text\":\"".as_slice(), text, b"\"}"].concat()
}
