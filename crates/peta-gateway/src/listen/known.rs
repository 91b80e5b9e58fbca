//! The session that a request names, and the revision of MCP that it says it speaks.

use std::sync::Arc;

use http::HeaderMap;
use peta_mcp::Version;
use peta_model::Code;

use super::{head, missing::Missing, revive::revive};
use crate::{
    admit::Caller,
    hub::Hub,
    refuse::{Refusal, rpc},
    session::{Endpoint, Session},
    work::rare,
};

/// The session, if it is this caller's, at this endpoint; one of an earlier run of Core is brought back.
pub(super) async fn session(
    hub: &Arc<Hub>,
    caller: &Caller,
    endpoint: &Endpoint,
    headers: &HeaderMap,
) -> Result<Arc<Session>, Missing> {
    if !headers.contains_key(head::SESSION) {
        return Err(Missing::Id);
    }
    let id = head::single(headers, head::SESSION).ok_or(Missing::Unknown)?;
    let session = match hub.sessions.find(id, caller.agent.id, endpoint) {
        Some(session) => session,
        None => rare(revive(hub, caller, endpoint, id)).await?,
    };
    if session.one_stream { Err(Missing::Unknown) } else { Ok(session) }
}

/// `MCP-Protocol-Version`: any served revision will do; none means the one agreed on (HT22).
pub(super) fn version(headers: &HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(head::VERSION) {
        return Ok(());
    }
    let served = head::single(headers, head::VERSION).is_some_and(|text| text.parse::<Version>().is_ok());
    if served {
        return Ok(());
    }
    let all: Vec<&str> = Version::ALL.iter().map(|version| version.as_str()).collect();
    let text = format!("MCP-Protocol-Version must be one of {}", all.join(", "));
    Err(Refusal::new(Code::VERSION_HEADER, rpc::INVALID_REQUEST, text))
}
