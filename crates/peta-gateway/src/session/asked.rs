//! What a server asked of an agent and waits for.

use std::sync::Arc;

use peta_mcp::{Method, RequestId};
use peta_runtime::{Instance, InstanceKey};
use peta_store::Receipt;
use tokio::time::Instant;

use super::audience::Audience;

/// One open question.
pub(crate) struct Asked {
    pub(crate) instance: Arc<Instance>,
    pub(crate) audience: Arc<Audience>,
    /// The server's own id for it.
    pub(crate) id: RequestId,
    /// The call it came with, whose clock waits.
    pub(crate) exchange: Option<u64>,
    /// The server's own progress token, raw, if it wants to hear of progress.
    pub(crate) token: Option<String>,
    pub(crate) receipt: Receipt,
    pub(crate) method: Method,
    /// Whether the agent may answer with a task that it hosts.
    pub(crate) for_task: bool,
    pub(crate) since: Instant,
    pub(crate) until: Instant,
}

impl Asked {
    pub(crate) fn is_of(&self, key: &InstanceKey) -> bool {
        self.instance.key() == key
    }
}
