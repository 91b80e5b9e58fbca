//! `application/x-www-form-urlencoded`: what is sent to authorization servers, what comes back by the browser, and what
//! a few of them answer with.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// Names and values as one text. A space is written `%20`, which readers of forms and of URLs alike take for one.
pub(super) fn write(pairs: &[(&str, &str)]) -> Zeroizing<String> {
    let room = pairs.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut text = Zeroizing::new(String::with_capacity(room));
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        escape(name, &mut text);
        text.push('=');
        escape(value, &mut text);
    }
    text
}

/// Writes a text so that it may stand in a form, and in a URL.
pub(super) fn escape(text: &str, to: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => to.push(char::from(byte)),
            // Writing to a string does not fail.
            _ => drop(write!(to, "%{byte:02X}")),
        }
    }
}

/// Reads a form: names with their values, in order. None if it is no such text, or too long, or has too many.
pub(super) fn read(text: &str) -> Option<Vec<(String, Zeroizing<String>)>> {
    if text.len() > 64 << 10 {
        return None;
    }
    let mut pairs = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == 100 {
            return None;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((unescape(name)?.to_string(), unescape(value)?));
    }
    Some(pairs)
}

fn unescape(text: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            byte => byte,
        });
    }
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests;
