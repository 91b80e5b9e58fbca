//! Base64, for what services give out.

/// Of these bytes; for URLs without padding.
pub fn base64(bytes: &[u8], url: bool) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(char::from(letters[(word >> (18 - 6 * at)) as usize & 63]));
        }
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    if url { text.trim_end_matches('=').replace('+', "-").replace('/', "_") } else { text }
}
