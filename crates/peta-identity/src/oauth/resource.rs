//! Protected resource metadata (RFC 9728): which authorization servers an MCP server trusts, found where its challenge
//! says, else at the well-known places.

use serde::Deserialize;

use super::{
    challenge::Challenge,
    document,
    error::Error,
    fetch::Fetch,
    place::{Bounds, Place},
    scope::Scopes,
};

/// What a server says of itself.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// As it calls itself, letter by letter.
    pub(super) resource: String,
    pub(super) issuers: Vec<String>,
    pub(super) scopes: Option<Scopes>,
}

#[derive(Deserialize)]
struct Document {
    resource: Option<String>,
    authorization_servers: Option<Vec<String>>,
    scopes_supported: Option<Vec<String>>,
}

const WHAT: &str = "the server's resource metadata";
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// More are not looked at.
const ISSUERS: usize = 10;

/// The server's metadata; none if it has none, as servers of before June 2025.
pub(super) async fn find(
    fetch: &dyn Fetch,
    server: &Place,
    bounds: Bounds,
    challenge: Option<&Challenge>,
) -> Result<Option<Resource>, Error> {
    if let Some(url) = challenge.and_then(|challenge| challenge.resource_metadata.as_deref()) {
        let place = server.refer(url, bounds).map_err(|error| Error::Place { what: WHAT, error })?;
        // A server that names a place and has nothing there is not one that knows no metadata.
        let document = document::find(fetch, place, bounds, WHAT).await?.ok_or(Error::NoResource)?;
        return read(document, server).map(Some);
    }
    for place in places(server) {
        if let Some(document) = document::find(fetch, place, bounds, WHAT).await? {
            return read(document, server).map(Some);
        }
    }
    Ok(None)
}

/// The well-known places: with the server's path, then at the root.
fn places(server: &Place) -> impl Iterator<Item = Place> {
    let with_path = (!server.path().is_empty()).then(|| server.at(&format!("{WELL_KNOWN}{}", server.path())));
    with_path.into_iter().chain([server.at(WELL_KNOWN)])
}

/// The metadata must be of this server, or of something that the server is a part of: else one server could have tokens
/// made for another.
fn read(document: Document, server: &Place) -> Result<Resource, Error> {
    let resource = document.resource.ok_or(Error::ResourceMismatch)?;
    let is_ours = Place::server(&resource).is_ok_and(|place| place.holds(server));
    if !is_ours {
        return Err(Error::ResourceMismatch);
    }
    let mut issuers = document.authorization_servers.unwrap_or_default();
    issuers.truncate(ISSUERS);
    if issuers.is_empty() {
        return Err(Error::NoIssuer);
    }
    let scopes = document.scopes_supported.map(|scopes| Scopes::of(scopes.iter().map(String::as_str)));
    Ok(Resource { resource, issuers, scopes })
}
