//! Logs of OpenTelemetry over HTTP, as JSON. A collector that takes some and refuses others does not say which, so those it
//! refuses are looked for.

use std::sync::Arc;

use http::Method;
use peta_audit::{
    Event,
    format::{json, otlp},
};
use peta_dial::Lender;
use peta_store::Ended;
use serde_json::Value;

use super::{
    form::{Form, written},
    wire::Wire,
};
use crate::trouble::{Trouble, said};

pub(crate) struct Otlp {
    wire: Wire,
    form: Form,
}

impl Otlp {
    pub(super) const fn new(wire: Wire, form: Form) -> Self {
        Self { wire, form }
    }

    pub(super) async fn deliver(
        &self,
        batch: &Arc<[Ended]>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<String, Trouble> {
        let body = written((&self.form, batch), |form, batch| {
            let events: Vec<Event> = batch.iter().map(|ended| ended.event.clone()).collect();
            json(&otlp(&events, &form.issuer)).into_bytes()
        });
        let body = body.await?;
        let headers = [("content-type", "application/json")];
        let reply = self.wire.ask((Method::POST, self.wire.path()), &headers, body, secret).await?;
        if reply.body.trim_ascii().is_empty() {
            return Ok(reply.shown());
        }
        let Some(Value::Object(answer)) = reply.json() else { return Err(reply.garbage()) };
        let partial = answer.get("partialSuccess");
        // Numbers of 64 bits are texts in the JSON of protocol buffers.
        let rejected = partial
            .and_then(|partial| partial.get("rejectedLogRecords"))
            .map_or(0, |count| count.as_u64().or_else(|| count.as_str()?.parse().ok()).unwrap_or(1));
        if rejected > 0 {
            let why = partial.and_then(|partial| partial.get("errorMessage")?.as_str()).unwrap_or_default();
            return Err(Trouble::Content(format!("it refuses {rejected} of them: {}", said(why.as_bytes()))));
        }
        Ok(reply.shown())
    }
}
