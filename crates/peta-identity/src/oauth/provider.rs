//! Authorization server metadata (RFC 8414, OpenID Connect Discovery): the three places in the specification's order, and
//! what is kept of what stands there.

use serde::Deserialize;

use super::{
    document,
    error::Error,
    fetch::Fetch,
    place::{Bounds, Place},
    profile::{Dialect, Profile},
    scope::Scopes,
};

/// An authorization server, as far as a client must know it.
#[derive(Debug, Clone)]
pub struct Provider {
    pub issuer: String,
    pub authorization_endpoint: Option<Place>,
    pub token_endpoint: Place,
    pub refresh_endpoint: Option<Place>,
    pub registration_endpoint: Option<Place>,
    pub revocation_endpoint: Option<Place>,
    /// Whether it takes PKCE with S256.
    pub pkce: bool,
    /// Ways of proving who a client is; nothing if it does not say.
    pub auth_methods: Option<Vec<String>>,
    pub signing_algorithms: Option<Vec<String>>,
    pub scopes: Option<Scopes>,
    /// Whether its answers by the browser name it (RFC 9207).
    pub names_itself: bool,
    /// Whether a client may be known by the URL of its document.
    pub takes_documents: bool,
    pub profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Document {
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    registration_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_signing_alg_values_supported: Option<Vec<String>>,
    scopes_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
    client_id_metadata_document_supported: Option<bool>,
}

const WHAT: &str = "the authorization server's metadata";
const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

impl Provider {
    /// The one that a server's metadata names.
    pub(super) async fn find(
        fetch: &dyn Fetch,
        server: &Place,
        issuer: &str,
        bounds: Bounds,
    ) -> Result<Option<Self>, Error> {
        let place = server.refer(issuer, bounds).map_err(|error| Error::Place { what: WHAT, error })?;
        if issuer.contains('?') {
            return Err(Error::IssuerMismatch);
        }
        for at in places(&place) {
            if let Some(document) = document::find::<Document>(fetch, at, bounds, WHAT).await? {
                return read(document, &place, bounds).map(Some);
            }
        }
        Ok(None)
    }

    /// The server's own origin, as in March 2025: endpoints stand at fixed paths where no metadata says otherwise.
    pub(super) fn assumed(server: &Place, bounds: Bounds) -> Result<Self, Error> {
        let origin = server.origin();
        let at = |path: &str| endpoint(&format!("{origin}{path}"), bounds);
        Ok(Self {
            authorization_endpoint: Some(at("/authorize")?),
            token_endpoint: at("/token")?,
            refresh_endpoint: None,
            registration_endpoint: Some(at("/register")?),
            revocation_endpoint: None,
            // That revision asks every client to use it.
            pkce: true,
            auth_methods: None,
            signing_algorithms: None,
            scopes: None,
            names_itself: false,
            takes_documents: false,
            profile: None,
            issuer: origin,
        })
    }

    /// One that an administrator picked by its profile; its variables are filled in.
    pub(super) fn of_profile(profile: Profile, bounds: Bounds) -> Result<Self, Error> {
        let read = |url: &str| Place::named(url, bounds).map_err(|error| Error::Place { what: WHAT, error });
        Ok(Self {
            authorization_endpoint: Some(read(&profile.authorize)?),
            token_endpoint: read(&profile.token)?,
            refresh_endpoint: profile.refresh_at.as_deref().map(read).transpose()?,
            registration_endpoint: None,
            revocation_endpoint: profile.revoke.as_deref().map(read).transpose()?,
            pkce: true,
            auth_methods: Some(vec![profile.auth.as_str().to_owned()]),
            signing_algorithms: None,
            scopes: profile.offline_access.then(|| Scopes::read("offline_access")),
            names_itself: false,
            takes_documents: false,
            issuer: profile.issuer.clone(),
            profile: Some(profile),
        })
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.profile.as_ref().map(|profile| profile.dialect.clone()).unwrap_or_default()
    }

    /// Whether it takes this way of proving who a client is. One that says nothing takes Basic (RFC 8414, 2).
    pub(super) fn takes(&self, method: &str) -> bool {
        match &self.auth_methods {
            Some(methods) => methods.iter().any(|known| known == method),
            None => method == "client_secret_basic",
        }
    }
}

/// Well-known places: inserted before the issuer's path, and for OpenID also behind it.
fn places(issuer: &Place) -> Vec<Place> {
    let path = issuer.path();
    let mut places = vec![issuer.at(&format!("{OAUTH}{path}")), issuer.at(&format!("{OPENID}{path}"))];
    if !path.is_empty() {
        places.push(issuer.at(&format!("{path}{OPENID}")));
    }
    places
}

/// The issuer must be the one that was asked about, letter by letter: else one could speak for another.
fn read(document: Document, issuer: &Place, bounds: Bounds) -> Result<Provider, Error> {
    if document.issuer.as_deref() != Some(issuer.text()) {
        return Err(Error::IssuerMismatch);
    }
    let read = |url: Option<String>| url.map(|url| endpoint(&url, bounds)).transpose();
    let methods = document.code_challenge_methods_supported.unwrap_or_default();
    Ok(Provider {
        issuer: issuer.text().to_owned(),
        authorization_endpoint: read(document.authorization_endpoint)?,
        token_endpoint: read(document.token_endpoint)?.ok_or(Error::Garbled { what: WHAT })?,
        refresh_endpoint: None,
        registration_endpoint: read(document.registration_endpoint)?,
        revocation_endpoint: read(document.revocation_endpoint)?,
        pkce: methods.iter().any(|method| method == "S256"),
        auth_methods: document.token_endpoint_auth_methods_supported,
        signing_algorithms: document.token_endpoint_auth_signing_alg_values_supported,
        scopes: document.scopes_supported.map(|scopes| Scopes::of(scopes.iter().map(String::as_str))),
        names_itself: document.authorization_response_iss_parameter_supported == Some(true),
        takes_documents: document.client_id_metadata_document_supported == Some(true),
        profile: None,
    })
}

/// Where secrets are sent to is never plain http but on this machine, whatever the server itself is spoken to by.
fn endpoint(url: &str, bounds: Bounds) -> Result<Place, Error> {
    Place::named(url, bounds).map_err(|error| Error::Place { what: "an endpoint of the authorization server", error })
}
