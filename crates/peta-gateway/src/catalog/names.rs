//! Names of tools and prompts on the aggregate endpoint: `{slug}__{own}`, stable over restarts and the order of
//! registration. Model APIs take at most 64 letters, digits, `_` and `-`, so what does not fit is cut and closed with
//! six base-32 digits of a hash of the whole name.

use std::borrow::Cow;

use aws_lc_rs::digest;
use peta_model::Slug;

const LONGEST: usize = 64;

/// The name under which agents see a server's capability.
pub(crate) fn prefixed(slug: &Slug, own: &str) -> String {
    let full = format!("{slug}__{own}");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if full.len() <= LONGEST && full.bytes().all(plain) {
        return full;
    }
    let safe = full.chars().map(|c| if c.is_ascii() && plain(c as u8) { c } else { '_' });
    let cut: String = safe.take(LONGEST - 7).collect();
    format!("{cut}_{}", tail(&full))
}

/// Splits a prefixed name at its first `__`; a slug holds no underscore, so there is one way only.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    name.split_once("__").filter(|(slug, own)| !slug.is_empty() && !own.is_empty())
}

/// Six base-32 digits that stand for a whole name.
fn tail(full: &str) -> String {
    const DIGITS: [u8; 32] = *b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = digest::digest(&digest::SHA256, full.as_bytes());
    let bits = hash.as_ref().iter().take(4).fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
    (0..6).map(|n| char::from(DIGITS.get((bits >> (27 - 5 * n) & 31) as usize).copied().unwrap_or(b'a'))).collect()
}

/// A resource's URI (or a template's pattern) on the aggregate endpoint: `{slug}+{uri}` for any scheme; `ui://` keeps
/// its scheme, since hosts render no other; `https://` stays, since clients fetch it themselves.
pub(crate) fn uri_out<'a>(slug: &Slug, uri: &'a str) -> Cow<'a, str> {
    if uri.starts_with("https://") {
        return Cow::Borrowed(uri);
    }
    match uri.strip_prefix("ui://") {
        Some(rest) => Cow::Owned(format!("ui://{slug}/{rest}")),
        None => Cow::Owned(format!("{slug}+{uri}")),
    }
}

/// The slug and the server's own URI that an aggregate URI names, if it is in rewritten form.
pub(crate) fn uri_in(uri: &str) -> Option<(&str, Cow<'_, str>)> {
    if let Some(rest) = uri.strip_prefix("ui://") {
        let (slug, rest) = rest.split_once('/')?;
        return Some((slug, Cow::Owned(format!("ui://{rest}"))));
    }
    let (slug, own) = uri.split_once('+')?;
    let is_slug = slug.parse::<Slug>().is_ok();
    is_slug.then_some((slug, Cow::Borrowed(own)))
}

#[cfg(test)]
mod tests;
