//! Keys of C2SP signed-note: Ed25519 (type 1), and Ed25519 cosignatures that carry a time (tlog-cosignature, type 4). A key
//! is told by its name and by four bytes of a hash over name and key, so that a key of another name is another key.

use std::{fmt, str::FromStr};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

const SIGNATURE: u8 = 1;
const COSIGNATURE: u8 = 4;

/// Four bytes that say which key a signature is of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

/// Checks signatures of one key. Its text is the `name+id+key` of signed-note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: u8,
    key: [u8; 32],
}

/// Signs by one key.
pub struct Signer {
    verifier: Verifier,
    pair: Ed25519KeyPair,
}

/// A text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    #[error("a key is NAME+ID+KEY: a name, eight hexadecimal digits, base64")]
    Form,
    #[error("the name of a key has at least one character, and neither spaces nor a plus")]
    Name,
    #[error("keys of type {0} are not known here: 1 is Ed25519, 4 an Ed25519 cosignature")]
    Type(u8),
    #[error("the key is not the one that its id is of")]
    Id,
}

impl KeyId {
    fn of(name: &str, kind: u8, key: &[u8; 32]) -> Self {
        let hash = digest(&SHA256, &[name.as_bytes(), b"\n", &[kind], key].concat());
        Self(hash.as_ref().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Verifier {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> KeyId {
        KeyId::of(&self.name, self.kind, &self.key)
    }

    /// The 32 bytes of the key, in hexadecimal.
    pub fn public_hex(&self) -> String {
        self.key.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether its signatures are cosignatures, which carry a time.
    pub const fn is_witness(&self) -> bool {
        self.kind == COSIGNATURE
    }

    /// Whether these bytes (what stands in a note behind the key's id) are its signature of this text; for a cosignature,
    /// with the time in seconds that it vouches for.
    pub fn check(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        let key = UnparsedPublicKey::new(&ED25519, &self.key);
        if self.kind == SIGNATURE {
            return key.verify(text.as_bytes(), signature).ok().map(|()| None);
        }
        let (time, signature) = signature.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        key.verify(cosigned(time, text).as_bytes(), signature).ok().map(|()| Some(time))
    }
}

impl FromStr for Verifier {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoKey::Form);
        };
        fits(name)?;
        let bytes = STANDARD.decode(key).map_err(|_| NoKey::Form)?;
        let (kind, key) = bytes.split_first().ok_or(NoKey::Form)?;
        if !matches!(*kind, SIGNATURE | COSIGNATURE) {
            return Err(NoKey::Type(*kind));
        }
        let key = key.try_into().map_err(|_| NoKey::Form)?;
        let this = Self { name: name.to_owned(), kind: *kind, key };
        if this.id().to_string() == id { Ok(this) } else { Err(NoKey::Id) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[self.kind], self.key.as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, self.id())
    }
}

impl Signer {
    /// A log's own key, out of 32 random bytes that are kept secret.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoKey> {
        Self::of(name, SIGNATURE, seed)
    }

    /// A witness's key.
    pub fn witness(name: &str, seed: &[u8; 32]) -> Result<Self, NoKey> {
        Self::of(name, COSIGNATURE, seed)
    }

    fn of(name: &str, kind: u8, seed: &[u8; 32]) -> Result<Self, NoKey> {
        fits(name)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoKey::Form)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| NoKey::Form)?;
        Ok(Self { verifier: Verifier { name: name.to_owned(), kind, key }, pair })
    }

    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// What stands in a note behind the key's id. `now`, in seconds, is what a witness vouches for.
    pub(crate) fn sign(&self, text: &str, now: u64) -> Vec<u8> {
        if !self.verifier.is_witness() {
            return self.pair.sign(text.as_bytes()).as_ref().to_vec();
        }
        [now.to_be_bytes().as_slice(), self.pair.sign(cosigned(now, text).as_bytes()).as_ref()].concat()
    }
}

fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

fn fits(name: &str) -> Result<(), NoKey> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(bad) { Err(NoKey::Name) } else { Ok(()) }
}
