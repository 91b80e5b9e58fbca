//! AWS KMS: `Encrypt` and `Decrypt`, JSON in a signed POST. The context is KMS's encryption context, so it stands in
//! CloudTrail, and policies may ask for it. What is wrapped is KMS's ciphertext blob.

mod credentials;
mod keys;
mod sign;
mod sts;

use http::Request;
use http_body_util::Full;
use peta_dial::Target;
use peta_vault::{Key, Random, root::Context};
use serde::Deserialize;

pub(crate) use credentials::Credentials;
pub(crate) use keys::Keys;
pub(crate) use sts::WebIdentity;

use crate::{
    base64::{self, Alphabet},
    clock::Clock,
    json::{Object, SecretText},
    key_text,
    line::{Answer, Line},
    secret::wiped,
    service::Service,
    trouble::{Trouble, said},
};

pub(crate) struct Aws {
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) region: String,
    pub(crate) key: String,
    pub(crate) credentials: Credentials,
    pub(crate) clock: Clock,
}

const KIND: &str = "application/x-amz-json-1.1";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypted {
    ciphertext_blob: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypted {
    plaintext: SecretText,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    kind: String,
}

impl Service for Aws {
    fn name(&self) -> &str {
        &self.name
    }

    fn wrap(&self, line: &Line, context: &Context, key: &Key, _: &mut dyn Random) -> Result<Vec<u8>, Trouble> {
        let plain = key.with(|bytes| base64::encode(bytes, Alphabet::Standard));
        let answer = self.ask(line, "Encrypt", ("Plaintext", &plain), context)?;
        let Encrypted { ciphertext_blob } = parse(&answer)?;
        let blob = base64::decode(&ciphertext_blob, Alphabet::Standard).filter(|blob| !blob.is_empty());
        Ok(blob.ok_or(Trouble::Answer("no base64"))?.to_vec())
    }

    fn unwrap(&self, line: &Line, context: &Context, wrapped: &[u8]) -> Result<Key, Trouble> {
        let blob = base64::encode(wrapped, Alphabet::Standard);
        let answer = self.ask(line, "Decrypt", ("CiphertextBlob", &blob), context)?;
        let Decrypted { plaintext } = parse(&answer)?;
        let bytes = base64::decode(&plaintext.0, Alphabet::Standard).ok_or(Trouble::Answer("no base64"))?;
        key_text::key(&bytes).ok_or(Trouble::Refused)
    }
}

impl Aws {
    fn ask(&self, line: &Line, verb: &str, what: (&str, &str), context: &Context) -> Result<Answer, Trouble> {
        let bound = [
            ("peta:install", context.install.to_string()),
            ("peta:tenant", context.tenant.to_string()),
            ("peta:purpose", context.purpose.name().to_owned()),
            ("peta:kek", context.kek.to_string()),
        ];
        let body = Object::with_room(what.1.len() + self.key.len() + 512)
            .text("KeyId", &self.key)
            .text(what.0, what.1)
            .texts("EncryptionContext", &bound)
            .end();
        let at = sign::stamp((self.clock)());
        let (host, target) = (self.target.authority(), format!("TrentService.{verb}"));
        let (authorization, token) = self.credentials.with(line, (self.clock)(), |keys| {
            let mut headers =
                vec![("content-type", KIND), ("host", &host), ("x-amz-date", &at), ("x-amz-target", &target)];
            headers.extend(keys.session.as_ref().map(|token| ("x-amz-security-token", token.reveal())));
            headers.sort_unstable();
            let scope = sign::Scope { region: &self.region, service: "kms", at: &at };
            let asked = sign::Asked { method: "POST", path: self.target.path(), headers: &headers, body: &body };
            Ok((sign::authorization(keys, scope, &asked), keys.session.as_ref().map(|token| token.header(""))))
        })?;
        let mut request = Request::post(self.target.path())
            .header("content-type", KIND)
            .header("x-amz-target", target)
            .header("x-amz-date", at)
            .header("authorization", authorization);
        if let Some(token) = token {
            let unfit = || Trouble::Credentials("the session token is no text for a header".to_owned());
            request = request.header("x-amz-security-token", token.ok_or_else(unfit)?);
        }
        let request = request.body(Full::new(wiped(body)));
        let unfit = |_| Trouble::Credentials("the access key is no text for a header".to_owned());
        let answer = line.ask(&self.target, request.map_err(unfit)?, is_throttled)?;
        if answer.status == 200 { Ok(answer) } else { Err(trouble(&answer)) }
    }
}

fn kind(answer: &Answer) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(&answer.body).ok()?;
    // It may come with the name space of its definition in front.
    Some(refusal.kind.rsplit('#').next().unwrap_or_default().to_owned())
}

fn is_throttled(answer: &Answer) -> bool {
    answer.status == 400 && kind(answer).is_some_and(|kind| kind.starts_with("Throttling"))
}

fn trouble(answer: &Answer) -> Trouble {
    let kind = kind(answer);
    let said = said(answer.status, kind.as_deref());
    match kind.as_deref().unwrap_or_default() {
        "InvalidCiphertextException" | "IncorrectKeyException" => Trouble::Refused,
        "NotFoundException" | "DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException" => {
            Trouble::NoKey(said)
        }
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "ExpiredTokenException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => Trouble::Denied(said),
        "KeyUnavailableException" | "ThrottlingException" | "LimitExceededException" => Trouble::Away(said),
        _ => Trouble::of_status(answer.status, kind.as_deref()),
    }
}

fn parse<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|_| Trouble::Answer("it is not the JSON that was asked for"))
}
