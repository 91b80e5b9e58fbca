use super::*;
use crate::sanitize::{Digester, Fingerprints, Handed, Secret, forms};

const SECRET: &str = "sk_live_9aX2vQ7LmT4c";

fn live() -> Arc<LiveSet> {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let made = forms(&Secret { bytes: SECRET.as_bytes(), user: None, header: None }).unwrap();
    let prints = Fingerprints::of(&made, &digester);
    Arc::new(LiveSet::new(digester, [(Handed { credential: [1; 16], version: 1 }, &prints)]))
}

/// What stands in the text where something was found.
fn found<'a>(layer: &mut Layer, text: &'a str, size: usize) -> Vec<&'a str> {
    layer.begin(0, true);
    let mut spots = Vec::new();
    for piece in text.as_bytes().chunks(size) {
        layer.push(piece, false);
    }
    layer.end();
    layer.take_found(&mut spots);
    let place = |said: u64| usize::try_from(layer.place(said)).unwrap();
    let mut ranges: Vec<_> =
        spots.iter().map(|spot| place(spot.found.range.start)..place(spot.found.range.end)).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.dedup();
    ranges.into_iter().map(|range| &text[range]).collect()
}

#[test]
fn places_lead_back_to_the_text() {
    let coded: String = SECRET.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let twice = coded.replace('\\', "\\\\");
    let thrice = twice.replace('\\', "\\\\");
    let mut layer = Layer::new(&live(), 2).with_blobs();
    for form in [SECRET, &coded, &twice, &thrice] {
        for around in ["", "é\\n", "x\\\\\\\"", "\\ud83d\\ude00 "] {
            let text = format!("{around}{form}{around}");
            for size in [1, 2, 3, 7, 1_000] {
                assert_eq!(found(&mut layer, &text, size), [form], "{text} in pieces of {size}");
            }
        }
    }
}

#[test]
fn readings_have_a_depth() {
    let mut coded: String = SECRET.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    for _ in 0..3 {
        coded = coded.replace('\\', "\\\\");
    }
    assert!(found(&mut Layer::new(&live(), 2), &coded, 1_000).is_empty(), "a fourth reading is none");
}

#[test]
fn plain_text_has_no_escapes() {
    let text = "sk_live_\\u0039aX2vQ7LmT4c";
    assert_eq!(found(&mut Layer::new(&live(), 0), text, 5), [text]);
    assert!(found(&mut Layer::new(&live(), 0).plain(), text, 5).is_empty());
}
