//! Proof key for code exchange (RFC 7636), S256 and nothing else.

use aws_lc_rs::digest;

use super::{base64, fresh::Fresh, secret::Secret};

/// A code verifier: 43 characters out of 32 random bytes.
pub(super) fn verifier(fresh: &Fresh) -> Secret {
    base64::url(fresh.bytes("pkce").as_slice()).into()
}

/// What is shown of it when a connection begins.
pub(super) fn challenge(verifier: &Secret) -> String {
    base64::url(digest::digest(&digest::SHA256, verifier.reveal().as_bytes()).as_ref()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_rfc_7636() {
        let verifier = Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
