//! New tokens for old: with the refresh token, or, where Peta acts for itself, by asking again.

use super::{client::Client, error::Error, fetch::Fetch, finish, fresh::Fresh, grant::Grant, own, token};

/// Renews a grant. The new one takes the old one's place as a whole and at once: where refresh tokens rotate, the old one
/// is worth nothing from here on, and to use it again may end the grant. One refresh at a time, then.
pub async fn refresh(fetch: &dyn Fetch, grant: &Grant, client: &Client, fresh: &Fresh) -> Result<Grant, Error> {
    let source = &grant.source;
    if grant.own {
        return own::ask(fetch, source.clone(), client, grant.scopes.as_ref(), fresh).await;
    }
    let old = grant.refresh.as_ref().ok_or(Error::NoRefreshToken)?;
    let mut pairs = vec![("grant_type", "refresh_token"), ("refresh_token", old.reveal())];
    pairs.extend(source.resource.as_deref().map(|resource| ("resource", resource)));
    let endpoint = source.refresh_endpoint.as_ref().unwrap_or(&source.token_endpoint);
    let answer = token::ask(fetch, endpoint, source, client, &pairs, fresh).await?;
    let new = finish::grant(answer, grant.scopes.clone(), source.clone(), fresh);
    // No new one means that the old one goes on.
    Ok(Grant { refresh: new.refresh.or_else(|| grant.refresh.clone()), ..new })
}
