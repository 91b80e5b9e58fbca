//! Google Cloud KMS: `encrypt` and `decrypt` of a symmetric key. The context goes along as additional authenticated data; all
//! that is sent and received has a CRC32C, which both sides look at. What is wrapped is Google's ciphertext.

mod assertion;

use std::path::PathBuf;

use bytes::Bytes;
use crc::{CRC_32_ISCSI, Crc};
use http::{HeaderValue, Request};
use http_body_util::Full;
use peta_dial::Target;
use peta_vault::{Key, Random, root::Context};
use serde::Deserialize;

use crate::{
    base64::{self, Alphabet},
    bearer::{self, Bearer, Lent},
    json::{Object, SecretText},
    key_text,
    line::{Answer, Line, never},
    secret::wiped,
    service::Service,
    source::Source,
    trouble::{Trouble, said},
};

pub(crate) struct Gcp {
    pub(crate) name: String,
    pub(crate) target: Target,
    /// `projects/…/locations/…/keyRings/…/cryptoKeys/…`
    pub(crate) key: String,
    pub(crate) identity: Identity,
}

/// What proves Core to Google.
pub(crate) enum Identity {
    /// A token that somebody else renews.
    Token(Source),
    /// The file of a service account's key, and where tokens are given for it unless the file says so.
    Account { file: PathBuf, endpoint: Option<Target>, bearer: Bearer },
    /// The machine's metadata service.
    Metadata { target: Target, bearer: Bearer },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encrypted {
    ciphertext: String,
    ciphertext_crc32c: String,
    #[serde(default)]
    verified_plaintext_crc32c: bool,
    #[serde(default)]
    verified_additional_authenticated_data_crc32c: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decrypted {
    plaintext: SecretText,
    plaintext_crc32c: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    status: Option<String>,
    #[serde(default)]
    message: String,
}

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

impl Service for Gcp {
    fn name(&self) -> &str {
        &self.name
    }

    fn wrap(&self, line: &Line, context: &Context, key: &Key, _: &mut dyn Random) -> Result<Vec<u8>, Trouble> {
        let (plain, sum) = key.with(|bytes| (base64::encode(bytes, Alphabet::Standard), sum(bytes)));
        let answer = self.ask(line, "encrypt", [("plaintext", &plain), ("plaintextCrc32c", &sum)], context)?;
        let told: Encrypted = parse(&answer)?;
        if !told.verified_plaintext_crc32c || !told.verified_additional_authenticated_data_crc32c {
            return Err(Trouble::Answer("it did not look at the checksums that it was sent"));
        }
        let bytes = base64::decode(&told.ciphertext, Alphabet::Standard).ok_or(Trouble::Answer("no base64"))?;
        checked(&bytes, &told.ciphertext_crc32c)?;
        Ok(bytes.to_vec())
    }

    fn unwrap(&self, line: &Line, context: &Context, wrapped: &[u8]) -> Result<Key, Trouble> {
        let (coded, sum) = (base64::encode(wrapped, Alphabet::Standard), sum(wrapped));
        let answer = self.ask(line, "decrypt", [("ciphertext", &coded), ("ciphertextCrc32c", &sum)], context)?;
        let told: Decrypted = parse(&answer)?;
        let bytes = base64::decode(&told.plaintext.0, Alphabet::Standard).ok_or(Trouble::Answer("no base64"))?;
        checked(&bytes, &told.plaintext_crc32c)?;
        key_text::key(&bytes).ok_or(Trouble::Refused)
    }
}

impl Gcp {
    fn ask(&self, line: &Line, verb: &str, what: [(&str, &str); 2], context: &Context) -> Result<Answer, Trouble> {
        let bound = context.bytes();
        let mut body = Object::with_room(what.iter().map(|(_, value)| value.len()).sum::<usize>() + 512);
        for (name, value) in what {
            body = body.text(name, value);
        }
        body = body
            .text("additionalAuthenticatedData", &base64::encode(&bound, Alphabet::Standard))
            .text("additionalAuthenticatedDataCrc32c", &sum(&bound));
        let target = self.target.at(format!("/v1/{}:{verb}", self.key));
        let request: Request<Full<Bytes>> = Request::post(target.path())
            .header("content-type", "application/json")
            .header("authorization", self.identity.header(line)?)
            .body(Full::new(wiped(body.end())))
            .map_err(|_| Trouble::Credentials("the key's name makes no URL".to_owned()))?;
        let answer = line.ask(&target, request, never)?;
        if answer.status == 401 {
            self.identity.forget();
        }
        if answer.status == 200 { Ok(answer) } else { Err(trouble(&answer)) }
    }
}

impl Identity {
    fn header(&self, line: &Line) -> Result<HeaderValue, Trouble> {
        match self {
            Self::Token(source) => source.with(|token| {
                let unfit = || Trouble::Credentials("the token is no text for a header".to_owned());
                token.header("Bearer ").ok_or_else(unfit)
            }),
            Self::Account { file, endpoint, bearer } => {
                bearer.header(line, |line, now| assertion::lend(line, now, file, endpoint.as_ref()))
            }
            Self::Metadata { target, bearer } => bearer.header(line, |line, _| metadata(line, target)),
        }
    }

    fn forget(&self) {
        match self {
            Self::Token(_) => {}
            Self::Account { bearer, .. } | Self::Metadata { bearer, .. } => bearer.forget(),
        }
    }
}

fn metadata(line: &Line, target: &Target) -> Result<Lent, Trouble> {
    let target = target.at("/computeMetadata/v1/instance/service-accounts/default/token");
    let request = Request::get(target.path()).header("metadata-flavor", "Google").body(Full::default());
    let request = request.map_err(|_| Trouble::Credentials("the metadata service's address is no URL".to_owned()))?;
    bearer::read(&line.ask(&target, request, never)?)
}

/// Numbers of 64 bits are texts in Google's JSON.
fn sum(bytes: &[u8]) -> String {
    CRC.checksum(bytes).to_string()
}

fn checked(bytes: &[u8], told: &str) -> Result<(), Trouble> {
    if sum(bytes) == told { Ok(()) } else { Err(Trouble::Answer("its checksum is wrong")) }
}

fn trouble(answer: &Answer) -> Trouble {
    let refusal: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
    let reason = refusal.map_or(Reason { status: None, message: String::new() }, |refusal| refusal.error);
    let said = said(answer.status, reason.status.as_deref());
    match reason.status.as_deref().unwrap_or_default() {
        "INVALID_ARGUMENT" if reason.message.contains("Decryption failed") => Trouble::Refused,
        "FAILED_PRECONDITION" => Trouble::NoKey(said),
        status => Trouble::of_status(answer.status, Some(status)),
    }
}

fn parse<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|_| Trouble::Answer("it is not the JSON that was asked for"))
}
