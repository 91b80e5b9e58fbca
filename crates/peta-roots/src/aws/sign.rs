//! Signature version 4: a request is hashed in a fixed form, and signed with a key that is derived for one day, region and
//! service. (Requests of ours have no query, and a path that is written the same in both forms.)

use aws_lc_rs::{digest, hmac};
use peta_model::Moment;
use zeroize::Zeroizing;

use super::keys::Keys;

#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// `20150830T123600Z`
    pub(super) at: &'a str,
}

pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Names in lower case, sorted; all of them are signed.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// `20150830T123600Z`
pub(super) fn stamp(at: Moment) -> String {
    let mut text = at.to_string();
    text.truncate(19);
    text.retain(|letter| !matches!(letter, '-' | ':'));
    text.push('Z');
    text
}

/// The value of `Authorization`.
pub(super) fn authorization(keys: &Keys, scope: Scope<'_>, asked: &Asked<'_>) -> String {
    let day = scope.at.get(..8).unwrap_or_default();
    let place = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let names = asked.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{place}\n{}", scope.at, hash(canonical(asked, &names).as_bytes()));
    let first = Zeroizing::new(["AWS4", keys.secret.reveal()].concat());
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
    for part in [day, scope.region, scope.service, "aws4_request"] {
        key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
    format!("AWS4-HMAC-SHA256 Credential={}/{place}, SignedHeaders={names}, Signature={signature}", keys.id)
}

fn canonical(asked: &Asked<'_>, names: &str) -> Zeroizing<String> {
    let room = asked.headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>();
    let mut text = Zeroizing::new(String::with_capacity(room + asked.path.len() + names.len() + 128));
    for part in [asked.method, "\n", asked.path, "\n\n"] {
        text.push_str(part);
    }
    for (name, value) in asked.headers {
        for part in [name, ":", value.trim(), "\n"] {
            text.push_str(part);
        }
    }
    for part in ["\n", names, "\n", &hash(asked.body)] {
        text.push_str(part);
    }
    text
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
