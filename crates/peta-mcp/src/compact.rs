//! Before a message goes on a line or into an SSE event, line ends inside it must go, else one message becomes
//! several. A literal CR or LF never stands inside a JSON string, so dropping those bytes changes nothing else.

use bytes::Bytes;

/// The text without CR and LF; the same bytes if it has none.
pub fn compact(text: Bytes) -> Bytes {
    if memchr::memchr2(b'\n', b'\r', &text).is_none() {
        return text;
    }
    text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect::<Vec<u8>>().into()
}
