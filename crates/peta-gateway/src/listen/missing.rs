//! Requests whose session is not there, and how they are answered: unknown, ended and foreign look alike.

use http::{Response, StatusCode};
use peta_mcp::{Message, RequestId};
use peta_model::Code;

use crate::{
    body::Body,
    refuse::{Refusal, problem, rpc},
};

/// Why there is no session.
pub(super) enum Missing {
    Id,
    Unknown,
    /// It was kept over a restart, but its agent has too many that are open.
    NoRoom,
    Unreadable,
}

impl Missing {
    pub(super) fn problem(&self) -> Response<Body> {
        match self {
            Self::Id => problem(StatusCode::BAD_REQUEST, Code::SESSION_MISSING),
            Self::Unknown => problem(StatusCode::NOT_FOUND, Code::SESSION_UNKNOWN),
            Self::NoRoom => problem(StatusCode::TOO_MANY_REQUESTS, Code::OVER_LIMIT),
            Self::Unreadable => problem(StatusCode::SERVICE_UNAVAILABLE, Code::STORE_FAILED),
        }
    }

    pub(super) fn answer(&self, message: &Message) -> Response<Body> {
        match self {
            Self::Id => {
                let text = "Mcp-Session-Id is missing; begin with `initialize`";
                let refusal = Refusal::new(Code::SESSION_MISSING, rpc::INVALID_REQUEST, text);
                refusal.response(StatusCode::BAD_REQUEST, message.id().map_or("null", RequestId::raw))
            }
            Self::Unknown | Self::NoRoom | Self::Unreadable => self.problem(),
        }
    }
}
