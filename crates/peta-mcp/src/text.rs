//! Walking JSON text: the byte-level steps that the scanner, the reader and the compactor share.

mod block;

use std::borrow::Cow;

/// What is found when a string is read on from its inside.
pub(crate) enum Rest {
    /// Its end: one past the closing quote.
    End(usize),
    /// It goes on behind the text; true if the text's last byte begins an escape.
    More(bool),
    /// A control character, which no string may hold.
    Control,
}

/// Where the string that opens at `open` (its quote) ends, one past the closing quote; `None` if it never closes or
/// holds a control character.
pub(crate) fn string_end(bytes: &[u8], open: usize) -> Option<usize> {
    match string_rest(bytes, open + 1) {
        Rest::End(at) => Some(at),
        Rest::More(_) | Rest::Control => None,
    }
}

/// Reads on inside a string, from a place that is in no escape. Most strings are short and have nothing of note in them:
/// those are walked eight bytes at a time. From the first escape on, and in long ones, blocks of 64 are searched without
/// a branch for each escape.
pub(crate) fn string_rest(bytes: &[u8], mut at: usize) -> Rest {
    loop {
        let Some(rest) = bytes.get(at..) else { return Rest::More(true) };
        let (head, tail) = rest.split_at(rest.len().min(block::SIZE));
        at += plain_run(head);
        match bytes.get(at) {
            None => return Rest::More(false),
            Some(b'"') => return Rest::End(at + 1),
            Some(0..0x20) => return Rest::Control,
            Some(b'\\') if bytes.len() - at < 2 * block::SIZE => match escape_end(bytes, at + 1) {
                Some(end) => at = end,
                None => return Rest::Control,
            },
            Some(_) if tail.len() < block::SIZE => {}
            Some(_) => match block::string_end(bytes.get(at..).unwrap_or_default()) {
                block::Found::End(length) => return Rest::End(at + length),
                block::Found::Nothing(length, false) => at += length,
                block::Found::Nothing(length, true) => match escape_end(bytes, at + length) {
                    Some(end) => at = end,
                    None => return Rest::Control,
                },
                block::Found::Control => return Rest::Control,
            },
        }
    }
}

/// One past the byte that a backslash escapes, which may be behind the text; `None` if it is a control character.
pub(crate) fn escape_end(bytes: &[u8], escaped: usize) -> Option<usize> {
    let control = matches!(bytes.get(escaped), Some(0..0x20));
    (!control).then_some(escaped + 1)
}

/// How many bytes from the start are neither quote, backslash nor control character.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    for chunk in bytes.chunks_exact(8) {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or([0; 8]));
        let quote = word ^ (ONES * u64::from(b'"'));
        let slash = word ^ (ONES * u64::from(b'\\'));
        // A byte's high bit ends up set if that byte was zero (quote, slash) or below 0x20; a borrow can only set
        // bits above the first true hit, so the lowest set bit is exact.
        let hits = (quote.wrapping_sub(ONES) & !quote) | (slash.wrapping_sub(ONES) & !slash);
        let hits = (hits | (word.wrapping_sub(ONES * 0x20) & !word)) & HIGH;
        if hits != 0 {
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The first byte at or after `at` that is not white space.
pub(crate) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Where the number that starts at `at` ends; `None` if it is none.
pub(crate) fn number_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let digits = |from: usize| {
        let run = bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        (run > 0).then_some(from + run)
    };
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = digits(at + 1 + usize::from(signed))?;
    }
    Some(at)
}

/// Where a value that is known to be valid JSON ends.
pub(crate) fn value_end(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'"') => string_end(bytes, start).unwrap_or(bytes.len()),
        Some(b'{' | b'[') => container_end(bytes, start),
        _ => {
            let rest = bytes.get(start..).unwrap_or_default();
            let run = rest.iter().take_while(|b| !matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
            start + run.count()
        }
    }
}

fn container_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at).unwrap_or(bytes.len());
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// What is wrong with a string literal's escapes, or what it says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    Bad,
    LoneSurrogate,
}

/// What the string literal `raw` (quotes included) says.
pub(crate) fn unescape(raw: &str) -> Result<Cow<'_, str>, Escape> {
    let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).ok_or(Escape::Bad)?;
    let Some(first) = memchr::memchr(b'\\', inner.as_bytes()) else { return Ok(Cow::Borrowed(inner)) };
    let (plain, mut rest) = inner.split_at(first);
    let mut said = String::with_capacity(inner.len());
    said.push_str(plain);
    while let Some(escape) = rest.strip_prefix('\\') {
        let (c, after) = one_escape(escape)?;
        said.push(c);
        let (plain, next) = after.split_at(memchr::memchr(b'\\', after.as_bytes()).unwrap_or(after.len()));
        said.push_str(plain);
        rest = next;
    }
    Ok(Cow::Owned(said))
}

/// The character that an escape (its text after the backslash) stands for, and what follows.
fn one_escape(text: &str) -> Result<(char, &str), Escape> {
    let mut chars = text.chars();
    let c = match chars.next().ok_or(Escape::Bad)? {
        c @ ('"' | '\\' | '/') => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_escape(chars.as_str()),
        _ => return Err(Escape::Bad),
    };
    Ok((c, chars.as_str()))
}

fn unicode_escape(text: &str) -> Result<(char, &str), Escape> {
    let (first, rest) = four_hex(text)?;
    match first {
        0xd800..0xdc00 => {
            let (second, rest) = rest.strip_prefix("\\u").map(four_hex).transpose()?.ok_or(Escape::LoneSurrogate)?;
            let 0xdc00..0xe000 = second else { return Err(Escape::LoneSurrogate) };
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Ok((char::from_u32(code).ok_or(Escape::LoneSurrogate)?, rest))
        }
        _ => Ok((char::from_u32(first).ok_or(Escape::LoneSurrogate)?, rest)),
    }
}

fn four_hex(text: &str) -> Result<(u32, &str), Escape> {
    let (digits, rest) = text.split_at_checked(4).ok_or(Escape::Bad)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Escape::Bad);
    }
    Ok((u32::from_str_radix(digits, 16).map_err(|_| Escape::Bad)?, rest))
}

#[cfg(test)]
mod tests;
