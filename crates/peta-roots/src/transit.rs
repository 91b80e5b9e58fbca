//! The transit engine of Vault and OpenBao: `encrypt` and `decrypt`. The context goes along as `associated_data` (AEAD keys;
//! servers of Vault 1.13 and OpenBao on), or as `context` where the key is derived. What is wrapped is the text that it gives: `vault:v1:…`.

use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body_util::Full;
use peta_dial::Target;
use peta_vault::{Key, Random, root::Context};
use serde::Deserialize;

use crate::{
    base64::{self, Alphabet},
    json::{Object, SecretText},
    key_text,
    line::{Answer, Line, never},
    secret::wiped,
    service::Service,
    source::Source,
    trouble::Trouble,
};

pub(crate) struct Transit {
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) mount: String,
    pub(crate) key: String,
    pub(crate) namespace: Option<HeaderValue>,
    pub(crate) is_derived: bool,
    pub(crate) token: Source,
}

#[derive(Deserialize)]
struct Told<T> {
    data: T,
}

#[derive(Deserialize)]
struct Encrypted {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Decrypted {
    plaintext: SecretText,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    errors: Vec<String>,
}

impl Service for Transit {
    fn name(&self) -> &str {
        &self.name
    }

    fn wrap(&self, line: &Line, context: &Context, key: &Key, _: &mut dyn Random) -> Result<Vec<u8>, Trouble> {
        let plain = key.with(|bytes| base64::encode(bytes, Alphabet::Standard));
        let answer = self.ask(line, "encrypt", ("plaintext", &plain), context)?;
        let Told { data: Encrypted { ciphertext } } = parse(&answer)?;
        // So that what cannot be unwrapped is not stored.
        if !ciphertext.starts_with("vault:v") || !ciphertext.is_ascii() {
            return Err(Trouble::Answer("what is wrapped is not in transit's form"));
        }
        Ok(ciphertext.into_bytes())
    }

    fn unwrap(&self, line: &Line, context: &Context, wrapped: &[u8]) -> Result<Key, Trouble> {
        let text = std::str::from_utf8(wrapped).ok().filter(|text| text.starts_with("vault:v") && text.is_ascii());
        let answer = self.ask(line, "decrypt", ("ciphertext", text.ok_or(Trouble::Refused)?), context)?;
        let Told { data: Decrypted { plaintext } } = parse(&answer)?;
        let bytes = base64::decode(&plaintext.0, Alphabet::Standard).ok_or(Trouble::Answer("no base64"))?;
        key_text::key(&bytes).ok_or(Trouble::Refused)
    }
}

impl Transit {
    fn ask(&self, line: &Line, verb: &str, what: (&str, &str), context: &Context) -> Result<Answer, Trouble> {
        let bound = base64::encode(&context.bytes(), Alphabet::Standard);
        let member = if self.is_derived { "context" } else { "associated_data" };
        let body = Object::with_room(what.1.len() + bound.len() + 64).text(what.0, what.1).text(member, &bound).end();
        let target = self.target.at(format!("/v1/{}/{verb}/{}", self.mount, self.key));
        let mut request = Request::post(target.path()).header("content-type", "application/json");
        request = request.header("x-vault-request", "true");
        if let Some(namespace) = &self.namespace {
            request = request.header("x-vault-namespace", namespace);
        }
        let token = self.token.with(|token| {
            token.header("").ok_or_else(|| Trouble::Credentials("the token is no text for a header".to_owned()))
        })?;
        let request = request.header("x-vault-token", token).body(Full::new(wiped(body)));
        let request: Request<Full<Bytes>> =
            request.map_err(|_| Trouble::Credentials("mount or key make no URL".to_owned()))?;
        let answer = line.ask(&target, request, never)?;
        if answer.status == 200 { Ok(answer) } else { Err(trouble(&answer)) }
    }
}

/// Transit has no codes: its words for the two cases that must be told apart are looked for.
fn trouble(answer: &Answer) -> Trouble {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or(Refusal { errors: Vec::new() });
    let says = |words: &str| refusal.errors.iter().any(|error| error.contains(words));
    match answer.status {
        400 if says("message authentication failed") || says("invalid ciphertext") => Trouble::Refused,
        400 if says("key not found") => Trouble::NoKey("HTTP 400".to_owned()),
        400 if says("version is disallowed") || says("version is too old") => {
            Trouble::NoKey("HTTP 400, the version of the key is not allowed any more".to_owned())
        }
        503 if says("sealed") => Trouble::Away("HTTP 503, it is sealed".to_owned()),
        status => Trouble::of_status(status, None),
    }
}

fn parse<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|_| Trouble::Answer("it is not the JSON that was asked for"))
}
