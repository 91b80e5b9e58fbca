//! What a browser brings back to the redirect URI. Anybody can call that address with anything.

use peta_model::Moment;
use zeroize::Zeroizing;

use super::{
    error::{Error, Word},
    form,
    pending::{self, Connect, Pending},
    secret::Secret,
};

/// The answer of an authorization server, or what pretends to be one.
#[derive(Debug)]
pub struct Callback {
    place: String,
    state: Secret,
    code: Option<Secret>,
    issuer: Option<String>,
    error: Option<Word>,
}

/// A code is at most so long.
const CODE: usize = 8 << 10;

impl Callback {
    /// Reads the query of a redirect URI, and keeps at which URI it came (scheme, host and path as Peta names itself, for
    /// the issuer's own place is a part of the proof). A parameter that stands twice is refused (RFC 6749, 3.1): who reads which of
    /// the two is what an attacker would ask.
    pub fn read(place: &str, query: &str) -> Result<Self, Error> {
        let mut pairs = form::read(query).ok_or(Error::BadCallback)?;
        let mut take = |wanted: &str| -> Result<Option<Zeroizing<String>>, Error> {
            let mut found = pairs.extract_if(.., |(name, _)| name == wanted).map(|(_, value)| value);
            let first = found.next();
            if found.next().is_some() { Err(Error::BadCallback) } else { Ok(first) }
        };
        let state = take("state")?.filter(|state| !state.is_empty() && state.len() <= 512);
        let state = Secret::from(state.ok_or(Error::StateMismatch)?);
        let code = take("code")?.filter(|code| !code.is_empty());
        if code.as_ref().is_some_and(|code| code.len() > CODE) {
            return Err(Error::BadCallback);
        }
        let issuer = take("iss")?.map(|issuer| issuer.to_string());
        let error = take("error")?.map(|word| Word::read(&word));
        Ok(Self { place: place.to_owned(), state, code: code.map(Secret::from), issuer, error })
    }

    /// What the pending connection was kept under.
    pub fn lookup(&self) -> [u8; 32] {
        pending::lookup(self.state.reveal())
    }

    /// Whether it answers this connection, for whoever brings it; gives the code.
    pub(super) fn check(self, pending: &Pending, connect: &Connect, now: Moment) -> Result<Secret, Error> {
        pending.check(self.state.reveal(), connect, now)?;
        if self.place != pending.redirect_uri {
            return Err(Error::WrongPlace);
        }
        // Refusals are checked too: one server must not speak for another (RFC 9207, 2.4).
        match &self.issuer {
            Some(issuer) if *issuer != pending.source.issuer => return Err(Error::WrongIssuer),
            None if pending.names_itself => return Err(Error::WrongIssuer),
            _ => {}
        }
        match (self.error, self.code) {
            (Some(word), _) => Err(Error::Denied(word)),
            (None, Some(code)) => Ok(code),
            (None, None) => Err(Error::BadCallback),
        }
    }
}
