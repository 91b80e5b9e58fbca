//! Signed requests as Standard Webhooks has them: identifier, time and body are signed together, so that a receiver can
//! tell that a request is Peta's, is what Peta wrote, and is not an old one sent again.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use peta_dial::Lender;
use peta_store::Ended;

use super::{
    form::{Form, written},
    wire::Wire,
};
use crate::{senses::Senses, trouble::Trouble};

pub(crate) struct Webhook {
    wire: Wire,
    form: Form,
    senses: Senses,
}

/// A secret that begins so is Base64 behind it.
const ENCODED: &[u8] = b"whsec_";

impl Webhook {
    pub(super) const fn new(wire: Wire, form: Form, senses: Senses) -> Self {
        Self { wire, form, senses }
    }

    pub(super) async fn deliver(
        &self,
        batch: &Arc<[Ended]>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<String, Trouble> {
        let (Some(first), Some(last), Some(secret)) = (batch.first(), batch.last(), secret) else {
            return Err(Trouble::NoSecret);
        };
        let now = self.senses.now();
        let values = |form: &Form, batch: &[Ended]| batch.iter().map(|ended| form.value(ended)).collect::<Vec<_>>();
        let events = written((&self.form, batch), values).await?;
        // The same when it is sent again, so that a receiver knows it.
        let time = &last.event.time;
        let body = format!("{{\"type\":\"peta.events\",\"timestamp\":\"{time}\",\"data\":[{}]}}", events.join(","));
        let id = format!("{}-{}", first.event.id, batch.len());
        let seconds = now.micros().div_euclid(1_000_000).to_string();
        let signature = sign(secret, &format!("{id}.{seconds}.{body}"))?;
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", &seconds),
            ("webhook-signature", &signature),
        ];
        let reply = self.wire.ask((Method::POST, self.wire.path()), &headers, body.into_bytes(), None).await?;
        Ok(reply.shown())
    }
}

fn sign(secret: &Arc<dyn Lender>, text: &str) -> Result<String, Trouble> {
    let lease = secret.lend().map_err(|_| Trouble::NoSecret)?;
    let signed = lease.with(secret.now(), |secret| {
        let key = match secret.strip_prefix(ENCODED).map(|encoded| STANDARD.decode(encoded)) {
            Some(Ok(mut decoded)) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &decoded);
                decoded.fill(0);
                key
            }
            _ => hmac::Key::new(hmac::HMAC_SHA256, secret),
        };
        STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    });
    lease.end();
    signed.map(|signature| format!("v1,{signature}")).map_err(|_| Trouble::NoSecret)
}
