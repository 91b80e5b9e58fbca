//! Base64 (RFC 4648) of secrets: what is written goes into buffers of full size that are wiped.

use zeroize::Zeroizing;

/// With padding, for `Authorization: Basic`.
pub(super) fn standard(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = digits(bytes, b'+', b'/');
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Of the URL's alphabet, without padding.
pub(super) fn url(bytes: &[u8]) -> Zeroizing<String> {
    digits(bytes, b'-', b'_')
}

/// Reads the standard alphabet, as in PEM: white space counts for nothing, padding ends it.
pub(super) fn read(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()).take_while(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    (bits < 6).then_some(bytes)
}

fn digits(bytes: &[u8], second_last: u8, last: u8) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    for group in bytes.chunks(3) {
        let held = group.iter().fold(0_u32, |held, byte| held << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            let value = u8::try_from(held >> (18 - 6 * place) & 63).unwrap_or(0);
            text.push(char::from(match value {
                0..26 => b'A' + value,
                26..52 => b'a' + value - 26,
                52..62 => b'0' + value - 52,
                62 => second_last,
                _ => last,
            }));
        }
    }
    text
}

#[cfg(test)]
mod tests;
