//! The line of a call: resolve, authorize, approve, record intent, inject, forward, sanitize, record outcome.
//! Each stage takes a value that only the stage before it can make, so that skipping one does not compile
//! (`tests/it/line`). Tools, resources, prompts and completions all go down this one line.

pub(crate) mod approve;
pub(crate) mod authorize;
pub(crate) mod connect;
pub(crate) mod forward;
pub(crate) mod inject;
pub(crate) mod outcome;
pub(crate) mod pass;
pub(crate) mod record;
pub(crate) mod resolve;
pub(crate) mod sanitize;

use std::sync::Arc;

use bytes::Bytes;

use crate::{admit::Admitted, entry::Entry, hub::Hub, session::running::Running, stop::Stop};
use sanitize::Clean;

/// Carries out one call; what comes back is the answer's text (of an answer that leaves as it comes, the
/// last of it), or nothing if the agent called it off.
pub(crate) async fn call(hub: &Arc<Hub>, admitted: Admitted, running: &Arc<Running>) -> Option<Bytes> {
    let mut entry = record::begin(hub, &admitted);
    let end = line(hub, admitted, running, &mut entry).await;
    outcome::outcome(hub, entry, end, running).await
}

async fn line(hub: &Arc<Hub>, admitted: Admitted, running: &Arc<Running>, entry: &mut Entry) -> Result<Clean, Stop> {
    let resolved = resolve::resolve(hub, admitted, entry).await?;
    let authorized = authorize::authorize(resolved, entry)?;
    let cleared = approve::approve(authorized).await?;
    let intended = record::intent(hub, &cleared, entry).await?;
    let armed = inject::inject(hub, cleared, intended).await?;
    let answered = forward::forward(hub, armed, running).await?;
    sanitize::sanitize(answered)
}
