//! The encodings that a secret may come back in, written here a second time: by hand.

use std::fmt::Write as _;

fn base64(bytes: &[u8], alphabet: &[u8; 64], pad: bool) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            match (at <= chunk.len(), pad) {
                (true, _) => out.push(char::from(alphabet[(group >> (18 - 6 * at) & 63) as usize])),
                (false, true) => out.push('='),
                (false, false) => {}
            }
        }
    }
    out
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A secret as it may come back.
pub(crate) fn forms_of(secret: &str) -> Vec<(&'static str, String)> {
    let bytes = secret.as_bytes();
    let hex = |upper: bool| {
        bytes.iter().fold(String::new(), |mut out, byte| {
            let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
            out
        })
    };
    let percent = bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02X}");
        out
    });
    let shifted = |before: &str| base64(format!("{before}{secret}").as_bytes(), STANDARD, true);
    vec![
        ("raw", secret.to_owned()),
        ("base64", base64(bytes, STANDARD, true)),
        ("base64 +1", shifted("x")),
        ("base64 +2", shifted("xy")),
        ("base64url", base64(bytes, URL, false)),
        ("hex", hex(false)),
        ("HEX", hex(true)),
        ("percent", percent),
        ("header", format!("Bearer {secret}")),
    ]
}
