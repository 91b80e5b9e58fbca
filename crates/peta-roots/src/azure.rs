//! Azure Key Vault and Managed HSM: `wrapkey` and `unwrapkey`. They take no context, so they wrap a fresh random root, and
//! that one wraps the key here, with the context authenticated, as a local root does. What is wrapped: `PAZ1`, the algorithm, the version of the key
//! there, what Azure wrapped, what the random root wrapped (`docs/formats/sealing.md`).

mod identity;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use peta_dial::Target;
use peta_vault::{
    Key, Random,
    root::{Context, LOCAL_WRAPPED, LocalRoot, Root, RootError},
};
use serde::Deserialize;

pub(crate) use identity::{Identity, Way};

use crate::{
    base64::{self, Alphabet},
    json::{Object, SecretText},
    key_text,
    line::{Answer, Line, never},
    secret::wiped,
    service::Service,
    trouble::{Trouble, said},
};

pub(crate) struct Azure {
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) key: String,
    /// The version to wrap with; none: the newest.
    pub(crate) version: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) identity: Identity,
}

/// How Azure wraps. The numbers are in rows that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Algorithm {
    RsaOaep256 = 1,
    /// Managed HSM only.
    A256Kw = 2,
}

#[derive(Deserialize)]
struct Told {
    kid: String,
    value: SecretText,
}

#[derive(Deserialize)]
struct Refusal {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    code: Option<String>,
    innererror: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    code: Option<String>,
}

const MAGIC: &[u8; 4] = b"PAZ1";
const API: &str = "api-version=7.4";

/// What a row holds.
struct Wrapped<'a> {
    algorithm: Algorithm,
    version: &'a str,
    by_azure: &'a [u8],
    here: &'a [u8],
}

impl Service for Azure {
    fn name(&self) -> &str {
        &self.name
    }

    fn wrap(&self, line: &Line, context: &Context, key: &Key, random: &mut dyn Random) -> Result<Vec<u8>, Trouble> {
        let root = LocalRoot::random(random).map_err(|_| Trouble::NoRandom)?;
        let here = root.wrap(context, key, random).map_err(|error| match error {
            RootError::Random(_) => Trouble::NoRandom,
            _ => Trouble::Refused,
        })?;
        let plain = root.key().with(|bytes| base64::encode(bytes, Alphabet::Url));
        let told = self.ask(line, "wrapkey", self.algorithm, self.version.as_deref().unwrap_or_default(), &plain)?;
        let version = told.kid.rsplit('/').next().filter(|version| is_version(version));
        let by_azure = base64::decode(&told.value.0, Alphabet::Url).ok_or(Trouble::Answer("no base64"))?;
        let version = version.ok_or(Trouble::Answer("it does not say which version of the key wrapped"))?;
        Wrapped { algorithm: self.algorithm, version, by_azure: &by_azure, here: &here }.write()
    }

    fn unwrap(&self, line: &Line, context: &Context, wrapped: &[u8]) -> Result<Key, Trouble> {
        let wrapped = Wrapped::parse(wrapped).ok_or(Trouble::Refused)?;
        let coded = base64::encode(wrapped.by_azure, Alphabet::Url);
        let told = self.ask(line, "unwrapkey", wrapped.algorithm, wrapped.version, &coded)?;
        let bytes = base64::decode(&told.value.0, Alphabet::Url).ok_or(Trouble::Answer("no base64"))?;
        let root = LocalRoot::new(key_text::key(&bytes).ok_or(Trouble::Refused)?);
        root.unwrap(context, wrapped.here).map_err(|_| Trouble::Refused)
    }
}

impl Azure {
    fn ask(&self, line: &Line, verb: &str, algorithm: Algorithm, version: &str, value: &str) -> Result<Told, Trouble> {
        let body = Object::with_room(value.len() + 64).text("alg", algorithm.name()).text("value", value).end();
        let slash = if version.is_empty() { "" } else { "/" };
        let target = self.target.at(format!("/keys/{}{slash}{version}/{verb}?{API}", self.key));
        let request: Request<Full<Bytes>> = Request::post(target.path())
            .header("content-type", "application/json")
            .header("authorization", self.identity.header(line)?)
            .body(Full::new(wiped(body)))
            .map_err(|_| Trouble::Credentials("the key's name makes no URL".to_owned()))?;
        let answer = line.ask(&target, request, never)?;
        if answer.status == 401 {
            self.identity.forget();
        }
        if answer.status != 200 {
            return Err(trouble(&answer, verb));
        }
        serde_json::from_slice(&answer.body).map_err(|_| Trouble::Answer("it is not the JSON that was asked for"))
    }
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::A256Kw => "A256KW",
        }
    }
}

impl<'a> Wrapped<'a> {
    fn write(&self) -> Result<Vec<u8>, Trouble> {
        let long = |_| Trouble::Answer("what it wrapped is too long");
        let version = u8::try_from(self.version.len()).map_err(long)?;
        let by_azure = u16::try_from(self.by_azure.len()).map_err(long)?;
        let (algorithm, text) = ([self.algorithm as u8, version], self.version.as_bytes());
        Ok([MAGIC.as_slice(), &algorithm, text, &by_azure.to_be_bytes(), self.by_azure, self.here].concat())
    }

    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let ([algorithm, length], rest) = rest.split_first_chunk::<2>()?;
        let (version, rest) = rest.split_at_checked(usize::from(*length))?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (by_azure, here) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let algorithm = [Algorithm::RsaOaep256, Algorithm::A256Kw].into_iter().find(|one| *one as u8 == *algorithm)?;
        // It becomes part of a path.
        let version = std::str::from_utf8(version).ok().filter(|version| is_version(version))?;
        (magic == MAGIC && here.len() == LOCAL_WRAPPED).then_some(Self { algorithm, version, by_azure, here })
    }
}

pub(crate) fn is_version(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn trouble(answer: &Answer, verb: &str) -> Trouble {
    let refusal: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
    let reason = refusal.map_or(Reason { code: None, innererror: None }, |refusal| refusal.error);
    let inner = reason.innererror.and_then(|inner| inner.code);
    let code = inner.as_deref().or(reason.code.as_deref());
    let said = said(answer.status, code);
    match (answer.status, code.unwrap_or_default()) {
        (_, "KeyDisabled" | "KeyNotYetValid" | "KeyExpired") => Trouble::NoKey(said),
        // What the key does not unwrap is a bad parameter to Azure.
        (400, "BadParameter") if verb == "unwrapkey" => Trouble::Refused,
        (status, _) => Trouble::of_status(status, code),
    }
}

#[cfg(test)]
mod tests;
