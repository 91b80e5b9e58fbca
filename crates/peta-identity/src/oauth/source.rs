//! Where a grant comes from and where its tokens are asked for: kept with what is pending and with what was granted, so
//! that nothing a server says later can send a token elsewhere.

use super::{
    client::Client,
    codec::{Reader, Writer},
    error::Error,
    place::{Bounds, Place},
};

/// The authorization server's part of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub issuer: String,
    pub token_endpoint: String,
    /// Where tokens are refreshed, if not there.
    pub refresh_endpoint: Option<String>,
    pub revocation_endpoint: Option<String>,
    pub client_id: String,
    /// The server that the tokens are for (RFC 8707), as it calls itself; nothing where the provider takes none.
    pub resource: Option<String>,
    pub bounds: Bounds,
    /// The profile of a provider with ways of its own.
    pub profile: Option<String>,
}

impl Source {
    /// An endpoint of it, checked anew.
    pub(super) fn place(&self, url: &str, what: &'static str) -> Result<Place, Error> {
        Place::named(url, self.bounds).map_err(|error| Error::Place { what, error })
    }

    /// Refuses a client of another issuer or id.
    pub(super) fn check(&self, client: &Client) -> Result<(), Error> {
        let same = client.issuer == self.issuer && client.id == self.client_id;
        if same { Ok(()) } else { Err(Error::OtherIssuer) }
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        to.text(&self.issuer)
            .text(&self.token_endpoint)
            .maybe(self.refresh_endpoint.as_deref())
            .maybe(self.revocation_endpoint.as_deref())
            .text(&self.client_id)
            .maybe(self.resource.as_deref())
            .flag(self.bounds == Bounds::Private)
            .maybe(self.profile.as_deref())
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            issuer: from.text()?,
            token_endpoint: from.text()?,
            refresh_endpoint: from.maybe(Reader::text)?,
            revocation_endpoint: from.maybe(Reader::text)?,
            client_id: from.text()?,
            resource: from.maybe(Reader::text)?,
            bounds: if from.flag()? { Bounds::Private } else { Bounds::Public },
            profile: from.maybe(Reader::text)?,
        })
    }
}
