//! Splunk's HTTP event collector. Without acknowledgement, what it answers says that it has received a batch; with it, the
//! collector is asked until its indexers have written it.

use std::{sync::Arc, time::Duration};

use http::Method;
use peta_dial::Lender;
use peta_model::SinkId;
use peta_store::Ended;
use serde_json::{Value, json};

use super::{
    form::{Form, written},
    wire::Wire,
};
use crate::{senses::Senses, trouble::Trouble};

pub(crate) struct Splunk {
    wire: Wire,
    form: Form,
    /// With acknowledgement: under which channel this sink is known.
    channel: Option<String>,
    senses: Senses,
}

const EVENTS: &str = "/services/collector/event";
const ACKNOWLEDGED: &str = "/services/collector/ack";

/// How often an acknowledgement is asked for, and how often in all.
const ASKS: Duration = Duration::from_secs(1);
const TIMES: u32 = 60;

impl Splunk {
    pub(super) fn new(wire: Wire, form: Form, (sink, ack): (SinkId, bool), senses: Senses) -> Self {
        let channel = ack.then(|| uuid(&sink.to_string()));
        let mut wire = wire.with_header("authorization", "Splunk {}");
        if let Some(channel) = &channel {
            wire = wire.with_header("x-splunk-request-channel", channel);
        }
        Self { wire, form, channel, senses }
    }

    pub(super) async fn deliver(
        &self,
        batch: &Arc<[Ended]>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<String, Trouble> {
        let body = written((&self.form, batch), |form, batch| {
            let mut body = String::new();
            batch.iter().for_each(|ended| write(form, &mut body, ended));
            body
        });
        let body = body.await?;
        let headers = [("content-type", "application/json")];
        let reply = self.wire.ask((Method::POST, EVENTS), &headers, body.into_bytes(), secret).await?;
        let answer = reply.json().ok_or_else(|| reply.garbage())?;
        if answer.get("code").and_then(Value::as_i64) != Some(0) {
            return Err(reply.garbage());
        }
        if self.channel.is_none() {
            return Ok(reply.shown());
        }
        let number = answer.get("ackId").and_then(Value::as_u64);
        let number = number.ok_or_else(|| {
            Trouble::Refused("it gives no acknowledgement: enable indexer acknowledgement for this token".to_owned())
        })?;
        self.wait_for(number, secret).await?;
        Ok(format!("{}, acknowledged by the indexers", reply.shown()))
    }

    async fn wait_for(&self, number: u64, secret: Option<&Arc<dyn Lender>>) -> Result<(), Trouble> {
        let headers = [("content-type", "application/json")];
        for _ in 0..TIMES {
            let body = json!({ "acks": [number] }).to_string().into_bytes();
            let reply = self.wire.ask((Method::POST, ACKNOWLEDGED), &headers, body, secret).await?;
            let answer = reply.json().ok_or_else(|| reply.garbage())?;
            match answer.get("acks").and_then(|acks| acks.get(number.to_string())).and_then(Value::as_bool) {
                Some(true) => return Ok(()),
                Some(false) => self.senses.pause(ASKS).await,
                None => return Err(reply.garbage()),
            }
        }
        Err(Trouble::later("its indexers have not acknowledged what it took"))
    }
}

fn write(form: &Form, body: &mut String, ended: &Ended) {
    let micros = ended.event.time.micros();
    let time = format!("{}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let issuer = &form.issuer;
    let host = if issuer.host.is_empty() { "peta" } else { &issuer.host };
    let parts = [
        "{\"time\":",
        &time,
        ",\"host\":",
        &Value::from(host).to_string(),
        ",\"source\":\"peta\",\"sourcetype\":\"peta:",
        form.format.word(),
        "\",\"event\":",
        &form.value(ended),
        "}\n",
    ];
    parts.into_iter().for_each(|part| body.push_str(part));
}

/// 32 hexadecimal digits, as a channel is written.
fn uuid(digits: &str) -> String {
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
