//! Progress of a call, on its way to the agent.

use bytes::Bytes;
use peta_mcp::{Message, Splice, Value};

use crate::{
    hub::Hub,
    session::held::Held,
    task::rewrite::{self, Belongs},
};

/// Progress as the agent sees it: its own token, and values that only grow. None without a token of its own.
pub(super) struct Progress {
    token: Option<String>,
    last: Option<f64>,
}

impl Progress {
    /// With this token of the agent's, raw.
    pub(super) fn under(token: Option<String>) -> Self {
        Self { token, last: None }
    }

    pub(super) fn mapped(&mut self, hub: &Hub, held: &Held, message: &Message) -> Option<Bytes> {
        let own = self.token.as_ref()?;
        let params = message.params()?;
        let value = params.get("progress").and_then(Value::as_f64)?;
        if self.last.is_some_and(|last| value <= last) {
            return None;
        }
        self.last = Some(value);
        let mut splice = Splice::new(message.text());
        splice.replace(params.get("progressToken")?.range(), own.clone());
        if let Belongs::To(kept) = rewrite::belongs(hub, held.instance.key(), message, |_| false) {
            rewrite::to_caller(&kept, Some(params), &mut splice);
        }
        Some(splice.finish())
    }
}
