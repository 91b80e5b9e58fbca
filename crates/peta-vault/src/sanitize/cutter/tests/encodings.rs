//! The encodings once more, written slowly, and what only resembles them.

use super::*;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let mut out: String = bits
        .chunks(6)
        .map(|bits| (0..6).fold(0, |value, at| value << 1 | usize::from(bits.get(at).copied().unwrap_or(0))))
        .map(|value| char::from(digits[value]))
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

fn percent(bytes: &[u8], all: bool, upper: bool) -> String {
    let one = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' if !all => char::from(*byte).to_string(),
        byte if upper => format!("%{byte:02X}"),
        byte => format!("%{byte:02x}"),
    };
    bytes.iter().map(one).collect()
}

/// What is written, and the part of it that may not come through.
fn encodings(secret: &str) -> Vec<(&'static str, String, String)> {
    let bytes = secret.as_bytes();
    let mut all = vec![
        ("raw", secret.to_owned(), secret.to_owned()),
        ("hex", hex(bytes), hex(bytes)),
        ("HEX", hex(bytes).to_uppercase(), hex(bytes).to_uppercase()),
    ];
    for (full, upper) in [(true, true), (true, false), (false, true), (false, false)] {
        let says = percent(bytes, full, upper);
        all.push(("percent", says.clone(), says));
    }
    for before in 0..3 {
        for behind in 0..3 {
            let text = [&b"~~"[..before], bytes, &b"~~"[..behind]].concat();
            let (from, to) = ((8 * before).div_ceil(6), 8 * (before + bytes.len()) / 6);
            let says = base64(&text);
            all.push(("base64", says.clone(), says[from..to].to_owned()));
            let says = says.replace('+', "-").replace('/', "_");
            all.push(("base64url", says.trim_end_matches('=').to_owned(), says[from..to].to_owned()));
        }
    }
    let pair = base64(format!("anna:{secret}").as_bytes());
    all.push(("basic", format!("Basic {pair}"), pair[7..].trim_end_matches('=').to_owned()));
    all
}

#[test]
fn near_misses_stay() {
    let live = live_of(&[SECRET.as_bytes()]);
    for (_, _, core) in encodings(SECRET) {
        for at in 0..core.len() {
            let mut near = core.clone().into_bytes();
            near[at] = if near[at] == b'x' { b'y' } else { b'x' };
            let text = json!([String::from_utf8(near).unwrap()]).to_string();
            let (out, cuts) = through(Cutter::json(&live, Rules::default()), &[text.as_bytes()]).unwrap();
            // An encoding of another secret may say the same without its edge.
            if cuts.is_empty() {
                assert_eq!(out, text.as_bytes());
            } else {
                assert!(at < 4 || at + 4 > core.len(), "{text}");
            }
        }
    }
}
