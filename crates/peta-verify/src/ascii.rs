//! Bytes as the formats write them.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// With padding (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The way back, if that is what it is.
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
