//! Signature version 4 of AWS, as S3 takes it: the request in a fixed form, signed with a key that is derived for one day and
//! region. (Paths of ours hold nothing that is written with `%`, and no query.)

use aws_lc_rs::{digest, hmac};
use peta_arena::scrubbed;
use peta_model::Moment;
use zeroize::Zeroizing;

#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) user: &'a str,
    pub(super) region: &'a str,
    /// `20150830T123600Z`
    pub(super) at: &'a str,
}

pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Names in lower case, sorted; all of them are signed.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// Of the body.
    pub(super) digest: &'a str,
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
pub(super) fn authorization(secret: &[u8], scope: Scope<'_>, asked: &Asked<'_>) -> String {
    let Scope { user, region, at } = scope;
    let day = at.get(..8).unwrap_or_default();
    let place = format!("{day}/{region}/s3/aws4_request");
    let names = asked.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let headers: String = asked.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let canonical = format!("{}\n{}\n\n{headers}\n{names}\n{}", asked.method, asked.path, asked.digest);
    let to_sign = format!("AWS4-HMAC-SHA256\n{at}\n{place}\n{}", hash(canonical.as_bytes()));
    let first = Zeroizing::new([b"AWS4", secret].concat());
    let signature = scrubbed(|| {
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, &first);
        for part in [day, region, "s3", "aws4_request"] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        hex(hmac::sign(&key, to_sign.as_bytes()).as_ref())
    });
    format!("AWS4-HMAC-SHA256 Credential={user}/{place}, SignedHeaders={names}, Signature={signature}")
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of AWS's own documentation ("PUT Object").
    #[test]
    fn the_example_of_the_documentation() {
        let digest = hash(b"Welcome to Amazon S3.");
        assert_eq!(digest, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
        let scope = Scope { user: "AKIAIOSFODNN7EXAMPLE", region: "us-east-1", at: "20130524T000000Z" };
        let headers = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("host", "examplebucket.s3.amazonaws.com"),
            ("x-amz-content-sha256", &digest),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ];
        let asked = Asked { method: "PUT", path: "/test%24file.text", headers: &headers, digest: &digest };
        let signed = authorization(b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope, &asked);
        assert!(signed.ends_with("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"), "{signed}");
        assert_eq!(stamp("2013-05-24T00:00:00Z".parse().unwrap()), "20130524T000000Z");
    }
}
