//! `echo_matrix` (threat T52): every encoding in every carrier, cut at every place. What comes out is judged by readers of
//! its own: serde's for JSON, and the decoders below.

use std::sync::Arc;

use bytes::Bytes;
use peta_vault::sanitize::{Cut, Cutter, Digester, Fingerprints, Handed, LiveSet, Rules, Secret, forms};

/// With everything that an encoding may trip over.
const SECRET: &str = "sk~9aX2vQ7L\"mT\\4c/+é";
const USER: &str = "robot";
const HANDED: Handed = Handed { credential: [5; 16], version: 3 };

fn live() -> Arc<LiveSet> {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let secret = Secret { bytes: SECRET.as_bytes(), user: Some(USER), header: Some("Basic {basic}") };
    let prints = Fingerprints::of(&forms(&secret).expect("it fits"), &digester);
    Arc::new(LiveSet::new(digester, [(HANDED, &prints)]))
}

fn base64(bytes: &[u8], digits: &[u8; 64]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit) & 63) as usize;
            out.push(if digit <= group.len() { char::from(digits[value]) } else { '=' });
        }
    }
    out
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn unbase64(text: &str) -> Option<String> {
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        bits = bits << 6 | STANDARD.iter().position(|digit| *digit == byte)? as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    String::from_utf8(out).ok()
}

fn each(bytes: &[u8], write: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|byte| write(*byte)).collect()
}

/// As a server may write it, and what of that must not come out.
fn encodings() -> Vec<(&'static str, String, String)> {
    let raw = SECRET.as_bytes();
    let percent = |keeps: &'static str, upper: bool| {
        each(raw, |byte| match char::from(byte) {
            kept if byte.is_ascii_alphanumeric() || keeps.contains(kept) => kept.to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
    };
    let json = serde_json::to_string(SECRET).expect("a string");
    let mut all = vec![
        ("raw", SECRET.to_owned()),
        ("json", json.trim_matches('"').to_owned()),
        ("hex", each(raw, |byte| format!("{byte:02x}"))),
        ("HEX", each(raw, |byte| format!("{byte:02X}"))),
        ("percent all", each(raw, |byte| format!("%{byte:02X}"))),
        ("percent", percent("-._~", true)),
        ("percent, lower", percent("-._~", false)),
        ("form", percent("*-._", true)),
    ];
    for (name, before) in [("base64", ""), ("base64 +1", "k"), ("base64 +2", "k="), ("base64 +3", "key")] {
        for digits in [STANDARD, URL] {
            all.push((name, base64(format!("{before}{SECRET}{before}").as_bytes(), digits)));
        }
    }
    all.push(("basic", base64(format!("{USER}:{SECRET}").as_bytes(), STANDARD)));
    // Of base64 the characters at the edges are not the secret's own.
    let core = |name: &str, text: &str| {
        let edges = if name.starts_with("bas") { text.len() / 2 - 8..text.len() / 2 + 8 } else { 0..text.len() };
        text[edges].to_owned()
    };
    all.into_iter()
        .map(|(name, text)| (name, core(name, &text), text))
        .map(|(name, core, text)| (name, text, core))
        .collect()
}

fn string(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

fn coded(text: &str) -> String {
    format!("\"{}\"", text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>())
}

/// Where it stands: JSON, or what a process writes.
fn carriers(text: &str) -> Vec<(&'static str, String, bool)> {
    let around = format!("a {text} z");
    let inner = format!(r#"{{"k":{},"n":[1,{}]}}"#, string(&around), string(text));
    let slashes = string(text).replace('/', "\\/");
    let blob = base64(around.as_bytes(), STANDARD);
    vec![
        ("result", format!(r#"{{"id":1,"result":{{"content":[{{"text":{}}}]}}}}"#, string(&around)), true),
        ("error", format!(r#"{{"error":{{"code":-1,"message":"m","data":{}}}}}"#, string(text)), true),
        ("key", format!(r#"{{"a":{{{}:null}}}}"#, string(&around)), true),
        ("coded", format!("[{}]", coded(&around)), true),
        ("JSON in a string", format!(r#"{{"text":{}}}"#, string(&inner)), true),
        ("JSON in JSON in a string", format!(r#"{{"text":{}}}"#, string(&string(&inner))), true),
        ("slashes escaped", format!("[{slashes}]"), true),
        ("slashes escaped in a string", format!("[{}]", string(&format!("[{slashes}]"))), true),
        ("coded in a string", format!("[{}]", string(&format!("[{}]", coded(text)))), true),
        ("blob", format!(r#"{{"blob":{}}}"#, string(&blob)), true),
        ("data URI", format!(r#"{{"url":{}}}"#, string(&format!("data:text/plain;base64,{blob}"))), true),
        ("stderr", format!("error: {around}\n"), false),
        ("stderr with JSON", format!("error: {inner}\n"), false),
    ]
}

fn through<'a>(live: &Arc<LiveSet>, json: bool, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<Cut>) {
    let mut cutter = if json { Cutter::json(live, Rules::default()) } else { Cutter::stream(live) };
    let (mut out, mut cuts) = (Vec::new(), Vec::new());
    for piece in pieces {
        cutter.push(Bytes::copy_from_slice(piece)).expect("nothing is refused");
        cuts.append(&mut cutter.take_cuts());
        while let Some(part) = cutter.next_part() {
            out.extend_from_slice(&part);
        }
    }
    cutter.end().expect("it is whole");
    cuts.append(&mut cutter.take_cuts());
    out.extend(std::iter::from_fn(|| cutter.next_part()).flatten());
    (out, cuts)
}

/// All that a reader may come to see: strings and keys, and what those say as JSON or base64.
fn seen(text: &str, depth: u8, out: &mut Vec<String>) {
    out.push(text.to_owned());
    if depth == 0 {
        return;
    }
    if let Ok(value) = serde_json::from_str(text.trim_start_matches("error: ")) {
        strings(&value, depth - 1, out);
    }
    let decoded = unbase64(text.rsplit(',').next().unwrap_or(text));
    out.extend(decoded);
}

fn strings(value: &serde_json::Value, depth: u8, out: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => seen(text, depth, out),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, depth, out)),
        serde_json::Value::Object(members) => members.iter().for_each(|(key, value)| {
            seen(key, depth, out);
            strings(value, depth, out);
        }),
        _ => {}
    }
}

#[test]
fn echo_matrix() {
    let live = live();
    for (encoding, text, core) in encodings() {
        for (carrier, message, json) in carriers(&text) {
            let name = format!("{encoding} in {carrier}: {message}");
            let bytes = message.as_bytes();
            let mut before = Vec::new();
            seen(&message, 4, &mut before);
            assert!(before.iter().any(|text| text.contains(&core)), "the readers see nothing: {name}");

            let (out, cuts) = through(&live, json, std::iter::once(bytes));
            let said = String::from_utf8(out.clone()).expect("text stays text");
            assert!(!cuts.is_empty() && cuts.iter().all(|cut| cut.handed == HANDED), "{name}\n{said}");
            assert!(!json || serde_json::from_str::<serde_json::Value>(&said).is_ok(), "{name}\n{said}");
            let mut after = Vec::new();
            seen(&said, 4, &mut after);
            assert!(!after.iter().any(|text| text.contains(&core) || text.contains(SECRET)), "{name}\n{said}");

            for at in 0..=bytes.len() {
                let (first, second) = bytes.split_at(at);
                assert_eq!(
                    through(&live, json, [first, second].into_iter()),
                    (out.clone(), cuts.clone()),
                    "{name} at {at}"
                );
            }
            assert_eq!(through(&live, json, bytes.chunks(1)), (out, cuts), "{name} byte by byte");
        }
    }
}
