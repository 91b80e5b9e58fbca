//! The parts of a secret that is a document: each text of JSON, each line of PEM. Whoever echoes such a secret writes it
//! anew, so that of the whole only its parts are found again.

use zeroize::Zeroizing;

use crate::sanitize::escape;

/// Shorter parts are names and numbers.
const SHORTEST: usize = 16;
const OPENS: &[u8] = b"-----BEGIN ";
const RULE: &[u8] = b"-----";

/// The parts; none if it is no document.
pub(super) fn of(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut leaves = Vec::new();
    match secret.trim_ascii_start().first() {
        Some(b'{' | b'[') => {
            for text in strings(secret) {
                let before = leaves.len();
                lines(&text, &mut leaves);
                if leaves.len() == before && text.len() >= SHORTEST {
                    leaves.push(text);
                }
            }
        }
        _ => lines(secret, &mut leaves),
    }
    leaves
}

/// The lines of PEM between its rules.
fn lines(text: &[u8], leaves: &mut Vec<Zeroizing<Vec<u8>>>) {
    if memchr::memmem::find(text, OPENS).is_none() {
        return;
    }
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| line.len() >= SHORTEST && !line.starts_with(RULE));
    leaves.extend(lines.map(|line| Zeroizing::new(line.to_vec())));
}

/// What the strings of a JSON text say, its keys left out. What is no JSON may give nonsense, which then is looked for
/// and not found.
fn strings(text: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut strings = Vec::new();
    let mut rest = text;
    while let Some(open) = memchr::memchr(b'"', rest) {
        let inside = rest.get(open + 1..).unwrap_or_default();
        let length = end(inside);
        let raw = inside.get(..length).unwrap_or_default();
        rest = inside.get(length + 1..).unwrap_or_default();
        if rest.trim_ascii_start().first() != Some(&b':') {
            strings.push(escape::said(raw));
        }
    }
    strings
}

/// Where the string ends whose inside this is: at its closing quote.
fn end(inside: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = memchr::memchr2(b'"', b'\\', inside.get(at..).unwrap_or_default()) {
        at += next;
        if inside.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    inside.len()
}
