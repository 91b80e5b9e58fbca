//! The session that a request names, and the revision of MCP that it says it speaks.

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use peta_mcp::{Message, RequestId, Version};
use peta_model::Code;

use super::head;
use crate::{
    admit::Caller,
    body::Body,
    hub::Hub,
    refuse::{Refusal, problem, rpc},
    session::{Endpoint, Session},
};

/// Why there is no session.
pub(super) enum Missing {
    Id,
    Unknown,
}

impl Missing {
    pub(super) fn problem(&self) -> Response<Body> {
        match self {
            Self::Id => problem(StatusCode::BAD_REQUEST, Code::SESSION_MISSING),
            Self::Unknown => problem(StatusCode::NOT_FOUND, Code::SESSION_UNKNOWN),
        }
    }

    pub(super) fn answer(&self, message: &Message) -> Response<Body> {
        match self {
            Self::Id => {
                let text = "Mcp-Session-Id is missing; begin with `initialize`";
                let refusal = Refusal::new(Code::SESSION_MISSING, rpc::INVALID_REQUEST, text);
                refusal.response(StatusCode::BAD_REQUEST, message.id().map_or("null", RequestId::raw))
            }
            Self::Unknown => self.problem(),
        }
    }
}

pub(super) fn session(
    hub: &Hub,
    caller: &Caller,
    endpoint: &Endpoint,
    headers: &HeaderMap,
) -> Result<Arc<Session>, Missing> {
    if !headers.contains_key(head::SESSION) {
        return Err(Missing::Id);
    }
    let id = head::single(headers, head::SESSION).ok_or(Missing::Unknown)?;
    let session = hub.sessions.find(id, caller.agent.id, endpoint).ok_or(Missing::Unknown)?;
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
