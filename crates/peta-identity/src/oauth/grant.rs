//! What was granted: the tokens, until when, and where they come from. As bytes it is what the vault seals.

use peta_model::Moment;
use zeroize::Zeroizing;

use super::{
    codec::{Reader, Writer},
    error::Error,
    scope::Scopes,
    secret::Secret,
    source::Source,
};

/// One person's, or Peta's own, access to one server.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Goes to the server as `Authorization: Bearer`, and nowhere else.
    pub access: Secret,
    pub refresh: Option<Secret>,
    /// What it is for; unknown where nobody said.
    pub scopes: Option<Scopes>,
    pub issued: Moment,
    /// Unknown where the provider did not say.
    pub expires: Option<Moment>,
    /// Peta's own, without a person (client credentials): it is renewed by asking again.
    pub own: bool,
    pub source: Source,
}

const KIND: u8 = b'G';
const VERSION: u8 = 1;

impl Grant {
    /// The word before the token in a request.
    pub const TOKEN_TYPE: &'static str = "Bearer";

    /// For the vault to seal.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::new(KIND, VERSION)
            .text(self.access.reveal())
            .maybe(self.refresh.as_ref().map(Secret::reveal))
            .text(Self::TOKEN_TYPE)
            .scopes(self.scopes.as_ref())
            .number(self.issued.micros())
            .moment(self.expires)
            .flag(self.own);
        self.source.write(writer).done()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, KIND, VERSION)?;
        let (access, refresh) = (reader.secret()?, reader.maybe(Reader::secret)?);
        if reader.text()? != Self::TOKEN_TYPE {
            return Err(Error::BadBytes);
        }
        let scopes = reader.scopes()?;
        let (issued, expires, own) = (reader.moment()?, reader.maybe(Reader::moment)?, reader.flag()?);
        let source = Source::read(&mut reader)?;
        reader.end()?;
        Ok(Self { access, refresh, scopes, issued, expires, own, source })
    }
}

#[cfg(test)]
mod tests;
