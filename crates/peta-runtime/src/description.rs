//! What a server said of itself in the handshake.

use peta_mcp::{Message, ServerFeatures, Version};
use peta_model::Code;

use crate::fault::OpenError;

/// A server's answer to `initialize`.
#[derive(Debug, Clone)]
pub struct Description {
    pub version: Version,
    /// The raw `result`, as written.
    pub result: String,
    pub features: ServerFeatures,
}

impl Description {
    /// Reads the answer to `initialize`; refuses revisions that Peta does not know.
    pub(crate) fn read(answer: &Message) -> Result<Self, OpenError> {
        let Some(result) = answer.result() else {
            return Err(OpenError::new(Code::SERVER_GARBAGE, "the server refused to be initialized"));
        };
        let version = result.get("protocolVersion").and_then(|version| version.as_str());
        let Some(version) = version else {
            return Err(OpenError::new(Code::SERVER_GARBAGE, "the server's answer to initialize names no revision"));
        };
        let version = version.parse().map_err(|_| {
            OpenError::new(Code::SERVER_VERSION, "the server answered with a revision of MCP that Peta does not know")
        })?;
        let features = result.get("capabilities").map(ServerFeatures::parse).unwrap_or_default();
        Ok(Self { version, result: result.raw().to_owned(), features })
    }
}
