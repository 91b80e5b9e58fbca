//! The form of a request's target. Only plain paths pass, so that guard and router cannot read one differently
//! (security.md T02), and a token in a URL is refused before anything could log it (T09).

use http::Uri;
use peta_model::Code;

/// Names of query parameters that people put tokens into; compared without case, `-` and `_`.
const TOKEN_NAMES: [&str; 10] = [
    "token",
    "accesstoken",
    "apikey",
    "key",
    "auth",
    "authorization",
    "bearer",
    "servicetoken",
    "petatoken",
    "petaagenttoken",
];

/// What every token of ours begins with.
const TOKEN_START: &str = "peta_";
/// How many digits its secret has.
const TOKEN_DIGITS: usize = 43;
const TOKEN_KINDS: [&str; 4] = ["st_", "rt_", "ac_", "sc_"];

/// Refuses what is no plain path, and what carries a token.
pub(crate) fn check(uri: &Uri, names_authority: bool) -> Result<(), Code> {
    // HTTP/2 names scheme and authority of every request; in HTTP/1 that form is for proxies, which this is not.
    if !names_authority && (uri.scheme().is_some() || uri.authority().is_some()) {
        return Err(Code::BAD_TARGET);
    }
    let path = uri.path();
    if !plain_path(path) || !plain_query(uri.query().unwrap_or_default()) {
        return Err(Code::BAD_TARGET);
    }
    let query = uri.query().unwrap_or_default();
    if holds_token(path) || query.split('&').any(names_token) || holds_token(query) {
        return Err(Code::TOKEN_IN_URL);
    }
    Ok(())
}

/// A path with one reading: absolute, no empty or dot segments, no parameters, no escapes of what separates.
fn plain_path(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let segments_fine =
        rest.is_empty() || rest.split('/').all(|segment| !segment.is_empty() && segment != "." && segment != "..");
    segments_fine && path.bytes().all(allowed_in_path) && escapes(path).all(|escape| escape.is_some_and(harmless))
}

/// A query may hold any escape of a character that is not a control character.
fn plain_query(query: &str) -> bool {
    query.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
        && escapes(query).all(|escape| escape.is_some_and(|byte| byte != 0))
}

const fn allowed_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'/' | b'-'
                | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'='
                | b':'
                | b'@'
                | b'%'
        )
}

/// Whether an escaped byte means the same to everyone, decoded once, twice or not at all.
const fn harmless(byte: u8) -> bool {
    !matches!(byte, b'/' | b'\\' | b'.' | b'%' | b';' | b'?' | b'#' | 0x7f) && byte >= b' '
}

/// The escaped bytes of a text; `None` for a `%` that is not followed by two hex digits.
fn escapes(text: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    text.match_indices('%').map(|(at, _)| {
        let digits = text.get(at + 1..at + 3)?;
        if digits.bytes().all(|b| b.is_ascii_hexdigit()) { u8::from_str_radix(digits, 16).ok() } else { None }
    })
}

fn names_token(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    let name: String = decoded(name).filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    TOKEN_NAMES.contains(&name.as_str())
}

fn holds_token(text: &str) -> bool {
    // Most say nothing of the kind in any spelling.
    if text.len() < TOKEN_START.len() + TOKEN_DIGITS {
        return false;
    }
    let text: String = decoded(text).collect();
    text.match_indices(TOKEN_START).any(|(at, start)| {
        let rest = text.get(at + start.len()..).unwrap_or_default();
        TOKEN_KINDS.iter().any(|kind| rest.strip_prefix(kind).is_some_and(|rest| rest.len() >= TOKEN_DIGITS))
    })
}

fn decoded(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let escape = if first == '%' { escapes(rest).next().flatten() } else { None };
        let length = if escape.is_some() { 3 } else { first.len_utf8() };
        rest = rest.get(length..).unwrap_or_default();
        Some(escape.map_or(first, char::from))
    })
}

#[cfg(test)]
mod tests;
