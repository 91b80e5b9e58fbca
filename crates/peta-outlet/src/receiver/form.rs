//! The form in which events go: lines, and texts that hold them.

use std::sync::Arc;

use peta_audit::format::{Format, Issuer};
use peta_store::Ended;

use crate::trouble::Trouble;

#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) format: Format,
    pub(super) issuer: Arc<Issuer>,
}

/// What is written for a batch, written on a thread of its own: large batches take a while, and calls must not wait for it.
pub(super) async fn written<T: Send + 'static>(
    (form, batch): (&Form, &Arc<[Ended]>),
    write: impl FnOnce(&Form, &[Ended]) -> T + Send + 'static,
) -> Result<T, Trouble> {
    let (form, batch) = (form.clone(), Arc::clone(batch));
    let writing = tokio::task::spawn_blocking(move || write(&form, &batch));
    writing.await.map_err(|_| Trouble::later("Core is ending"))
}

impl Form {
    pub(super) fn line(&self, ended: &Ended) -> String {
        self.format.line(&ended.event, &self.issuer)
    }

    /// One line an event, each with its end.
    pub(super) fn lines(&self, batch: &[Ended]) -> Vec<u8> {
        let mut text = Vec::new();
        for ended in batch {
            text.extend_from_slice(self.line(ended).as_bytes());
            text.push(b'\n');
        }
        text
    }

    pub(super) const fn is_json(&self) -> bool {
        matches!(self.format, Format::Ocsf | Format::Json)
    }

    /// One event as a value of JSON: itself, or a text that holds it.
    pub(super) fn value(&self, ended: &Ended) -> String {
        let line = self.line(ended);
        if self.is_json() { line } else { serde_json::Value::String(line).to_string() }
    }
}
