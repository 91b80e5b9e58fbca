//! Signed requests as Standard Webhooks has them: identifier, time and body are signed together, so that a receiver can
//! tell that a request is Peta's, is what Peta wrote, and is not an old one sent again.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use peta_arena::scrubbed;
use peta_dial::Lender;
use peta_store::Ended;
use zeroize::Zeroizing;

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
const ENCODED: &str = "whsec_";

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
        scrubbed(|| {
            let signed = hmac::sign(&key(secret)?, text.as_bytes());
            Some(format!("v1,{}", STANDARD.encode(signed)))
        })
    });
    lease.end();
    let unreadable = || Trouble::Refused(format!("the secret begins with {ENCODED}, and behind it is no Base64"));
    signed.map_err(|_| Trouble::NoSecret)?.ok_or_else(unreadable)
}

/// None if it is none that a receiver would read alike.
fn key(secret: &[u8]) -> Option<hmac::Key> {
    let Some(encoded) = secret.strip_prefix(ENCODED.as_bytes()) else {
        return Some(hmac::Key::new(hmac::HMAC_SHA256, secret));
    };
    let decoded = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    Some(hmac::Key::new(hmac::HMAC_SHA256, &decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_encoded_is_decoded_or_no_key() {
        let signed = |secret: &[u8]| key(secret).map(|key| STANDARD.encode(hmac::sign(&key, b"text")));
        assert_eq!(signed(b"whsec_c2VjcmV0"), signed(b"secret"));
        assert!(signed(b"secret").is_some() && signed(b"whsec_no Base64").is_none());
    }
}
