//! A connection that was begun and waits for a person to come back from the authorization server. It is sealed like a
//! grant: it holds the code verifier, and what the person's `state` is made with.

use aws_lc_rs::{constant_time, hmac};
use peta_model::{Moment, Span};
use zeroize::Zeroizing;

use super::{
    base64,
    codec::{Reader, Writer},
    error::Error,
    hash::hash,
    scope::Scopes,
    secret::Secret,
    source::Source,
};

/// Who connects, and by which link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    /// The id of the link, or of whatever else stands for this one attempt.
    pub id: [u8; 16],
    /// The user who is signed in, as Peta knows them. What one began no other can finish.
    pub user: String,
}

/// What is kept until then.
#[derive(Debug, Clone)]
pub struct Pending {
    pub connect: Connect,
    pub begun: Moment,
    pub(super) seed: Secret,
    pub(super) verifier: Secret,
    pub(super) redirect_uri: String,
    pub(super) scopes: Option<Scopes>,
    /// The answer must name the issuer.
    pub(super) names_itself: bool,
    pub source: Source,
}

const KIND: u8 = b'P';
const VERSION: u8 = 1;
/// How long a person may take.
const PATIENCE_MINUTES: u64 = 10;

impl Pending {
    /// The `state` of the request: only this attempt's seed makes it, and only for this link and this user.
    pub(super) fn state(seed: &Secret, connect: &Connect) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, seed.reveal().as_bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(&connect.id);
        context.update(connect.user.as_bytes());
        base64::url(context.sign().as_ref()).to_string()
    }

    /// What to keep it under: `Callback::lookup` says the same of the answer.
    pub fn lookup(&self) -> [u8; 32] {
        lookup(&Self::state(&self.seed, &self.connect))
    }

    /// Whether the answer's state is this one's, for whoever brings it.
    pub(super) fn check(&self, state: &str, connect: &Connect, now: Moment) -> Result<(), Error> {
        let own = Self::state(&self.seed, &self.connect);
        if constant_time::verify_slices_are_equal(own.as_bytes(), state.as_bytes()).is_err() {
            return Err(Error::StateMismatch);
        }
        if *connect != self.connect {
            return Err(Error::OtherUser);
        }
        if now >= self.expires() {
            return Err(Error::ConnectExpired);
        }
        Ok(())
    }

    /// From when on it can be thrown away.
    pub fn expires(&self) -> Moment {
        self.begun.after(Span::from_millis(PATIENCE_MINUTES * 60_000))
    }

    /// For the vault to seal.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::new(KIND, VERSION)
            .bytes(&self.connect.id)
            .text(&self.connect.user)
            .number(self.begun.micros())
            .text(self.seed.reveal())
            .text(self.verifier.reveal())
            .text(&self.redirect_uri)
            .scopes(self.scopes.as_ref())
            .flag(self.names_itself);
        self.source.write(writer).done()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, KIND, VERSION)?;
        let pending = Self {
            connect: Connect { id: reader.array()?, user: reader.text()? },
            begun: reader.moment()?,
            seed: reader.secret()?,
            verifier: reader.secret()?,
            redirect_uri: reader.text()?,
            scopes: reader.scopes()?,
            names_itself: reader.flag()?,
            source: Source::read(&mut reader)?,
        };
        reader.end()?;
        Ok(pending)
    }
}

/// The hash of a state: what is kept does not tell it.
pub(super) fn lookup(state: &str) -> [u8; 32] {
    hash(state.as_bytes())
}
