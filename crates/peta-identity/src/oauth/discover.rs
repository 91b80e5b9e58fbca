//! From a server's URL to its authorization server. Done before a connection begins, and again when a server refuses a
//! token that should still be good: it may have moved to another authorization server.

use super::{
    challenge::Challenge,
    error::Error,
    fetch::Fetch,
    grant::Grant,
    place::{Bounds, Place},
    profile::Profile,
    provider::Provider,
    resource,
    scope::Scopes,
};

/// A server, and the authorization server that it trusts.
#[derive(Debug, Clone)]
pub struct Found {
    pub provider: Provider,
    /// What tokens are asked for, as the server calls itself.
    pub resource: String,
    /// What the server says it supports.
    pub scopes: Option<Scopes>,
    pub bounds: Bounds,
}

/// Asks a server, and whom it names. Of several authorization servers the preferred one is taken (that of a client which
/// an administrator entered), else the first.
pub async fn discover(
    fetch: &dyn Fetch,
    server_url: &str,
    challenge: Option<&Challenge>,
    preferred: Option<&str>,
) -> Result<Found, Error> {
    let server = Place::server(server_url).map_err(|error| Error::Place { what: "the server", error })?;
    let bounds = fetch.bounds(&server);
    let Some(known) = resource::find(fetch, &server, bounds, challenge).await? else {
        return of_march(fetch, &server, bounds).await;
    };
    let wanted = preferred.and_then(|preferred| known.issuers.iter().find(|issuer| *issuer == preferred));
    let issuer = wanted.or(known.issuers.first()).ok_or(Error::NoIssuer)?;
    let provider = Provider::find(fetch, &server, issuer, bounds).await?.ok_or(Error::NoMetadata)?;
    Ok(Found { provider, resource: known.resource, scopes: known.scopes, bounds })
}

/// A server without metadata of its own is its own authorization server (MCP 2025-03-26).
async fn of_march(fetch: &dyn Fetch, server: &Place, bounds: Bounds) -> Result<Found, Error> {
    let provider = match Provider::find(fetch, server, &server.origin(), bounds).await? {
        Some(provider) => provider,
        None => Provider::assumed(server, bounds)?,
    };
    Ok(Found { provider, resource: server.text().to_owned(), scopes: None, bounds })
}

impl Found {
    /// A server whose provider an administrator picked; the profile's variables are filled in. Providers are public.
    pub fn of_profile(server_url: &str, profile: Profile, bounds: Bounds) -> Result<Self, Error> {
        let server = Place::server(server_url).map_err(|error| Error::Place { what: "the server", error })?;
        let provider = Provider::of_profile(profile, bounds)?;
        Ok(Self { provider, resource: server.text().to_owned(), scopes: None, bounds })
    }

    /// Whether a grant is still one of this server: if not, it may be used here no more.
    pub fn knows(&self, grant: &Grant) -> bool {
        let source = &grant.source;
        let resource = source.resource.as_ref().is_none_or(|resource| *resource == self.resource);
        source.issuer == self.provider.issuer
            && source.token_endpoint == self.provider.token_endpoint.text()
            && resource
    }
}
