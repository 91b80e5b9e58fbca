//! Giving tokens back (RFC 7009).

use super::{client::Client, error::Error, fetch::Fetch, fresh::Fresh, grant::Grant, profile::Dialect, token};

/// What became of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// The authorization server took it.
    Done,
    /// It has no place for that: the tokens go on until they run out, or until somebody ends them there.
    NotOffered,
}

/// Revokes a grant: the refresh token, with which its access tokens should end, else the access token.
pub async fn revoke(fetch: &dyn Fetch, grant: &Grant, client: &Client, fresh: &Fresh) -> Result<Revoked, Error> {
    let source = &grant.source;
    let Some(endpoint) = &source.revocation_endpoint else { return Ok(Revoked::NotOffered) };
    let (token, kind) = match &grant.refresh {
        Some(refresh) => (refresh, "refresh_token"),
        None => (&grant.access, "access_token"),
    };
    let pairs = [("token", token.reveal()), ("token_type_hint", kind)];
    let reply = token::send(fetch, endpoint, source, client, &pairs, fresh).await?;
    let dialect = Dialect::of(source.profile.as_deref())?;
    if reply.is_success() { Ok(Revoked::Done) } else { Err(token::refused(&reply, &dialect)) }
}
