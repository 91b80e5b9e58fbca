//! The search of what a server says, in pieces as they come from a socket: the whole way of an answer, which reads JSON,
//! escapes, what is JSON once more, and base64; and the byte search in it alone.

use std::{hint::black_box, sync::Arc};

use bytes::Bytes;
use peta_vault::sanitize::{Cutter, Digester, Fingerprints, Handed, LiveSet, Rules, Scanner, Secret, forms};

use crate::{
    measure::{Noise, beside_copy, best, copy},
    texts,
};

const PIECE: usize = 64 << 10;
const FORMS: [usize; 3] = [0, 1_000, 12_000];

pub(crate) fn table(rounds: u32) {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let sets = FORMS.map(|forms| Arc::new(live(&digester, forms)));
    println!("| MB/s (times as long as the copy): what a server says | copy | 0 forms | 1,000 forms | 12,000 forms |");
    println!("|---|--:|--:|--:|--:|");
    for (name, text) in texts::all() {
        let text = Bytes::from(text);
        let copied = copy(rounds, &text);
        let row = |what: &str, run: &dyn Fn(&Arc<LiveSet>)| {
            let cells = sets.each_ref().map(|set| beside_copy(text.len(), best(rounds, || run(set)), copied));
            println!("| {name}{what} | {:.0} | {} |", text.len() as f64 / copied / 1e6, cells.join(" | "));
        };
        row("", &|set| cut(set, &text));
        row(", only its bytes", &|set| scan(set, &text));
    }
}

fn cut(live: &Arc<LiveSet>, text: &Bytes) {
    let mut cutter = Cutter::json(live, Rules::default());
    let mut passed = 0;
    let mut take = |cutter: &mut Cutter| {
        while let Some(part) = cutter.next_part() {
            passed += black_box(part).len();
        }
    };
    for from in (0..text.len()).step_by(PIECE) {
        cutter.push(text.slice(from..text.len().min(from + PIECE))).expect("nothing is refused");
        take(&mut cutter);
    }
    cutter.end().expect("it is JSON");
    take(&mut cutter);
    assert_eq!((passed, cutter.take_cuts().len()), (text.len(), 0), "all passes");
}

fn scan(live: &Arc<LiveSet>, text: &Bytes) {
    let mut scanner = Scanner::new(Arc::clone(live));
    for piece in text.chunks(PIECE) {
        scanner.push(piece);
        assert!(scanner.next_found().is_none(), "nothing is there");
    }
    scanner.end();
}

/// As many secrets as make about so many forms.
fn live(digester: &Arc<Digester>, wanted: usize) -> LiveSet {
    let mut noise = Noise(1);
    let mut prints = Vec::new();
    while prints.iter().map(Fingerprints::count).sum::<usize>() < wanted {
        let secret = Secret { bytes: &noise.token(40), user: None, header: Some("Bearer {secret}") };
        prints.push(Fingerprints::of(&forms(&secret).expect("it fits"), digester));
    }
    let handed = prints.iter().map(|prints| (Handed { credential: [1; 16], version: 1 }, prints));
    LiveSet::new(Arc::clone(digester), handed)
}
