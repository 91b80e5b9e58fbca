//! Giving tokens back (RFC 7009).

use super::{
    client::Client, error::Error, fetch::Fetch, fresh::Fresh, grant::Grant, profile::Dialect, secret::Secret, token,
};

/// What became of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// The authorization server took it.
    Done,
    /// It has no place for that: the tokens go on until they run out, or until somebody ends them there.
    NotOffered,
}

/// Revokes a grant: the refresh token first, so that nothing new comes of it, and the access token too. With the one the
/// other should end (RFC 7009, 2.1), but servers in the field end what they are shown and nothing else. A provider with a
/// profile is known to end both.
pub async fn revoke(fetch: &dyn Fetch, grant: &Grant, client: &Client, fresh: &Fresh) -> Result<Revoked, Error> {
    let source = &grant.source;
    let Some(endpoint) = &source.revocation_endpoint else { return Ok(Revoked::NotOffered) };
    let dialect = Dialect::of(source.profile.as_deref())?;
    let give = async |token: &Secret, kind| {
        let pairs = [("token", token.reveal()), ("token_type_hint", kind)];
        token::send(fetch, endpoint, source, client, &pairs, fresh).await
    };
    let Some(refresh) = &grant.refresh else {
        let reply = give(&grant.access, "access_token").await?;
        return if reply.is_success() { Ok(Revoked::Done) } else { Err(token::refused(&reply, &dialect)) };
    };
    let reply = give(refresh, "refresh_token").await?;
    if !reply.is_success() {
        return Err(token::refused(&reply, &dialect));
    }
    if source.profile.is_none() {
        // It may know the token no more, or take none of this kind: no answer means that it goes on.
        give(&grant.access, "access_token").await?;
    }
    Ok(Revoked::Done)
}
