//! When a URI is plain: written in the one form in which a prefix or a template means what it says.
//!
//! A judge that compares texts and a server that resolves them must not read them differently (threat T22), so
//! whatever a server could resolve to another place, or fold into another text, is not plain. Doubt counts as no.

/// Longer texts are not looked at.
const LIMIT: usize = 8 * 1024;

/// Characters that some normalisation folds into a dot or a slash.
const FOLDED: [char; 12] = [
    '\u{2024}', '\u{2025}', '\u{2026}', '\u{2044}', '\u{2215}', '\u{29F8}', '\u{FE52}', '\u{FE68}', '\u{FF0E}',
    '\u{FF0F}', '\u{FF3C}', '\u{29F5}',
];

/// Whether the URI has a lower-case scheme, only characters that URIs are written in, no dot segments, no doubled
/// slashes, no user before a host, and no percent-encoding but of what must be encoded.
pub fn is_plain_uri(uri: &str) -> bool {
    if uri.len() > LIMIT || !uri.bytes().all(is_uri_byte) {
        return false;
    }
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let rest = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            if authority.contains(['@', '%', '\'', '(', ')', '*', ',', ';']) {
                return false;
            }
            path
        }
        None => rest,
    };
    is_scheme(scheme) && !rest.contains("//") && rest.split(['/', '?', '#', '&', '=', ':']).all(is_plain_segment)
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'.' | b'-'))
}

/// Unreserved, reserved (RFC 3986), or the start of a percent-encoding. No backslash, no space, no controls.
const fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b':'
                | b'/'
                | b'?'
                | b'#'
                | b'['
                | b']'
                | b'@'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b'%'
        )
}

fn is_plain_segment(segment: &str) -> bool {
    // `..;x` is a parent directory to some servers.
    let name = segment.split(';').next().unwrap_or(segment);
    name != "." && name != ".." && decoded(segment).is_some_and(|text| is_plain_text(&text))
}

/// The segment with its percent-encodings undone; none if one is broken, or encodes what needs no encoding.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut out = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let byte = hex(bytes.next()?)? << 4 | hex(bytes.next()?)?;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b'\\' | b'%') {
            return None;
        }
        out.push(byte);
    }
    String::from_utf8(out).ok()
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn is_plain_text(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || FOLDED.contains(&c))
}

#[cfg(test)]
mod tests;
