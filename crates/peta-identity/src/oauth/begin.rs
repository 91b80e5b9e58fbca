//! The beginning of a connection: the URL that a person opens, and what is kept until they come back.

use super::{
    base64,
    client::Client,
    discover::Found,
    error::Error,
    form,
    fresh::Fresh,
    pending::{Connect, Pending},
    pkce,
    place::may_redirect_to,
    scope::Scopes,
    source::Source,
};

/// What a connection begins with.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the person goes. It holds nothing secret but is good for them alone.
    pub url: String,
    pub pending: Pending,
}

/// Begins a connection: nothing is sent.
pub fn begin(
    found: &Found,
    client: &Client,
    scopes: Option<&Scopes>,
    connect: Connect,
    fresh: &Fresh,
) -> Result<Begun, Error> {
    let provider = &found.provider;
    if client.issuer != provider.issuer {
        return Err(Error::OtherIssuer);
    }
    if !may_redirect_to(&client.redirect_uri) {
        return Err(Error::BadRedirectUri);
    }
    if !provider.pkce {
        return Err(Error::NoPkce);
    }
    let page = provider.authorization_endpoint.as_ref().ok_or(Error::NoAuthorizationEndpoint)?;
    let dialect = provider.dialect();
    let pending = Pending {
        connect,
        begun: fresh.now,
        seed: base64::url(fresh.bytes("state").as_slice()).into(),
        verifier: pkce::verifier(fresh),
        redirect_uri: client.redirect_uri.clone(),
        scopes: scopes.cloned(),
        names_itself: provider.names_itself,
        source: source(found, client),
    };
    let state = Pending::state(&pending.seed, &pending.connect);
    let challenge = pkce::challenge(&pending.verifier);
    let wanted = scopes.map(|scopes| scopes.join(&dialect.scope_separator));
    // What a profile adds comes first and cannot stand for one of these.
    let mut pairs: Vec<(&str, &str)> =
        dialect.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.extend([
        ("response_type", "code"),
        ("client_id", &client.id),
        ("redirect_uri", &client.redirect_uri),
        ("state", &state),
    ]);
    if let Some(method) = dialect.pkce.as_deref().filter(|method| !method.is_empty()) {
        pairs.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", method)]);
    }
    if let Some(wanted) = &wanted {
        pairs.push((&dialect.scope_parameter, wanted));
    }
    // Without it the scope is left out, and no refresh token comes (OpenID Connect, 11). Profiles say what theirs need.
    if provider.profile.is_none() && scopes.is_some_and(Scopes::asks_to_stay) {
        pairs.push(("prompt", "consent"));
    }
    if let Some(resource) = &pending.source.resource {
        pairs.push(("resource", resource));
    }
    let mark = if page.text().contains('?') { '&' } else { '?' };
    let url = format!("{}{mark}{}", page.text(), form::write(&pairs).as_str());
    Ok(Begun { url, pending })
}

/// Where the grant of this server and client comes from.
pub(super) fn source(found: &Found, client: &Client) -> Source {
    let provider = &found.provider;
    Source {
        issuer: provider.issuer.clone(),
        token_endpoint: provider.token_endpoint.text().to_owned(),
        refresh_endpoint: provider.refresh_endpoint.as_ref().map(|place| place.text().to_owned()),
        revocation_endpoint: provider.revocation_endpoint.as_ref().map(|place| place.text().to_owned()),
        client_id: client.id.clone(),
        resource: provider.dialect().resource.then(|| found.resource.clone()),
        bounds: found.bounds,
        profile: provider.profile.as_ref().map(|profile| profile.name.clone()),
    }
}
