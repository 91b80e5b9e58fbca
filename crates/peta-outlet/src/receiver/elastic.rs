//! Elasticsearch and OpenSearch: documents in bulk. Each is created under its event's identifier, so one that comes again is
//! known to be there already. What a document gets is read for each.

use std::sync::Arc;

use http::Method;
use peta_dial::Lender;
use peta_store::Ended;
use serde_json::{Value, json};

use super::{
    form::{Form, written},
    wire::Wire,
};
use crate::trouble::{Trouble, said};

pub(crate) struct Elastic {
    wire: Wire,
    path: String,
    form: Form,
}

impl Elastic {
    pub(super) fn new(wire: Wire, form: Form) -> Self {
        let shown = "?filter_path=errors,items.create.status,items.create.error.type,items.create.error.reason";
        let path = format!("{}/_bulk{shown}", wire.path().trim_end_matches('/'));
        Self { wire, path, form }
    }

    pub(super) async fn deliver(
        &self,
        batch: &Arc<[Ended]>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<String, Trouble> {
        let body = written((&self.form, batch), documents).await?;
        let headers = [("content-type", "application/x-ndjson")];
        let reply = self.wire.ask((Method::POST, &self.path), &headers, body.into_bytes(), secret).await?;
        let answer = reply.json().ok_or_else(|| reply.garbage())?;
        let items = answer.get("items").and_then(Value::as_array).filter(|items| items.len() == batch.len());
        let items = items.ok_or_else(|| reply.garbage())?;

        let (mut never, mut later, mut why) = (Vec::new(), Vec::new(), String::new());
        for (at, item) in items.iter().enumerate() {
            let it = item.get("create").ok_or_else(|| reply.garbage())?;
            let status = it.get("status").and_then(Value::as_u64).ok_or_else(|| reply.garbage())?;
            let text =
                || format!("status {status}: {}", said(it.get("error").unwrap_or(&Value::Null).to_string().as_bytes()));
            match status {
                200..300 | 409 => {}
                429 | 500..600 => {
                    why = text();
                    later.push(at);
                }
                _ => never.push((at, text())),
            }
        }
        if never.is_empty() && later.is_empty() {
            return Ok(format!("{}, all of {} created or there already", reply.status, items.len()));
        }
        if never.len() == batch.len() {
            // All of them: rather the index than the events.
            return Err(Trouble::Content(never.swap_remove(0).1));
        }
        if never.len() + later.len() == batch.len() {
            // It takes nothing now, so nothing tells that what it refuses is at fault.
            return Err(Trouble::later(why));
        }
        Err(Trouble::Partly { never, later, why })
    }
}

/// What is to be done with each, and each.
fn documents(form: &Form, batch: &[Ended]) -> String {
    let mut body = String::new();
    for ended in batch {
        let action = json!({ "create": { "_id": ended.event.id } });
        let document = form.line(ended);
        // Data streams want a time of this name.
        let members = document.strip_prefix('{').unwrap_or(&document);
        let time = &ended.event.time;
        body.push_str(&format!("{action}\n{{\"@timestamp\":\"{time}\",{members}\n"));
    }
    body
}
