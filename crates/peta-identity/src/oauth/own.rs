//! Peta on its own behalf (client credentials, SEP-1046): no person, no browser, no refresh token.

use super::{
    begin, client::Client, discover::Found, error::Error, fetch::Fetch, finish, fresh::Fresh, grant::Grant,
    scope::Scopes, source::Source, token,
};

/// Asks for a token of Peta's own, with the client's secret or private key.
pub async fn connect_own(
    fetch: &dyn Fetch,
    found: &Found,
    client: &Client,
    scopes: Option<&Scopes>,
    fresh: &Fresh,
) -> Result<Grant, Error> {
    ask(fetch, begin::source(found, client), client, scopes, fresh).await
}

pub(super) async fn ask(
    fetch: &dyn Fetch,
    source: Source,
    client: &Client,
    scopes: Option<&Scopes>,
    fresh: &Fresh,
) -> Result<Grant, Error> {
    let wanted = scopes.map(|scopes| scopes.join(" "));
    let mut pairs = vec![("grant_type", "client_credentials")];
    pairs.extend(wanted.as_deref().map(|wanted| ("scope", wanted)));
    pairs.extend(source.resource.as_deref().map(|resource| ("resource", resource)));
    let answer = token::ask(fetch, &source.token_endpoint, &source, client, &pairs, fresh).await?;
    let grant = finish::grant(answer, scopes.cloned(), source, fresh);
    // A refresh token is not for this (RFC 6749, 4.4.3); one that comes nevertheless is not kept.
    Ok(Grant { own: true, refresh: None, ..grant })
}
