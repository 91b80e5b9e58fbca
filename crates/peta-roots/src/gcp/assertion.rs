//! A service account's key (a JSON file that Google made): with it Core signs who it is (RFC 7523), and is lent a token.

use std::path::Path;

use aws_lc_rs::{rand::SystemRandom, rsa, signature::RSA_PKCS1_SHA256};
use http::Request;
use http_body_util::Full;
use peta_dial::{Host, Target};
use peta_model::Moment;
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    base64::{self, Alphabet},
    bearer::{self, Lent},
    form,
    json::{Object, SecretText},
    line::{Line, never},
    secret::wiped,
    source,
    trouble::Trouble,
};

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: String,
    client_email: String,
    private_key_id: String,
    private_key: SecretText,
    token_uri: String,
}

const SCOPE: &str = "https://www.googleapis.com/auth/cloudkms";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Google's longest.
const LIFE: i64 = 3_600;

pub(super) fn lend(line: &Line, now: Moment, path: &Path, endpoint: Option<&Target>) -> Result<Lent, Trouble> {
    let wrong = |why: &str| Trouble::Credentials(format!("{}: {why}", path.display()));
    let text = source::read(path)?;
    let file: File = serde_json::from_str(&text).map_err(|_| wrong("it is no key of a service account"))?;
    if file.kind != "service_account" {
        return Err(wrong("it is no key of a service account"));
    }
    let told = || of_google(&file.token_uri).ok_or_else(|| wrong("its token_uri is not one of Google's"));
    let target = endpoint.cloned().map_or_else(told, Ok)?;
    let assertion = signed(&file, now).ok_or_else(|| wrong("its private key cannot be used"))?;
    let body = form::write(&[("grant_type", GRANT), ("assertion", &assertion)]);
    let request = Request::post(target.path())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(wiped(body)))
        .map_err(|_| wrong("its token_uri is no URL"))?;
    bearer::read(&line.ask(&target, request, never)?)
}

/// What the file says is believed only so far: a changed one must not send the assertion elsewhere.
fn of_google(uri: &str) -> Option<Target> {
    let is_google = |host: &Host| matches!(host, Host::Name(name) if name.ends_with(".googleapis.com"));
    Target::parse(uri).ok().filter(|target| target.is_tls() && is_google(target.host()))
}

/// A JSON Web Token under RS256.
fn signed(file: &File, now: Moment) -> Option<Zeroizing<String>> {
    let issued = now.micros().div_euclid(1_000_000);
    let head = Object::with_room(file.private_key_id.len() + 64)
        .text("alg", "RS256")
        .text("typ", "JWT")
        .text("kid", &file.private_key_id)
        .end();
    let claims = Object::with_room(file.client_email.len() + file.token_uri.len() + 192)
        .text("iss", &file.client_email)
        .text("scope", SCOPE)
        .text("aud", &file.token_uri)
        .number("iat", issued)
        .number("exp", issued + LIFE)
        .end();
    let said = [base64::encode(&head, Alphabet::Url), base64::encode(&claims, Alphabet::Url)];
    let [head, claims] = &said;
    let mut token = Zeroizing::new([head.as_str(), ".", claims].concat());
    let key = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.0.as_bytes()).ok()?;
    let key = rsa::KeyPair::from_pkcs8(key.secret_pkcs8_der()).ok()?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature).ok()?;
    token.push('.');
    token.push_str(&base64::encode(&signature, Alphabet::Url));
    Some(token)
}
