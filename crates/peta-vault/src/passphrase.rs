//! A root out of a passphrase: NFKC, then PBKDF2-HMAC-SHA256. What is stored beside it is looked at before any work is done,
//! so that a changed row cannot make the derivation weak, or endless.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use icu_normalizer::ComposingNormalizerBorrowed;
use zeroize::Zeroizing;

use crate::{
    key::Key,
    random::{self, NoRandom, Random},
    root::LocalRoot,
};

/// Characters that a passphrase has at least, after normalisation; bytes that it may have before.
pub const CHARACTERS: usize = 12;
pub const BYTES: usize = 1_024;
/// Rounds of what is derived anew; and which stored ones are worked with at all.
pub const ROUNDS: u32 = 600_000;
pub const FEWEST: u32 = 100_000;
pub const MOST: u32 = 50_000_000;
/// Bytes of the stored form.
pub const STORED: usize = 44;

const SALT: usize = 32;
const MAGIC: &[u8; 4] = b"PSP1";
/// PBKDF2-HMAC-SHA256 over the NFKC form in UTF-8.
const METHOD: u8 = 1;

/// A passphrase in its normal form. It cannot be printed or copied, and is wiped when dropped.
pub struct Passphrase(Zeroizing<String>);

/// Why a text is no passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    #[error("a passphrase has at least {CHARACTERS} characters")]
    TooShort,
    #[error("a passphrase has at most {BYTES} bytes")]
    TooLong,
    #[error("a passphrase has no control characters; is there a line end in it?")]
    Control,
}

/// How a root is derived; stored beside the keys. Nothing of it is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derivation {
    rounds: NonZeroU32,
    salt: [u8; SALT],
}

/// Why a stored derivation is not worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DerivationError {
    #[error("it is not {STORED} bytes that begin with PSP1")]
    OtherForm,
    #[error("its method {0} is not known")]
    Method(u8),
    #[error("bytes that must be zero are not")]
    Reserved,
    #[error("it has {0} rounds; fewer than {FEWEST} are too weak")]
    TooFew(u32),
    #[error("it has {0} rounds; more than {MOST} would never end")]
    TooMany(u32),
}

impl Passphrase {
    pub fn new(text: &str) -> Result<Self, PassphraseError> {
        if text.len() > BYTES {
            return Err(PassphraseError::TooLong);
        }
        // Room for the longest that NFKC can make of it: the text must not be moved, which would leave a copy behind.
        let mut normal = Zeroizing::new(String::with_capacity(text.len().saturating_mul(GROWTH)));
        normal.extend(ComposingNormalizerBorrowed::new_nfkc().normalize_iter(text.chars()));
        if normal.chars().any(char::is_control) {
            return Err(PassphraseError::Control);
        }
        if normal.chars().count() < CHARACTERS {
            return Err(PassphraseError::TooShort);
        }
        Ok(Self(normal))
    }

    /// The root that it gives. It takes about as long as was measured when the derivation was made: not on a thread that
    /// others wait for.
    pub fn derive(&self, derivation: &Derivation) -> LocalRoot {
        let root = Key::fill::<std::convert::Infallible>(|out| {
            let Derivation { rounds, salt } = derivation;
            pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, *rounds, salt, self.0.as_bytes(), out);
            Ok(())
        });
        match root {
            Ok(key) => LocalRoot::new(key),
            Err(never) => match never {},
        }
    }
}

/// By how much NFKC lengthens a text at most, in UTF-8 bytes (UAX 15, U+FDFA).
const GROWTH: usize = 11;

impl Derivation {
    /// A new one, with as many rounds as this machine does in the time it should take; whoever calls has measured that.
    pub fn new(measured: u32, random: &mut dyn Random) -> Result<Self, NoRandom> {
        let rounds = NonZeroU32::new(wanted(measured)).ok_or(NoRandom)?;
        Ok(Self { rounds, salt: random::bytes(random)? })
    }

    /// Reads a stored one.
    pub fn parse(bytes: &[u8]) -> Result<Self, DerivationError> {
        let bytes: &[u8; STORED] = bytes.try_into().map_err(|_| DerivationError::OtherForm)?;
        let [a, b, c, d, method, zeros @ .., r3, r2, r1, r0] = bytes.first_chunk::<12>().unwrap_or(&[0; 12]);
        if [*a, *b, *c, *d] != *MAGIC {
            return Err(DerivationError::OtherForm);
        }
        if *method != METHOD {
            return Err(DerivationError::Method(*method));
        }
        if *zeros != [0; 3] {
            return Err(DerivationError::Reserved);
        }
        let rounds = u32::from_be_bytes([*r3, *r2, *r1, *r0]);
        match NonZeroU32::new(rounds) {
            Some(_) if rounds > MOST => Err(DerivationError::TooMany(rounds)),
            Some(nonzero) if rounds >= FEWEST => {
                Ok(Self { rounds: nonzero, salt: *bytes.last_chunk().unwrap_or(&[0; SALT]) })
            }
            _ => Err(DerivationError::TooFew(rounds)),
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        [MAGIC.as_slice(), &[METHOD, 0, 0, 0], &self.rounds.get().to_be_bytes(), &self.salt].concat()
    }

    pub const fn rounds(&self) -> u32 {
        self.rounds.get()
    }

    /// Whether it is weaker than what would be made today: at unlock the root is then derived anew, and all keys wrapped
    /// under the new one, in one transaction.
    pub fn is_outdated(&self, measured: u32) -> bool {
        // A machine that measures a little faster each day does not make new roots each day.
        self.rounds() < ROUNDS || self.rounds() < wanted(measured) / 2
    }
}

fn wanted(measured: u32) -> u32 {
    measured.clamp(ROUNDS, MOST)
}

#[cfg(test)]
mod tests;
