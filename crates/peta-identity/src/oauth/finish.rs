//! The end of a connection: what the browser brought is checked, and the code exchanged for tokens.

use peta_model::Span;

use super::{
    callback::Callback,
    client::Client,
    error::Error,
    fetch::Fetch,
    fresh::Fresh,
    grant::Grant,
    pending::{Connect, Pending},
    profile::Dialect,
    scope::Scopes,
    source::Source,
    token::{self, Answer},
};

/// Finishes a connection. It is spent whatever comes of it: a code serves once, so the caller takes the pending
/// connection away before it calls.
pub async fn finish(
    fetch: &dyn Fetch,
    pending: Pending,
    client: &Client,
    callback: Callback,
    connect: &Connect,
    fresh: &Fresh,
) -> Result<Grant, Error> {
    let code = callback.check(&pending, connect, fresh.now)?;
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", pending.redirect_uri.as_str()),
    ];
    let dialect = Dialect::of(pending.source.profile.as_deref())?;
    if dialect.pkce.is_some_and(|method| !method.is_empty()) {
        pairs.push(("code_verifier", pending.verifier.reveal()));
    }
    pairs.extend(pending.source.resource.as_deref().map(|resource| ("resource", resource)));
    let source = &pending.source;
    let asked = token::ask(fetch, &source.token_endpoint, source, client, &pairs, fresh).await;
    let answer =
        asked.map_err(|error| if matches!(error, Error::GrantRevoked) { Error::CodeRefused } else { error })?;
    Ok(grant(answer, pending.scopes, pending.source, fresh))
}

/// What an answer grants. Where it names no scopes, they are those that were asked for (RFC 6749, 5.1).
pub(super) fn grant(answer: Answer, asked: Option<Scopes>, source: Source, fresh: &Fresh) -> Grant {
    let lifetime = answer.lifetime.map(|seconds| Span::from_millis(seconds.saturating_mul(1_000)));
    Grant {
        access: answer.access,
        refresh: answer.refresh,
        scopes: answer.scopes.or(asked),
        issued: fresh.now,
        expires: lifetime.map(|lifetime| fresh.now.after(lifetime)),
        own: false,
        source,
    }
}
