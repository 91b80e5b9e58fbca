//! Proof of who Peta is by a signature (RFC 7523, `private_key_jwt`), with ES256 or EdDSA.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use serde_json::json;

use super::{base64, error::Error, fresh::Fresh, secret::Secret};

/// How long an assertion is good for, in seconds.
const LIFETIME: i64 = 60;

/// A private key as PKCS #8 in PEM, with the id under which its public half is known.
#[derive(Debug, Clone)]
pub struct SigningKey {
    pub pem: Secret,
    pub id: Option<String>,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl SigningKey {
    /// Takes a key that an administrator gave, if it is one that can be used.
    pub fn new(pem: Secret, id: Option<String>) -> Result<Self, Error> {
        let key = Self { pem, id };
        key.pair().map(|_| key)
    }

    /// `ES256` or `EdDSA`.
    pub fn algorithm(&self) -> Result<&'static str, Error> {
        self.pair().map(|pair| pair.name())
    }

    fn pair(&self) -> Result<Pair, Error> {
        let (_, body) = self.pem.reveal().split_once("-----BEGIN PRIVATE KEY-----").ok_or(Error::BadKey)?;
        let (body, _) = body.split_once("-----END PRIVATE KEY-----").ok_or(Error::BadKey)?;
        let der = base64::read(body).ok_or(Error::BadKey)?;
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der) {
            return Ok(Pair::Es256(pair));
        }
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map(Pair::EdDsa).map_err(|_| Error::BadKey)
    }
}

impl Pair {
    const fn name(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }
}

/// An assertion for one request. Its audience is the issuer alone, so that no other server can use what this one got.
pub(super) fn assertion(key: &SigningKey, client: &str, issuer: &str, fresh: &Fresh) -> Result<Secret, Error> {
    let pair = key.pair()?;
    let mut header = json!({ "alg": pair.name(), "typ": "JWT" });
    if let (Some(id), Some(header)) = (&key.id, header.as_object_mut()) {
        header.insert("kid".to_owned(), id.as_str().into());
    }
    let now = fresh.seconds();
    let claims = json!({
        "iss": client, "sub": client, "aud": issuer, "iat": now, "exp": now + LIFETIME,
        "jti": base64::url(fresh.bytes("jti").as_slice()).as_str(),
    });
    let part = |value: &serde_json::Value| base64::url(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&header).as_str(), part(&claims).as_str());
    let signature = match &pair {
        // The library takes a source of randomness for the form's sake, and uses its own.
        Pair::Es256(pair) => {
            let made = pair.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| Error::BadKey)?;
            base64::url(made.as_ref())
        }
        Pair::EdDsa(pair) => base64::url(pair.sign(signed.as_bytes()).as_ref()),
    };
    Ok(Secret::new(format!("{signed}.{}", signature.as_str())))
}

#[cfg(test)]
mod tests;
